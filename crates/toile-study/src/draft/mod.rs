//! A first study of somebody's own data: two models that fit the images and their number, as a study file with
//! comments.

mod adapt;
mod network;
mod subject;
mod training;

use toile_data::DatasetInfo;

use crate::numbers::count;
use crate::study_file;
use training::Training;

pub use adapt::{Target, adapt};
pub use subject::{Subject, TestImages};

/// Ratio of the largest class to the smallest from which classes count as unequal.
const UNEQUAL: usize = 3;

/// The study file: a linear classifier and a small convolutional network.
pub fn draft(subject: &Subject<'_>) -> String {
    let Subject { name, file, source, data, .. } = subject;
    let training = Training::of(subject);
    let text = |words: &str| crate::recipe::string(words);
    let classes = data.class_names.len();
    let mut lines = vec![
        format!("# Two classifiers of {}, to begin with: change what you like.", about(data)),
        "#".to_owned(),
        format!("#     toile run {file}     train both, compare them, write a report"),
        format!("#     toile show {file}    their layers, shapes and costs"),
        format!("name = {}", text(name)),
        format!(
            "title = {}",
            text(&format!("{}: does a small convolutional network beat a linear classifier?", data.name))
        ),
        String::new(),
    ];
    lines.extend(said_of_data(subject));
    lines.push(format!("dataset = {}", study_file::dataset_text(source)));
    lines.push(String::new());
    lines.extend([
        "# A seed decides the initial weights and the order of the images. Each model is trained once per seed:".to_owned(),
        "# several tell a difference between models from luck.".to_owned(),
        format!("seeds = {:?}", (0..subject.seeds).collect::<Vec<_>>()),
        String::new(),
    ]);
    lines.extend(training.validation_lines());
    lines.extend([
        "# Mean 0 and deviation 1, channel by channel, as the training images have them.".to_owned(),
        "normalization = \"dataset\"".to_owned(),
        String::new(),
        "# The baseline: one weight a pixel and class. What does not beat it has learned nothing of shapes."
            .to_owned(),
        "[architecture.linear]".to_owned(),
        format!("layers = [\"Flatten\", {{ Linear = {{ out_features = {classes} }} }}, \"LogSoftmax\"]"),
        String::new(),
        "[architecture.cnn]".to_owned(),
        "layers = [".to_owned(),
    ]);
    lines.extend(
        network::cnn(data.image_shape, classes, data.train_images).into_iter().map(|l| format!("  {l}")),
    );
    lines.push("]".to_owned());
    lines.extend(["linear", "cnn"].iter().flat_map(|model| model_lines(model, &training)));
    lines.join("\n") + "\n"
}

fn model_lines(model: &str, training: &Training) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("[model.{model}]"),
        format!("architecture = \"{model}\""),
        "optimizer = { Adam = { lr = 0.001 } }".to_owned(),
        format!("epochs = {} # times over the training images", training.epochs),
        format!("batch_size = {} # images a step", training.batch_size),
    ];
    if model == "cnn" {
        lines.extend(training.augment_lines());
    }
    lines
}

/// A name that can be a study's, as near to `words` as may be: letters a to z, digits, `-`, `_` and `.` stay, others
/// become `-`.
pub fn name(words: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let parts = words.split(|c: char| !fits(c)).filter(|part| !part.is_empty());
    let joined = parts.collect::<Vec<_>>().join("-");
    let trimmed = joined.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let name: String = trimmed.chars().take(60).collect();
    if name.is_empty() { "pictures".to_owned() } else { name }
}

/// `1,437 grey images of 8 x 8 pixels in 10 classes`.
pub fn about(data: &DatasetInfo) -> String {
    let [channels, height, width] = data.image_shape;
    let kind = match channels {
        1 => "grey images".to_owned(),
        3 => "colour images".to_owned(),
        more => format!("images of {more} channels"),
    };
    let all = data.train_images + data.validation_images + data.test_images;
    format!(
        "{} {kind} of {height} x {width} pixels in {} classes",
        count(all as u64),
        count(data.class_names.len() as u64)
    )
}

fn said_of_data(subject: &Subject<'_>) -> Vec<String> {
    let Subject { source, data, class_sizes: [smallest, largest], .. } = subject;
    let (train, test) = (count(data.train_images as u64), count(data.test_images as u64));
    let mut lines = vec![match subject.test_images {
        TestImages::Named => {
            format!("# {train} images to train on and {test} to test on, as the data set has them.")
        }
        TestImages::Chosen => format!(
            "# Of each class {} % are tested on (`test_share`), chosen by `split_seed`: {train} images to train on, \
             {test} to test on.",
            (source.test_share * 100.0).round()
        ),
        TestImages::Unsaid => format!(
            "# {train} images to train on and {test} to test on. `test_share` counts where data does not say which."
        ),
    }];
    if *largest >= UNEQUAL * (*smallest).max(1) {
        lines.push(format!(
            "# The classes are unequal, {} to {} training images: look at the balanced accuracy too.",
            count(*smallest as u64),
            count(*largest as u64)
        ));
    }
    if source.image_size.is_some() {
        lines.push(
            "# Pictures of other sizes are brought to `image_size`: height and width in pixels.".to_owned(),
        );
    }
    lines
}
