//! `toile data show STUDY|DATA`: what a network will see, as a picture.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use toile_data::Dataset;
use toile_data::catalog::find;
use toile_draw::charts::images::{ImageRow, ImageSheet};
use toile_pixels::Normalizer;
use toile_pixels::augment::{AugmentedBatch, Augmenter, Moment};
use toile_study::atomic;
use toile_study::changes::Changes;
use toile_study::recipe::Recipe;
use toile_study::study_file;

use super::{named, opened, shared};
use crate::args::DataPlace;
use crate::args::values::whole;
use crate::progress::say;
use crate::stdout::print;

/// Arguments of `toile data show`.
#[derive(Args, Clone, Debug)]
pub(super) struct ShowDataArgs {
    /// Path of a study file, name of a built-in study or a data set, a folder or table of pictures, a NumPy archive
    #[arg(value_name = "STUDY|DATA")]
    what: String,
    /// Show images as this model of the study sees them in training, augmented again and again
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Images of each class; with --model, images in all, class by class [default: 10, with --model 8]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=40), allow_hyphen_values = true)]
    images: Option<usize>,
    /// With --model: in how many epochs each image is shown
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1..=40), default_value = "8", requires = "model",
        allow_hyphen_values = true)]
    epochs: u32,
    /// With --model: seed of the run [default: the study's first]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX), requires = "model",
        allow_hyphen_values = true)]
    seed: Option<u64>,
    /// The file [default: NAME-images.png in this folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Classes on a sheet.
const CLASSES_MAX: usize = 20;

/// Draws the sheet, and says where it is.
///
/// # Errors
/// A study, a model or a data set that is not there, and a file that cannot be written.
pub(super) fn run(args: &ShowDataArgs, place: &DataPlace) -> anyhow::Result<ExitCode> {
    // A folder of results may well have its study's name.
    let is_study = study_file::Source::open(&args.what).is_ok() && find(&args.what).is_none();
    let is_data = !is_study && (find(&args.what).is_some() || Path::new(&args.what).exists());
    let (name, sheet) = match &args.model {
        Some(model) if is_data => {
            bail!("{} is a data set; name the study that has the model {model:?}", args.what)
        }
        None if is_data => {
            let loaded = named::open(&args.what, place)?.loaded;
            let sheet = of_classes(&loaded.name, &loaded.train, args.images);
            (loaded.name, sheet)
        }
        model => {
            let mut opened = opened::open(&args.what, place, &Changes::default())?;
            let study = opened.study.clone();
            let model = model.as_deref().map(|name| shared::model(&study, name)).transpose()?;
            let loaded = opened.load(place)?;
            match model {
                None => (study.name, of_classes(&loaded.name, &loaded.train, args.images)),
                Some(model) => {
                    let seed = args.seed.unwrap_or(study.seeds[0]);
                    let seen = Seen { model: &model.name, recipe: &model.recipe, seed, epochs: args.epochs };
                    let name = format!("{}-{}", study.name, model.name);
                    (name, seen.sheet(&loaded.train, args.images)?)
                }
            }
        }
    };
    let path = args.out.clone().unwrap_or_else(|| Path::new(&format!("{name}-images.png")).to_owned());
    atomic::write(&path, &sheet.png())?;
    print("where the picture is", &format!("{}\n", path.display()));
    Ok(ExitCode::SUCCESS)
}

/// Some of the classes, spread evenly where there are many; says so.
fn classes(data: &Dataset, most: usize) -> Vec<usize> {
    let all: Vec<usize> = data
        .class_counts()
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(class, _)| class)
        .collect();
    if all.len() <= most {
        return all;
    }
    say(&format!("{most} of {} classes are shown", all.len()));
    (0..most).map(|place| all[place * all.len() / most]).collect()
}

/// So many images of a class, spread evenly over the data set.
fn of_class(data: &Dataset, class: usize, images: usize) -> Vec<u32> {
    let all: Vec<u32> =
        (0..data.len() as u32).filter(|&i| data.labels[i as usize] as usize == class).collect();
    let images = images.min(all.len());
    (0..images).map(|place| all[place * all.len() / images]).collect()
}

/// A row a class.
fn of_classes(name: &str, data: &Dataset, images: Option<usize>) -> ImageSheet {
    let row = |class: usize| ImageRow {
        caption: data.class_names[class].clone(),
        images: of_class(data, class, images.unwrap_or(10))
            .into_iter()
            .map(|image| data.image(image).to_vec())
            .collect(),
    };
    ImageSheet {
        title: format!("{name}: training images"),
        shape: data.image_shape,
        headings: Vec::new(),
        rows: classes(data, CLASSES_MAX).into_iter().map(row).collect(),
    }
}

/// What a model sees in training.
struct Seen<'a> {
    model: &'a str,
    recipe: &'a Recipe,
    seed: u64,
    epochs: u32,
}

impl Seen<'_> {
    /// A row an image: as it is, and as it is in each of the first epochs.
    fn sheet(&self, data: &Dataset, images: Option<usize>) -> anyhow::Result<ImageSheet> {
        let images = images.unwrap_or(8).min(data.len());
        let classes = classes(data, images);
        let each = images.div_ceil(classes.len());
        let ids: Vec<u32> =
            classes.iter().flat_map(|&class| of_class(data, class, each)).take(images).collect();
        let caption = |&id: &u32| data.class_names[data.labels[id as usize] as usize].clone();
        let as_it_is = |&id: &u32| data.image(id).to_vec();
        let mut rows: Vec<ImageRow> =
            ids.iter().map(|id| ImageRow { caption: caption(id), images: vec![as_it_is(id)] }).collect();
        let augmenter = Augmenter::new(&self.recipe.augment, data.image_shape)?;
        let mut headings = vec!["as it is".to_string()];
        let words = self.recipe.settings().into_iter().find(|setting| setting.key == "augment");
        let words = words.map_or_else(String::new, |setting| setting.words);
        if self.recipe.augment.is_empty() {
            say(&format!("{} augments nothing: it sees the images as they are", self.model));
        } else {
            self.add_epochs(augmenter, data, &ids, &mut rows);
            headings.extend((1..=self.epochs).map(|epoch| format!("epoch {epoch}")));
        }
        if self.recipe.augment.iter().any(|transform| transform.mixes()) {
            say(
                "each image is mixed with the one above it; in training, with the one before it in its batch",
            );
        }
        let title = format!("What {} sees with seed {}: {words}", self.model, self.seed);
        Ok(ImageSheet { title, shape: data.image_shape, headings, rows })
    }

    fn add_epochs(&self, augmenter: Augmenter, data: &Dataset, ids: &[u32], rows: &mut [ImageRow]) {
        let [channels, height, width] = data.image_shape;
        // Numbers from 0 to 1, which are bytes again.
        let normalizer =
            Normalizer::new(&vec![0.0; channels], &vec![1.0; channels]).expect("a deviation of 1 is one");
        let mut batch = AugmentedBatch::new(augmenter);
        let mut numbers = vec![0.0; width * channels];
        for epoch in 0..self.epochs {
            batch.begin(Moment { seed: self.seed, epoch }, ids, ids);
            for (place, row) in rows.iter_mut().enumerate() {
                let mut image = Vec::with_capacity(data.image_len());
                for line in 0..height {
                    batch.write(&|image| data.image(image), &normalizer, place, line, &mut numbers);
                    image.extend(numbers.iter().map(|number| (number * 255.0).round() as u8));
                }
                row.images.push(image);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use toile_pixels::augment::RandomHorizontalFlip;

    use super::*;

    /// Nine images of 2 x 3 pixels of three classes, of which the second has none.
    fn data() -> Dataset {
        let (pixels, labels) = ((0..54).collect::<Vec<u8>>(), vec![2, 0, 2, 0, 0, 2, 0, 0, 2]);
        Dataset::new([1, 2, 3], pixels, labels, ["a", "b", "c"].map(String::from).to_vec())
    }

    #[test]
    fn classes_have_their_images_and_empty_ones_no_row() {
        let sheet = of_classes("mine", &data(), Some(2));
        let rows: Vec<(&str, Vec<u8>)> = sheet
            .rows
            .iter()
            .map(|row| (&*row.caption, row.images.iter().map(|i| i[0] / 6).collect()))
            .collect();
        assert_eq!(rows, [("a", vec![1, 4]), ("c", vec![0, 5])]);
        assert_eq!(of_classes("mine", &data(), None).rows[0].images.len(), 5, "all there are");
        assert_eq!(classes(&data(), 1), [0]);
    }

    #[test]
    fn a_model_sees_images_as_they_are_augmented() {
        let augment = vec![RandomHorizontalFlip { p: 1.0 }.into()];
        let recipe = Recipe { augment, ..Recipe::default() };
        let seen = Seen { model: "a", recipe: &recipe, seed: 3, epochs: 2 };
        let sheet = seen.sheet(&data(), Some(3)).unwrap();
        assert_eq!(sheet.headings, ["as it is", "epoch 1", "epoch 2"]);
        assert_eq!(sheet.title, "What a sees with seed 3: RandomHorizontalFlip (p 1)");
        assert_eq!(sheet.rows.iter().map(|row| &*row.caption).collect::<Vec<_>>(), ["a", "a", "c"]);
        for row in &sheet.rows {
            let [first, ..] = row.images[0][..] else { panic!("six bytes") };
            let mirrored = [2, 1, 0, 5, 4, 3].map(|place| first + place);
            assert_eq!(row.images[1..], [mirrored, mirrored]);
        }
        let plain = Recipe::default();
        let sheet = Seen { recipe: &plain, ..seen }.sheet(&data(), None).unwrap();
        assert!(sheet.rows.iter().all(|row| row.images.len() == 1), "nothing is augmented");
    }
}
