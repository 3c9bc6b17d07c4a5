//! Runs with test-time augmentation: the same training, and figures of a model that looks at an image several times.

use std::sync::Mutex;

use super::fixture::{Bench, EPOCHS, Fault, model, study};
use toile_kernels::isa::Isa;
use toile_store::{RunFolder, StoredRun};
use toile_study::recipe::TestTimeAugmentation;
use toile_study::results::Evaluation;
use toile_study::run::{Event, Observer};

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

#[test]
fn a_model_that_differs_in_its_looks_alone_is_not_trained_again() {
    let views = Some(TestTimeAugmentation { flip: true, shifts: 1 });
    let looking = |name: &str| {
        let mut model = model(name);
        model.recipe.test_time_augmentation = views;
        model
    };
    let of_often = |bench: &Bench| -> Vec<(String, Vec<u8>)> {
        bench.files().into_iter().filter(|(name, _)| name.starts_with("often/")).collect()
    };
    let alone = Bench::new(study(vec![looking("often")]));
    alone.run().unwrap();
    // Whatever their order in the study.
    let both = Bench::new(study(vec![looking("often"), model("once")]));
    let started = Started::default();
    both.run_with(Fault::None, &started).unwrap();
    assert_eq!(started.0.into_inner().unwrap(), [("once".to_owned(), 0), ("often".to_owned(), EPOCHS)]);
    assert!(of_often(&both) == of_often(&alone));
}

/// The models of runs as they start, and how many epochs those have.
#[derive(Default)]
struct Started(Mutex<Vec<(String, u32)>>);

impl Observer for Started {
    fn event(&self, event: &Event) {
        if let Event::Started { run, epochs_done, .. } = event {
            self.0.lock().unwrap().push((run.model.clone(), *epochs_done));
        }
    }
}
