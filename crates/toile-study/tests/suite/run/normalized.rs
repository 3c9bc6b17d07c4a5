//! `normalization = "dataset"`: by the images that a run trains on, and no others.

use super::fixture::{Bench, model, study};
use toile_data::split;
use toile_study::recipe::{ChannelScale, Normalization, Validation};
use toile_study::trained;

#[test]
fn images_held_out_and_tested_on_do_not_count() {
    let mut study = study(vec![model("a")]);
    let recipe = &mut study.models[0].recipe;
    (recipe.normalization, recipe.validation) = (Normalization::Dataset, Some(Validation::Share(0.25)));
    study.seeds = vec![0, 1];
    let bench = Bench::new(study);
    assert!(bench.run().unwrap().failures.is_empty());
    let scales = [0, 1].map(|seed| {
        let (train, held_out) = split::stratified(&bench.train.labels, 3, 0.25, seed);
        assert!(!held_out.is_empty());
        let (mean, std) = bench.train.moments(train.into_iter());
        let expected = ChannelScale { mean, std };
        let found = trained::open(&bench.out.path().join(format!("a/seed-{seed}"))).unwrap();
        assert_eq!(found.normalization, expected, "seed {seed}");
        expected
    });
    assert_ne!(scales[0], scales[1], "other images, other means");
    assert_ne!(scales[0].mean, bench.train.moments(0..bench.train.len() as u32).0);
}
