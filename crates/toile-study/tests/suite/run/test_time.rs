//! Runs with test-time augmentation: the same training, and figures of a model that looks at an image several times.

use super::fixture::{Bench, EPOCHS, Fault, model, study};
use toile_kernels::isa::Isa;
use toile_store::{RunFolder, StoredRun};
use toile_study::recipe::TestTimeAugmentation;
use toile_study::results::Evaluation;

fn bench(views: Option<TestTimeAugmentation>) -> Bench {
    let mut study = study(vec![model("a")]);
    study.models[0].recipe.test_time_augmentation = views;
    let mut bench = Bench::new(study);
    bench.engine = Some((1, Isa::best()));
    bench
}

fn evaluation(bench: &Bench) -> Evaluation {
    let run = StoredRun::open(&RunFolder::new(bench.out.path(), "a", 0)).unwrap().unwrap();
    run.results.evaluation.unwrap()
}

#[test]
fn only_the_last_measurement_of_the_test_images_looks_more_than_once() {
    let (plain, augmented) = (bench(None), bench(Some(TestTimeAugmentation { flip: true, shifts: 1 })));
    plain.run().unwrap();
    augmented.run().unwrap();
    let rows = "a/seed-0/results.csv";
    assert_eq!(augmented.read(rows), plain.read(rows));
    let (once, often) = (evaluation(&plain), evaluation(&augmented));
    assert_eq!((often.train_loss, often.train_accuracy), (once.train_loss, once.train_accuracy));
    assert!(often.test_loss != once.test_loss, "the views make a difference");

    // Each interrupted before the last measurement, and on other threads.
    let expected = augmented.files();
    let call = EPOCHS as usize + 1;
    for threads in [2, 5] {
        let mut moved = bench(Some(TestTimeAugmentation { flip: true, shifts: 1 }));
        moved.engine = Some((threads, Isa::best()));
        assert!(moved.run_with(Fault::StopInEvaluation(call), &()).unwrap().interrupted);
        moved.options.resume = true;
        moved.run().unwrap();
        assert!(moved.files() == expected, "{threads} threads, interrupted");
    }
}
