//! What runs prove: comparisons of made-up outcomes, looks, and folders of runs.

mod compare;
mod contenders;
mod looks;

use toile_study::evidence::compare::Test;
use toile_study::evidence::outcomes::RunOutcomes;

/// 120 images of three classes; image i has class i mod 3.
pub(super) struct Images {
    names: Vec<String>,
    labels: Vec<u32>,
}

impl Images {
    pub(super) fn new() -> Self {
        Images {
            names: ["a", "b", "c"].map(String::from).to_vec(),
            labels: (0..120).map(|i| i % 3).collect(),
        }
    }

    pub(super) fn test(&self) -> Test<'_> {
        Test { class_names: &self.names, labels: &self.labels }
    }

    /// A run that takes the images where `wrong` holds for the class after theirs.
    pub(super) fn run(&self, seed: u64, wrong: impl Fn(u32) -> bool) -> RunOutcomes {
        let mut run =
            RunOutcomes { seed, predictions: vec![], confidence: vec![], nll: vec![], folds: vec![] };
        for (image, &label) in self.labels.iter().enumerate() {
            let wrong = wrong(image as u32);
            run.predictions.push(if wrong { (label + 1) % 3 } else { label });
            run.confidence.push(0.8);
            run.nll.push(if wrong { 2.0 } else { 0.25 });
        }
        run
    }

    /// A run for each seed, each with about this many images wrong; which ones, depends on image and seed.
    pub(super) fn runs(&self, seeds: &[u64], wrong: u32) -> Vec<RunOutcomes> {
        let of = |&seed: &u64| {
            // Every image has its own difficulty, and every seed shifts it a little.
            let harder = move |image: u32| (image * 77 % 120 + (image * 13 + seed as u32 * 29) % 7) < wrong;
            self.run(seed, harder)
        };
        seeds.iter().map(of).collect()
    }
}
