//! Averages of the weights, and weights that start from images.

use super::fixture::{Bench, EPOCHS, Fault, STEPS, model, study};
use toile_data::split;
use toile_nn::average::Average;
use toile_nn::description::{
    Affine, BatchNorm2d, Conv2d, Flatten, Init, Linear, LogSoftmax, MaxPool2d, ReLU, Scale,
};
use toile_nn::state::{StateDict, Tensor};
use toile_study::recipe::Validation;
use toile_study::study::Model;
use toile_study::trained;

const EMA: Average = Average::Ema { decay: 0.75, every: 2, warmup: false };
const SWA: Average = Average::Swa { start: 0.5 };
const LOOKAHEAD: Average = Average::Lookahead { k: 2, alpha: 0.5, power: 2.0 };

/// A model with this average, its first filters from the images.
fn averaged(average: Option<Average>) -> Model {
    let mut model = model("a");
    model.recipe.average = average;
    model.recipe.layers = toile_nn::layers![
        Conv2d { init: Init::Whitening { eps: 1e-3 }, frozen: true, ..Conv2d::new(4, 2) },
        BatchNorm2d { affine: Affine::Bias, momentum: None, ..BatchNorm2d::default() },
        ReLU,
        MaxPool2d::new(2),
        Flatten,
        Linear { init: Init::Orthogonal, ..Linear::new(3) },
        Scale { value: 0.5 },
        LogSoftmax
    ];
    model
}

/// The weights that a run leaves.
fn weights(bench: &Bench) -> StateDict<f32> {
    trained::open(&bench.out.path().join("a/seed-0")).unwrap().weights
}

#[test]
fn any_interruption_changes_no_bit() {
    for average in [EMA, SWA, LOOKAHEAD] {
        let bench = || Bench::new(study(vec![averaged(Some(average))]));
        let whole = bench();
        assert!(whole.run().unwrap().failures.is_empty());
        // An evaluation an epoch, two at the end, and where statistics are made anew three batches before each.
        let calls = EPOCHS as usize + 2 + if average == SWA { 2 * STEPS } else { 0 };
        let steps = (1..STEPS * EPOCHS as usize).map(Fault::StopInStep);
        let mut interruptions = 0;
        for fault in steps.chain((1..calls).map(Fault::StopInEvaluation)) {
            let mut interrupted = bench();
            if interrupted.run_with(fault, &()).unwrap().interrupted {
                interruptions += 1;
                interrupted.options.resume = true;
                assert!(!interrupted.run().unwrap().interrupted, "{fault:?}");
            }
            assert!(whole.files() == interrupted.files(), "{fault:?} with {average:?}");
        }
        assert!(interruptions >= STEPS * EPOCHS as usize, "{interruptions} with {average:?}");
        // What follows from the trained network is made again: from the checkpoint, and from the kept weights alone.
        let (before, checkpoint) = (whole.files(), "a/seed-0/checkpoint/state.safetensors");
        for gone in [&["a/seed-0/predictions.csv"][..], &["a/seed-0/predictions.csv", checkpoint]] {
            gone.iter().for_each(|name| std::fs::remove_file(whole.out.path().join(name)).unwrap());
            assert!(whole.run().unwrap().failures.is_empty(), "{gone:?}");
            let is_kept = |(name, _): &&(String, Vec<u8>)| !gone.contains(&checkpoint) || name != checkpoint;
            let files = whole.files();
            assert!(files.iter().eq(before.iter().filter(is_kept)), "{gone:?} with {average:?}");
        }
    }
}

/// Weights that are averaged with nothing are themselves; with something they are not, and it is the average that is
/// measured and kept, while the training goes on as it would.
#[test]
fn what_counts_is_the_average() {
    let ran = |average| {
        let bench = Bench::new(study(vec![averaged(average)]));
        assert!(bench.run().unwrap().failures.is_empty(), "{average:?}");
        (bench.read("a/seed-0/results.csv"), bench.read("a/seed-0/predictions.csv"), weights(&bench))
    };
    let (rows, predictions, plain) = ran(None);
    let nothing = Average::Ema { decay: 0.0, every: 1, warmup: false };
    let fast = Average::Lookahead { k: 2, alpha: 1.0, power: 0.0 };
    assert_eq!(ran(Some(nothing)), (rows.clone(), predictions.clone(), plain.clone()));
    // Their last step comes in front of the training's last: all but the weights since then are the same.
    assert_eq!(ran(Some(fast)).0.lines().nth(1).map(train_loss), rows.lines().nth(1).map(train_loss));
    for average in [EMA, SWA] {
        let (averaged_rows, averaged_predictions, weights) = ran(Some(average));
        let losses = |rows: &str| rows.lines().map(|row| train_loss(row).to_owned()).collect::<Vec<_>>();
        assert_eq!(losses(&averaged_rows), losses(&rows), "the training is another with {average:?}");
        assert!(averaged_rows != rows && averaged_predictions != predictions, "{average:?}");
        assert_ne!(weights.get("fc1.weight"), plain.get("fc1.weight"), "{average:?}");
        assert_eq!(weights.get("conv1.weight"), plain.get("conv1.weight"), "frozen with {average:?}");
    }
}

fn train_loss(row: &str) -> &str {
    row.split(',').nth(2).unwrap()
}

/// The mean of what shorter runs end in is what SWA ends in, and its statistics are of the mean, not the mean of theirs.
#[test]
fn stochastic_weight_averaging_is_the_mean_of_the_last_epochs() {
    let ran = |epochs: u32, average| {
        let mut model = averaged(average);
        model.recipe.epochs = epochs;
        let bench = Bench::new(study(vec![model]));
        assert!(bench.run().unwrap().failures.is_empty());
        weights(&bench)
    };
    let ends = [3, 4].map(|epochs| ran(epochs, None));
    let swa = ran(4, Some(SWA));
    for (name, Tensor { data, .. }) in &swa.entries {
        let of_end = |index: usize, end: &StateDict<f32>| f64::from(end.get(name).unwrap().data[index]);
        let is_mean = data.iter().enumerate().all(|(index, &value)| {
            let mean = ends.iter().map(|end| of_end(index, end)).sum::<f64>() / 2.0;
            (f64::from(value) - mean).abs() <= 1e-6 * mean.abs().max(1e-3)
        });
        // The filters in front are frozen, so that a normalisation sees the same in any epoch, but for the order of the
        // batches and their sizes.
        assert_eq!(is_mean, !name.contains("running"), "{name}");
    }
}

#[test]
fn filters_are_made_from_the_images_that_are_trained_on() {
    let mut study = study(vec![averaged(None)]);
    study.models[0].recipe.validation = Some(Validation::Share(0.25));
    let filters = |change: Option<u32>| {
        let mut bench = Bench::new(study.clone());
        if let Some(image) = change {
            let len = bench.train.image(0).len();
            let mut pixels: Vec<u8> =
                (0..bench.train.len() as u32).flat_map(|i| bench.train.image(i).to_vec()).collect();
            pixels[image as usize * len..][..len].reverse();
            bench.train = toile_data::Dataset::new(
                bench.train.image_shape,
                pixels,
                bench.train.labels.clone(),
                bench.train.class_names.clone(),
            );
        }
        assert!(bench.run().unwrap().failures.is_empty());
        weights(&bench).get("conv1.weight").unwrap().data.clone()
    };
    let bench = Bench::new(study.clone());
    let (train, held_out) = split::stratified(&bench.train.labels, 3, 0.25, 0);
    let whole = filters(None);
    assert_eq!(filters(Some(held_out[0])), whole, "a held-out image");
    assert_ne!(filters(Some(train[0])), whole, "a training image");
}
