//! Everything that was found, for programs.

use std::collections::BTreeMap;

use serde::Serialize;
use toile_data::decoded::FileFacts;
use toile_survey::ImageId;

use super::Inspection;

#[derive(Serialize)]
struct Document<'a> {
    toile_version: &'static str,
    dataset: &'a str,
    origin: &'a str,
    images: usize,
    /// Channels, height, width.
    image_shape: [usize; 3],
    parts: Vec<&'a str>,
    classes: Vec<Class<'a>>,
    classes_alike: Vec<Vec<&'a str>>,
    /// Of the first part, values from 0 to 1.
    channels: Vec<Channel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Files<'a>>,
    skipped_files: Vec<Skipped<'a>>,
    images_without_contrast: Vec<Image<'a>>,
    leaks: Vec<Leak<'a>>,
    duplicates: Vec<Group<'a>>,
    labels: Labels<'a>,
}

#[derive(Serialize)]
struct Class<'a> {
    name: &'a str,
    /// In the order of the parts.
    images: Vec<usize>,
}

#[derive(Serialize)]
struct Channel {
    mean: f32,
    std: f32,
}

#[derive(Serialize)]
struct Files<'a> {
    files: usize,
    bytes: u64,
    kinds: &'a BTreeMap<String, usize>,
    sizes: Vec<Size>,
}

#[derive(Serialize)]
struct Size {
    height: usize,
    width: usize,
    files: usize,
}

#[derive(Serialize)]
struct Skipped<'a> {
    file: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Image<'a> {
    part: &'a str,
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    label: &'a str,
}

#[derive(Serialize)]
struct Leak<'a> {
    image: Image<'a>,
    twin: Image<'a>,
    same_bytes: bool,
    correlation: f64,
}

#[derive(Serialize)]
struct Group<'a> {
    images: Vec<Image<'a>>,
    same_bytes: bool,
    correlation: f64,
    several_parts: bool,
    several_classes: bool,
}

#[derive(Serialize)]
struct Labels<'a> {
    judged: usize,
    agreeing: usize,
    strangers: Vec<Stranger<'a>>,
}

#[derive(Serialize)]
struct Stranger<'a> {
    #[serde(flatten)]
    image: Image<'a>,
    suggested: &'a str,
    neighbours: usize,
    neighbours_of_label: usize,
    neighbours_of_suggested: usize,
    nearest: Vec<Image<'a>>,
}

/// The document, a line break at the end.
pub fn json(inspection: &Inspection<'_>) -> String {
    let names = inspection.class_names();
    let survey = &inspection.survey;
    let image = |id: ImageId| Image {
        part: inspection.parts[id.part].name,
        index: id.index,
        file: inspection.file(id),
        label: inspection.class(id),
    };
    let images = |ids: &[ImageId]| ids.iter().map(|&id| image(id)).collect::<Vec<_>>();
    let class = |class: usize| Class {
        name: &names[class],
        images: survey.class_counts.iter().map(|part| part[class]).collect(),
    };
    let name_of = |&class: &usize| names[class].as_str();
    let document = Document {
        toile_version: env!("CARGO_PKG_VERSION"),
        dataset: inspection.name,
        origin: &inspection.origin,
        images: inspection.images(),
        image_shape: inspection.first().image_shape,
        parts: inspection.parts.iter().map(|part| part.name).collect(),
        classes: (0..names.len()).map(class).collect(),
        classes_alike: survey.names_alike.iter().map(|group| group.iter().map(name_of).collect()).collect(),
        channels: survey.moments.iter().map(|&(mean, std)| Channel { mean, std }).collect(),
        files: inspection.files.as_ref().map(files),
        skipped_files: inspection.skipped.iter().map(|(file, reason)| Skipped { file, reason }).collect(),
        images_without_contrast: images(&survey.flat),
        leaks: survey
            .duplicates
            .leaks
            .iter()
            .map(|leak| Leak {
                image: image(leak.image),
                twin: image(leak.twin),
                same_bytes: leak.is_exact,
                correlation: leak.correlation,
            })
            .collect(),
        duplicates: survey
            .duplicates
            .groups
            .iter()
            .map(|group| Group {
                images: images(&group.images),
                same_bytes: group.is_exact,
                correlation: group.correlation,
                several_parts: group.crosses_parts(),
                several_classes: inspection.crosses_classes(group),
            })
            .collect(),
        labels: labels(inspection, &image),
    };
    serde_json::to_string_pretty(&document).expect("names and numbers are JSON") + "\n"
}

fn files(facts: &FileFacts) -> Files<'_> {
    let sizes = facts.sizes.iter().map(|(&[height, width], &files)| Size { height, width, files });
    Files { files: facts.files, bytes: facts.bytes, kinds: &facts.kinds, sizes: sizes.collect() }
}

fn labels<'a>(inspection: &Inspection<'a>, image: &impl Fn(ImageId) -> Image<'a>) -> Labels<'a> {
    let labels = &inspection.survey.labels;
    let strangers = labels.strangers.iter().map(|stranger| Stranger {
        image: image(stranger.image),
        suggested: &inspection.class_names()[stranger.suggested as usize],
        neighbours: stranger.neighbours,
        neighbours_of_label: stranger.own,
        neighbours_of_suggested: stranger.other,
        nearest: stranger.nearest.iter().map(|&id| image(id)).collect(),
    });
    Labels { judged: labels.judged, agreeing: labels.agreeing, strangers: strangers.collect() }
}
