//! Cross-validated: every image tested once a repeat, each by a network that has not seen it; the verdict is the
//! estimator's, whatever was interrupted on the way.

use std::collections::BTreeMap;

use toile_data::Dataset;
use toile_statistics::{Sample, difference};
use toile_store::{RunFolder, StoredRun};
use toile_study::conduct::{ConductError, reread};
use toile_study::cross_validation::CrossValidation;
use toile_study::evidence::contenders::{self, ContenderError};
use toile_study::evidence::judge::judge;
use toile_study::evidence::settings::{Overrides, Question};
use toile_study::results::RunStatus;
use toile_study::run::RunError;
use toile_study::study::Study;

use super::fixture::{Bench, Fault, TRAIN_IMAGES, model, study};

const FOLDS: u32 = 3;

/// Two models, of which the second learns ten times as slowly.
fn folded(repeats: u64) -> Study {
    let mut slow = model("slow");
    slow.recipe.learning_rate.base /= 10.0;
    let mut study = study(vec![model("fast"), slow]);
    let cross_validation = CrossValidation { folds: FOLDS, group: None };
    study.seeds = cross_validation.units(repeats);
    for model in &mut study.models {
        model.recipe.cross_validation = Some(cross_validation.clone());
        model.recipe.epochs = 2;
    }
    study
}

/// (index, whether it is right) of a run, by hand from its file.
fn predictions(bench: &Bench, model: &str, unit: u64) -> Vec<(usize, bool)> {
    let text = bench.read(&format!("{model}/seed-{unit}/predictions.csv"));
    let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    rows.map(|row| (row[0].parse().unwrap(), row[1] == row[2])).collect()
}

#[test]
fn every_image_is_tested_once_a_repeat_by_a_network_that_has_not_seen_it() {
    let bench = Bench::new(folded(2));
    let outcome = bench.run().unwrap();
    assert_eq!(outcome.started, 12);
    for model in ["fast", "slow"] {
        for repeat in 0..2 {
            let mut tested: Vec<usize> = Vec::new();
            for fold in 0..u64::from(FOLDS) {
                tested.extend(predictions(&bench, model, repeat * 3 + fold).iter().map(|(index, _)| index));
            }
            tested.sort_unstable();
            assert_eq!(tested, (0..TRAIN_IMAGES).collect::<Vec<_>>(), "{model}, repeat {repeat}");
        }
        let of = |unit| predictions(&bench, model, unit).iter().map(|(index, _)| *index).collect::<Vec<_>>();
        assert_ne!(of(0), of(3), "repeats split otherwise");
    }
    // Both models are tested in the same folds, and a network's training images are the others: what it is tested on
    // can be given other pixels and changes none of its weights.
    let weights = |bench: &Bench| {
        let run = StoredRun::open(&RunFolder::new(bench.out.path(), "fast", 4)).unwrap().unwrap();
        run.weights_named("last").unwrap().tensors
    };
    let tested: Vec<usize> = predictions(&bench, "fast", 4).iter().map(|(index, _)| *index).collect();
    assert_eq!(tested, predictions(&bench, "slow", 4).iter().map(|(index, _)| *index).collect::<Vec<_>>());
    let whole = &bench.train;
    let mut pixels = whole.pixels.to_vec();
    tested.iter().for_each(|index| pixels[index * 36..][..36].fill(7));
    let mut other = Bench::new(folded(2));
    other.train = Dataset::new(whole.image_shape, pixels, whole.labels.clone(), whole.class_names.clone());
    other.run().unwrap();
    assert!(weights(&other) == weights(&bench));
}

#[test]
fn results_are_those_of_repeats() {
    let bench = Bench::new(folded(2));
    let outcome = bench.run().unwrap();
    let results = &outcome.results;
    assert_eq!((&results.seeds[..], results.run_name(1)), (&[0, 1][..], "repeat 2".to_owned()));
    assert_eq!(results.dataset.test_images, TRAIN_IMAGES);
    for found in &results.models {
        assert_eq!(found.runs.len(), 2);
        for run in &found.runs {
            let units = (0..3).map(|fold| predictions(&bench, &found.name, run.seed * 3 + fold));
            let right = units.flatten().filter(|(_, right)| *right).count();
            let evaluation = run.evaluation.as_ref().unwrap();
            assert_eq!(evaluation.test_accuracy, Some(right as f64 / TRAIN_IMAGES as f64));
            assert_eq!(evaluation.confusion.images(), TRAIN_IMAGES as u64);
            assert_eq!((run.epochs.len(), run.status.clone()), (2, RunStatus::Finished));
        }
    }
    // The report of the folder alone is that of the runs.
    let again = reread(bench.out.path()).unwrap();
    assert_eq!(again.results, outcome.results);
    assert_eq!(again.evidence.comparison, outcome.comparison);
    assert_eq!(again.receipts.len(), 4);
}

#[test]
fn the_verdict_is_the_estimators_on_the_predictions() {
    let bench = Bench::new(folded(2));
    let outcome = bench.run().unwrap();
    let repeats: [u64; 2] = [0, 1];
    let samples: Vec<Sample> = ["fast", "slow"]
        .iter()
        .map(|model| {
            let (mut correct, mut folds) = (Vec::new(), Vec::new());
            for repeat in repeats {
                let mut of_image: BTreeMap<usize, (bool, u32)> = BTreeMap::new();
                for fold in 0..FOLDS {
                    for (index, right) in predictions(&bench, model, repeat * 3 + u64::from(fold)) {
                        of_image.insert(index, (right, fold));
                    }
                }
                correct.push(of_image.values().map(|(right, _)| *right).collect::<Vec<_>>());
                folds.push(of_image.values().map(|(_, fold)| *fold).collect::<Vec<_>>());
            }
            let of: Vec<(u64, &[u32])> = repeats.into_iter().zip(folds.iter().map(|of| &of[..])).collect();
            Sample::of_correctness(&repeats, &correct).unwrap().in_folds(3, &of).unwrap()
        })
        .collect();
    let expected = difference(&samples[0], &samples[1]).unwrap();
    let comparison = outcome.comparison.unwrap();
    let pair = &comparison.pairs[0];
    let found = pair.difference.as_ref().unwrap();
    assert_eq!((found.value, found.standard_error), (expected.value, expected.standard_error));
    // The first look spends half of alpha, on 6 trainings of each.
    let interval = expected.interval(0.025);
    assert_eq!((found.interval.low, found.interval.high), (interval.low.max(-1.0), interval.high.min(1.0)));
    assert!(found.standard_error > 0.0);
    assert_eq!((comparison.folds, pair.mcnemar), (Some(3), None));
    assert!(pair.sentence.contains("2 repeats of 3 folds"), "{}", pair.sentence);

    // `toile compare` finds the same in the folder.
    let names = ["fast", "slow"].map(str::to_owned);
    let places = contenders::of_models(bench.out.path(), &names).unwrap();
    let field = contenders::read(&places, None).unwrap();
    let question = Question::new(&bench.study.comparison, None, Overrides::default());
    let again = judge(&question, &field.folders, field.test(), &field.contenders()).unwrap();
    assert_eq!(again.pairs, comparison.pairs);
    let error = contenders::read(&places, Some(&[0])).unwrap_err();
    assert!(matches!(&error, ContenderError::Folds { model } if model == "fast"), "{error}");
    let folds = ["fast/seed-0", "slow/seed-0"].map(|run| bench.out.path().join(run));
    let error = contenders::read(&contenders::of_folders(&folds).unwrap(), None).unwrap_err();
    assert!(error.to_string().contains("compare whole models"), "{error}");
}

#[test]
fn one_repeat_decides_as_soon_as_its_folds_are_over() {
    let mut bench = Bench::new(folded(1));
    let outcome = bench.run().unwrap();
    let comparison = outcome.comparison.unwrap();
    assert_eq!(comparison.models[0].seeds, [0]);
    // Three trainings of each: a verdict may come of them, so the look is spent.
    assert!(comparison.can_decide(), "{:?}", comparison.pairs[0].undecided);
    assert!(comparison.pairs[0].resolvable.is_some());

    // More repeats go on from there; fewer take nothing away.
    bench.study = folded(2);
    let outcome = bench.run().unwrap();
    assert_eq!((outcome.started, outcome.results.models[0].runs.len()), (6, 2));
    bench.study = folded(1);
    let outcome = bench.run().unwrap();
    assert_eq!((outcome.started, outcome.results.models[0].runs.len()), (0, 2));
    assert_eq!(outcome.comparison.unwrap().models[1].seeds, [0, 1]);
}

#[test]
fn any_interruption_changes_no_bit() {
    let whole = Bench::new(folded(1));
    whole.run().unwrap();
    // 26 or 27 images to train on: two steps an epoch.
    let steps = (1..4).map(Fault::StopInStep);
    for fault in steps.chain((1..4).map(Fault::StopInEvaluation)) {
        let mut interrupted = Bench::new(folded(1));
        let outcome = interrupted.run_with(fault, &()).unwrap();
        assert!(outcome.interrupted && outcome.comparison.is_none(), "{fault:?}");
        // The longer one is done first, and which that is, is measured.
        let runs: Vec<_> = outcome.results.models.iter().flat_map(|model| &model.runs).collect();
        assert!(runs.len() == 1 && runs[0].status == RunStatus::Unfinished, "{runs:?}");
        interrupted.options.resume = true;
        let outcome = interrupted.run().unwrap();
        assert!(!outcome.interrupted && outcome.comparison.is_some());
        assert!(whole.files() == interrupted.files(), "{fault:?}");
    }
}

#[test]
fn images_are_held_out_of_those_outside_the_fold() {
    let mut study = folded(1);
    crate::bound::hold_out(&mut study, Some(0.25));
    study.models.iter_mut().for_each(|model| model.recipe.early_stopping = Some(1));
    let bench = Bench::new(study);
    let outcome = bench.run().unwrap();
    let run = &outcome.results.models[0].runs[0];
    assert_eq!(run.evaluation.as_ref().unwrap().weights, "best");
    assert!(run.epochs.iter().all(|row| row.validation_loss.is_some()));
    // 40 images, 14 of them in the first fold: 26 outside, of which a quarter of each class is held out.
    let data = &outcome.results.dataset;
    assert_eq!(data.train_images + data.validation_images, 26);
    assert!((6..=7).contains(&data.validation_images), "{data:?}");
    let tested = predictions(&bench, "fast", 0).len();
    assert_eq!(tested, 14);
}

#[test]
fn a_diverged_fold_is_a_diverged_repeat() {
    let bench = Bench::new(folded(1));
    let outcome = bench.run_with(Fault::LossInStep(2, f64::NAN), &()).unwrap();
    let lost: Vec<_> = outcome
        .results
        .models
        .iter()
        .filter(|model| matches!(model.runs[0].status, RunStatus::Diverged { .. }))
        .collect();
    assert_eq!(lost.len(), 1);
    let sentence = &outcome.comparison.unwrap().pairs[0].sentence;
    assert!(sentence.contains("diverged"), "{sentence}");
}

#[test]
fn what_cannot_be_split_is_refused_before_anything_is_trained() {
    for (folds, group, part) in [
        (41, None, "40 images cannot be split into 41 folds"),
        (3, Some("patient"), "the data set has no groups"),
    ] {
        let mut study = folded(1);
        let group = group.map(str::to_owned);
        let cross_validation = CrossValidation { folds, group };
        study.seeds = cross_validation.units(1);
        for model in &mut study.models {
            model.recipe.cross_validation = Some(cross_validation.clone());
        }
        let error = Bench::new(study).run().unwrap_err();
        assert!(matches!(error, ConductError::Run(RunError::Unfit { .. })), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn folds_that_test_none_of_a_class_are_told() {
    let mut bench = Bench::new(folded(1));
    let rare: Vec<u32> = (0..TRAIN_IMAGES as u32).map(|i| if i < 2 { 2 } else { i % 2 }).collect();
    bench.train.labels = rare;
    let outcome = bench.run().unwrap();
    let note = outcome.notes.iter().find(|note| note.contains("fewer images than the 3 folds"));
    assert!(note.is_some_and(|note| note.starts_with("bottom has")), "{:?}", outcome.notes);
}
