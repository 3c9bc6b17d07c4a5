//! Augmented training: the same bits for any threads and interruption, and nothing but training is augmented.

use super::fixture::{Bench, EPOCHS, Fault, STEPS, model, study};
use toile_kernels::isa::Isa;
use toile_pixels::augment::{
    ColorJitter, CutMix, MixUp, RandomCrop, RandomErasing, RandomHorizontalFlip, RandomRotation, Transform,
};

fn lists() -> Vec<Vec<Transform>> {
    let crop = RandomCrop { padding: 2, ..Default::default() };
    let jitter = ColorJitter { brightness: (0.5, 1.5), contrast: (0.5, 1.5), ..Default::default() };
    let (flip, erasing) = (RandomHorizontalFlip::default(), RandomErasing::default());
    vec![
        // Row by row.
        vec![crop.into(), flip.into(), erasing.into()],
        // Image by image.
        vec![RandomRotation::new(20.0).into(), jitter.into()],
        vec![crop.into(), MixUp { alpha: 0.4 }.into()],
        vec![flip.into(), CutMix::default().into()],
    ]
}

fn bench(list: &[Transform]) -> Bench {
    let mut study = study(vec![model("a")]);
    study.models[0].recipe.augment = list.to_vec();
    Bench::new(study)
}

#[test]
fn threads_and_interruptions_change_no_bit_of_an_augmented_training() {
    let mut plain = Bench::new(study(vec![model("a")]));
    plain.engine = Some((1, Isa::best()));
    plain.run().unwrap();
    let mut seen = vec![plain.read("a/seed-0/results.csv")];
    for list in lists() {
        let mut whole = bench(&list);
        whole.engine = Some((1, Isa::best()));
        whole.run().unwrap();
        let expected = whole.files();
        let rows = whole.read("a/seed-0/results.csv");
        assert!(!seen.contains(&rows), "{list:?} changes nothing");
        seen.push(rows);
        for threads in [2, 5] {
            // In the middle of an epoch.
            let mut moved = bench(&list);
            moved.engine = Some((threads, Isa::best()));
            assert!(moved.run_with(Fault::StopInStep(STEPS + 2), &()).unwrap().interrupted);
            moved.options.resume = true;
            moved.engine = Some((3, Isa::best()));
            moved.run().unwrap();
            assert!(moved.files() == expected, "{list:?} with {threads} threads, interrupted");
        }
    }
}

#[test]
fn every_step_may_be_the_last_before_an_interruption() {
    let list = &lists()[2];
    let whole = bench(list);
    whole.run().unwrap();
    let mut interruptions = 0;
    for step in 1..STEPS * EPOCHS as usize {
        let mut interrupted = bench(list);
        interruptions += usize::from(interrupted.run_with(Fault::StopInStep(step), &()).unwrap().interrupted);
        interrupted.options.resume = true;
        interrupted.run().unwrap();
        assert!(whole.files() == interrupted.files(), "step {step}");
    }
    assert_eq!(interruptions, STEPS * EPOCHS as usize - 1);
}

#[test]
fn a_list_that_does_not_fit_the_images_is_refused_before_anything_is_written() {
    let bench = bench(&[RandomCrop { padding: 7, ..Default::default() }.into()]);
    let error = bench.run().unwrap_err().to_string();
    assert!(error.contains("7 pixels of \"constant\" for images of 6 x 6; choose at most 6"), "{error}");
    assert_eq!(bench.names(), [".lock"]);
}
