//! How many labels that were changed on purpose does confident learning find? Three of a hundred labels of Fashion-MNIST
//! become another class; a small network is trained on three quarters of the images at a time and asked about the rest:
//! `cargo run --release -p toile --example wrong_labels [FOLDER OF THE DATA] [IMAGES]`.

use std::env;

use toile::data::{Dataset, LoadOptions};
use toile::{Recipe, layers, layers::*};
use toile_kernels::random::{Purpose, Stream, permutation};
use toile_statistics::{ConfidentJoint, Ranking};

const FOLDS: u32 = 4;
const WRONG_PERCENT: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let options = LoadOptions { data_dir: arguments.next().map(Into::into), ..LoadOptions::default() };
    let all = toile::data::load_from("fashion-mnist", &options)?.train;
    let images = arguments.next().map_or(Ok(all.len()), |text| text.parse())?;
    let mut data = all.subset(&(0..images as u32).collect::<Vec<_>>());
    let wrong = change_labels(&mut data);
    let probabilities = out_of_fold(&data)?;
    let joint = ConfidentJoint::new(&data.labels, &probabilities, data.class_names.len())?;
    let found = |images: &[u32]| images.iter().filter(|&&image| wrong[image as usize]).count();
    let changed = wrong.iter().filter(|wrong| **wrong).count();
    println!("{changed} of {} labels were changed", data.len());
    println!("estimated noise: {:.2} % of labels", 100.0 * joint.noise_rate());
    for ranking in [Ranking::NormalizedMargin, Ranking::SelfConfidence] {
        let ranked = joint.ranked(ranking);
        for percent in [3, 5, 10] {
            let found = found(&ranked[..data.len() * percent / 100]);
            println!("first {percent} % by {ranking:?}: {found}, {:.1} %", share(found, changed));
        }
    }
    let pruned = joint.prune_by_noise_rate();
    let (found, all) = (found(&pruned), pruned.len());
    println!(
        "pruned: {all}, of which {found} ({:.1} %) were changed, {:.1} % of all",
        share(found, all),
        share(found, changed)
    );
    Ok(())
}

fn share(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// Changes labels in place, each other class as probable; gives which.
fn change_labels(data: &mut Dataset) -> Vec<bool> {
    let classes = data.class_names.len() as u32;
    let mut wrong = vec![false; data.len()];
    for &image in &permutation(1, Purpose::Split, 0, data.len())[..data.len() * WRONG_PERCENT / 100] {
        let step = 1 + Stream::new(1, Purpose::Split, 1, image).u32(0) % (classes - 1);
        let label = &mut data.labels[image as usize];
        *label = (*label + step) % classes;
        wrong[image as usize] = true;
    }
    wrong
}

/// What networks say of images that they were not trained on, `[image][class]`.
fn out_of_fold(data: &Dataset) -> Result<Vec<f32>, toile::Error> {
    let classes = data.class_names.len();
    let recipe = Recipe {
        layers: layers![
            Conv2d::new(16, 3),
            ReLU,
            MaxPool2d::new(2),
            Conv2d::new(32, 3),
            ReLU,
            MaxPool2d::new(2),
            Flatten,
            Linear::new(64),
            ReLU,
            Dropout { p: 0.25 },
            Linear::new(classes),
            LogSoftmax
        ],
        epochs: 4,
        ..Recipe::default()
    };
    let order = permutation(2, Purpose::Split, 2, data.len());
    let mut probabilities = vec![0.0; data.len() * classes];
    for fold in 0..FOLDS {
        let is_tested = |place: usize| place as u32 % FOLDS == fold;
        let of = |tested: bool| -> Vec<u32> {
            order
                .iter()
                .enumerate()
                .filter(|(place, _)| is_tested(*place) == tested)
                .map(|(_, &i)| i)
                .collect()
        };
        let tested = of(true);
        let model = toile::train(&recipe, &data.subset(&of(false)), u64::from(fold))?;
        let predictions = model.predictions(&data.subset(&tested))?;
        println!("fold {fold}: accuracy {:.3} against the labels as they are", predictions.accuracy());
        for (place, &image) in tested.iter().enumerate() {
            let row = predictions.row(place).iter().map(|value| value.exp().min(1.0));
            probabilities.splice(image as usize * classes..(image as usize + 1) * classes, row);
        }
    }
    Ok(probabilities)
}
