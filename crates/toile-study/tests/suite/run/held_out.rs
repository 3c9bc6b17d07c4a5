//! `judged_by = "validation"` or `"validation_last"`, as candidates of a sweep are: no test image is looked at, and none could be.

use toile_data::Dataset;
use toile_store::{RunFolder, StoreError, StoredRun};
use toile_study::recipe::{JudgedBy, TestTimeAugmentation, Validation};

use super::fixture::{Bench, EPOCHS, TRAIN_IMAGES, dataset, model, study};

/// One model under two seeds, a quarter of the training images held out.
fn bench(judged_by: JudgedBy, views: Option<TestTimeAugmentation>) -> Bench {
    let mut study = study(vec![model("a")]);
    study.seeds = vec![0, 1];
    for model in &mut study.models {
        model.recipe.validation = Some(Validation::Share(0.25));
        model.recipe.judged_by = judged_by;
        model.recipe.test_time_augmentation = views;
    }
    let mut bench = Bench::new(study);
    bench.digests.push(("test".into(), "4567".into()));
    bench.test_digests = 1;
    bench
}

fn stored(bench: &Bench, seed: u64) -> StoredRun {
    StoredRun::open(&RunFolder::new(bench.out.path(), "a", seed)).unwrap().unwrap()
}

#[test]
fn other_test_images_change_no_byte() {
    let views = TestTimeAugmentation { flip: true, shifts: 0 };
    for views in [None, Some(views)] {
        let first = bench(JudgedBy::HeldOut, views);
        first.run().unwrap();
        let mut other = bench(JudgedBy::HeldOut, views);
        // Not even of the same size.
        let classes = other.train.class_names.clone();
        other.test = Dataset::new([1, 2, 2], vec![9; 8], vec![1, 0], classes);
        other.digests[1].1 = "89ab".into();
        other.run().unwrap();
        let files = first.files();
        assert!(files == other.files());
        // As many as there are: config, rows, weights, predictions, matrix, evaluation, receipt of each; results.json.
        assert!(files.len() > 14, "{:?}", first.names());
        for (name, contents) in &files {
            let text = String::from_utf8_lossy(contents);
            assert!(!text.contains("4567"), "{name} has the digest of the test images");
            // Empty columns of the table, and a data set with as many test images.
            let is_named = text.contains("\"test_loss\"") || text.contains("\"test_accuracy");
            assert!(!is_named, "{name} has figures of test images");
        }
        let rows = first.read("a/seed-0/results.csv");
        assert!(rows.lines().skip(1).all(|row| row.ends_with(",,")), "{rows}");
    }
    // The same would be seen if the test images were looked at.
    let tested = bench(JudgedBy::Test, None);
    tested.run().unwrap();
    let mut other = bench(JudgedBy::Test, None);
    other.test = dataset(15, 77);
    other.run().unwrap();
    assert!(tested.files() != other.files());
}

#[test]
fn the_images_held_out_judge_it_and_training_is_the_same() {
    let (held, tested) = (bench(JudgedBy::HeldOut, None), bench(JudgedBy::Test, None));
    let results = held.run().unwrap().results;
    tested.run().unwrap();
    assert_eq!((results.dataset.test_images, results.dataset.validation_images), (0, TRAIN_IMAGES / 4));
    for seed in [0, 1] {
        let (held, tested) = (stored(&held, seed), stored(&tested, seed));
        let evaluation = held.results.evaluation.clone().unwrap();
        assert_eq!(held.weights().unwrap().tensors, tested.weights().unwrap().tensors);
        assert_eq!((evaluation.test_loss, evaluation.test_accuracy), (None, None));
        let row = &held.results.epochs[evaluation.epoch as usize - 1];
        assert_eq!(
            (evaluation.validation_loss, evaluation.validation_accuracy),
            (row.validation_loss, row.validation_accuracy)
        );
        let of = |run: &StoredRun| {
            let rows = run.results.epochs.iter();
            rows.map(|row| (row.train_loss, row.validation_loss)).collect::<Vec<_>>()
        };
        assert_eq!((of(&held), held.results.epochs.len()), (of(&tested), EPOCHS as usize));
        // The predictions are of training images, and nobody takes them for others.
        let found = held.predictions_held_out().unwrap().unwrap();
        assert_eq!(found.indices.len(), TRAIN_IMAGES / 4);
        let right = found.labels.iter().zip(&found.predictions).filter(|(label, taken)| label == taken);
        assert_eq!(Some(right.count() as f64 / found.indices.len() as f64), evaluation.validation_accuracy);
        for error in [
            held.predictions().unwrap_err(),
            held.predictions_of_some().unwrap_err(),
            held.probabilities().unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Untested { .. }), "{error}");
            assert!(error.to_string().contains("candidate of `toile sweep`"), "{error}");
        }
        assert_eq!(tested.predictions_held_out().unwrap(), None);
    }
    let of_seed = |seed| stored(&held, seed).predictions_held_out().unwrap().unwrap().indices;
    assert_ne!(of_seed(0), of_seed(1), "every seed holds out others");
}

#[test]
fn the_last_epoch_counts_where_the_study_chooses_none() {
    let of = |judged_by| {
        let mut bench = bench(judged_by, None);
        // So fast that the lowest loss lies behind it.
        bench.study.models[0].recipe.learning_rate.base *= 1000.0;
        bench.run().unwrap();
        bench
    };
    let (lowest, last) = (of(JudgedBy::HeldOut), of(JudgedBy::HeldOutLast));
    let mut epochs = Vec::new();
    for seed in [0, 1] {
        let (lowest, last) = (stored(&lowest, seed), stored(&last, seed));
        let (at_lowest, at_last) = [&lowest, &last].map(|run| run.results.evaluation.clone().unwrap()).into();
        epochs.push(at_lowest.epoch);
        assert_eq!((at_last.epoch, &*at_last.weights), (EPOCHS, "last"));
        assert_eq!(last.results.epochs, lowest.results.epochs);
        let row = last.results.epochs.last().unwrap();
        assert_eq!(
            (at_last.validation_loss, at_last.validation_accuracy),
            (row.validation_loss, row.validation_accuracy)
        );
        assert_eq!(last.weights().unwrap().tensors, lowest.weights_named("last").unwrap().tensors);
        assert!(!last.folder.weights("best").exists());
    }
    assert!(epochs.iter().any(|&epoch| epoch < EPOCHS), "the last epoch is everywhere the best: {epochs:?}");
}

#[test]
fn images_set_aside_judge_it_too() {
    let mut bench = bench(JudgedBy::HeldOut, None);
    bench.study.models[0].recipe.validation = Some(Validation::Part);
    bench.validation = Some(dataset(12, 5));
    bench.run().unwrap();
    let found = stored(&bench, 0).predictions_held_out().unwrap().unwrap();
    assert_eq!(found.labels, bench.validation.as_ref().unwrap().labels);
}
