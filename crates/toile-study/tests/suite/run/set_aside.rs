//! `validation = "val"`: images that the data set itself sets aside choose an epoch, and every training image is
//! trained on.

use super::fixture::{Bench, TRAIN_IMAGES, dataset, model, study};
use toile_study::recipe::Validation;

#[test]
fn images_set_aside_choose_an_epoch_and_change_no_training() {
    let run = |validation| {
        let mut study = study(vec![model("a")]);
        study.models[0].recipe.validation = validation;
        let mut bench = Bench::new(study);
        bench.validation = Some(dataset(12, 5));
        let outcome = bench.run().unwrap();
        assert!(outcome.failures.is_empty());
        let summary = outcome.results.dataset;
        (summary.train_images, summary.validation_images, outcome.results.models[0].runs[0].epochs.clone())
    };
    let (train, set_aside, with) = run(Some(Validation::Part));
    assert_eq!((train, set_aside), (TRAIN_IMAGES, 12));
    let (train, set_aside, without) = run(None);
    assert_eq!((train, set_aside), (TRAIN_IMAGES, 0));
    let losses =
        |rows: &[toile_study::results::EpochRow]| rows.iter().map(|row| row.train_loss).collect::<Vec<_>>();
    assert_eq!(losses(&with), losses(&without));
    assert!(with.iter().all(|row| row.validation_loss.is_some()), "{with:?}");
    assert!(without.iter().all(|row| row.validation_loss.is_none()));
}
