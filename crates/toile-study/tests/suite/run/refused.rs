//! What cannot be trained is refused before anything is.

use super::fixture::{Bench, model, study};
use toile_nn::description::{AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, Linear, LogSoftmax, ReLU};
use toile_nn::layers;
use toile_study::conduct::ConductError;
use toile_study::recipe::Validation;
use toile_study::run::RunError;
use toile_study::study::Model;

/// Normalises one value a channel and image.
fn one_value_a_channel(batch_size: usize) -> Model {
    let mut model = model("a");
    model.recipe.layers =
        layers![AdaptiveAvgPool2d::new(1), BatchNorm2d::default(), Flatten, Linear::new(3), LogSoftmax];
    model.recipe.batch_size = batch_size;
    model
}

fn refusal(bench: &Bench) -> String {
    let error = bench.run().expect_err("it cannot be trained");
    assert!(
        matches!(error, ConductError::Run(RunError::Unfit { .. } | RunError::TooLarge { .. })),
        "{error:?}"
    );
    assert!(bench.names().iter().all(|name| !name.contains("seed")), "no run has begun: {:?}", bench.names());
    error.to_string()
}

#[test]
fn a_last_batch_of_one_image_under_a_normalisation_of_single_values() {
    let error = refusal(&Bench::new(study(vec![one_value_a_channel(13)])));
    assert!(
        error.contains("bn1 (BatchNorm2d) cannot be trained on a batch of 1 image, it needs 2"),
        "{error}"
    );
    assert!(error.contains("40 training images in batches of 13 leave 1 for the last"), "{error}");
    assert!(error.contains("choose batch_size = 14"), "{error}");
    // What it advises works.
    assert_eq!(Bench::new(study(vec![one_value_a_channel(14)])).run().unwrap().failures.len(), 0);
}

#[test]
fn a_validation_split_changes_the_last_batch() {
    // Four of each class are held out: 28 images are left of 40, and batches of 9 leave one of them.
    let with = |validation, batch_size| {
        let mut model = one_value_a_channel(batch_size);
        model.recipe.validation = validation;
        Bench::new(study(vec![model]))
    };
    let error = refusal(&with(Some(Validation::Share(0.3)), 9));
    assert!(error.contains("28 training images in batches of 9 leave 1 for the last"), "{error}");
    for (validation, batch_size) in [(None, 9), (Some(Validation::Share(0.3)), 10)] {
        assert_eq!(with(validation, batch_size).run().unwrap().failures.len(), 0);
    }
}

#[test]
fn more_memory_than_any_machine_has() {
    let mut large = model("large");
    large.recipe.batch_size = u32::MAX as usize;
    let bench = Bench::new(study(vec![model("a"), large]));
    let error = refusal(&bench);
    assert!(error.starts_with("the model large is too large: it takes "), "{error}");
    assert!(error.contains(" GiB of memory") && error.contains(" free; "), "{error}");
    assert!(error.contains("a batch_size of at most "), "{error}");
}

/// What a layer makes large counts as well as what a batch does; what no machine holds of a single image, or of weights,
/// is refused as such.
#[test]
fn layers_that_no_machine_has_the_memory_for() {
    const FEATURES: usize = 1_000_000;
    let pooled = || AdaptiveAvgPool2d::new(4096);
    for (layers, batch_size, expected) in [
        (
            layers![pooled(), Flatten, Linear::new(3), LogSoftmax],
            1 << 16,
            "free; choose a batch_size of at most",
        ),
        (
            layers![Flatten, Linear::new(FEATURES), ReLU, Linear::new(3), LogSoftmax],
            1 << 16,
            "free; choose a batch_size of at most",
        ),
        (
            layers![Conv2d::new(64, 3), pooled(), Flatten, Linear::new(3), LogSoftmax],
            1,
            "an image would become 1073741824 values here, more than 67108864; choose fewer channels",
        ),
        (
            layers![Flatten, Linear::new(FEATURES), ReLU, Linear::new(FEATURES), Linear::new(3), LogSoftmax],
            1,
            "parameters here, more than 2147483648; choose fewer channels or features",
        ),
    ] {
        let mut large = model("large");
        (large.recipe.layers, large.recipe.batch_size) = (layers, batch_size);
        let error = refusal(&Bench::new(study(vec![large])));
        assert!(error.starts_with("the model large ") && error.contains(expected), "{error}");
    }
}
