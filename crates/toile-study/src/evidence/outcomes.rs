//! What became of every test image under every run.

use sha2::{Digest, Sha256};
use toile_statistics::mean;
use toile_store::{Predictions, StoreError, StoredRun};

/// The test images with their labels, and what runs made of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcomes {
    /// Class of each test image.
    pub labels: Vec<u32>,
    /// Models that have a finished run, in the order of the study.
    pub models: Vec<ModelOutcomes>,
}

/// The finished runs of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelOutcomes {
    /// Name of the model.
    pub name: String,
    /// In the order of their seeds in the study.
    pub runs: Vec<RunOutcomes>,
}

/// One run: a value an image in each list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOutcomes {
    /// Seed of the run; where models are cross-validated, number of the repeat.
    pub seed: u64,
    /// The most probable class.
    pub predictions: Vec<u32>,
    /// Its probability.
    pub confidence: Vec<f32>,
    /// Negative log likelihood of the true class, the very values that the evaluation's loss is the mean of. Runs of
    /// earlier versions kept rounded probabilities alone; there, one that is 0 counts as the smallest there is (about
    /// 103).
    pub nll: Vec<f64>,
    /// Where models are cross-validated: the fold in which each image was tested. Empty where one network was tested
    /// on all images.
    pub folds: Vec<u32>,
}

impl Outcomes {
    /// The model of this name.
    pub fn model(&self, name: &str) -> Option<&ModelOutcomes> {
        self.models.iter().find(|model| model.name == name)
    }

    /// SHA-256 of which runs these are and of what became of every image under each of them, whatever their order.
    pub(crate) fn digest(&self) -> String {
        let mut models: Vec<&ModelOutcomes> = self.models.iter().collect();
        models.sort_by_key(|model| &model.name);
        digest(&self.labels, models.into_iter().map(|model| (&model.name[..], &model.runs[..])))
    }
}

/// SHA-256 of names, seeds, and what became of every image: whether it is right, and its loss to the bit. Models count in
/// the order given, runs by their seeds.
pub(super) fn digest<'a>(
    labels: &[u32],
    models: impl Iterator<Item = (&'a str, &'a [RunOutcomes])>,
) -> String {
    let mut hash = Sha256::new();
    for (name, runs) in models {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        let mut runs: Vec<_> = runs.iter().collect();
        runs.sort_by_key(|run| run.seed);
        hash.update((runs.len() as u64).to_le_bytes());
        for run in runs {
            hash.update(run.seed.to_le_bytes());
            for ((&label, &prediction), nll) in labels.iter().zip(&run.predictions).zip(&run.nll) {
                hash.update([u8::from(label == prediction)]);
                hash.update(nll.to_bits().to_le_bytes());
            }
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl ModelOutcomes {
    /// Loss of an image, mean over the runs; `None` where no run, or not every one, has it.
    pub fn mean_nll(&self, image: usize) -> Option<f64> {
        let is_known = !self.runs.is_empty() && self.runs.iter().all(|run| image < run.nll.len());
        is_known.then(|| mean(self.runs.iter().map(|run| run.nll[image])))
    }

    /// All images as (place, mean loss), the highest loss first, equal ones in the order of the data set.
    pub fn hardest(&self) -> Vec<(u32, f64)> {
        let images = self.runs.iter().map(|run| run.nll.len()).max().unwrap_or(0);
        let mut ranked: Vec<(u32, f64)> =
            (0..images).filter_map(|image| Some((image as u32, self.mean_nll(image)?))).collect();
        // Stable.
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }
}

impl RunOutcomes {
    /// Whether another run predicts the same: every value that is kept of every image, in every bit.
    pub fn predicts_as(&self, other: &RunOutcomes) -> bool {
        let bits = |run: &RunOutcomes| -> Vec<u64> {
            let confidence = run.confidence.iter().map(|value| u64::from(value.to_bits()));
            confidence.chain(run.nll.iter().map(|value| value.to_bits())).collect()
        };
        self.predictions == other.predictions && bits(self) == bits(other)
    }

    /// Whether each image is right.
    pub fn correct(&self, labels: &[u32]) -> Vec<bool> {
        self.predictions.iter().zip(labels).map(|(prediction, label)| prediction == label).collect()
    }
}

/// Folds of a repeat, where these runs are repeats of a cross-validation.
pub fn folds(runs: &[RunOutcomes]) -> Option<u32> {
    // Every fold has an image: the last one says how many there are.
    runs.iter().flat_map(|run| &run.folds).max().map(|last| last + 1)
}

/// Labels and outcomes of a finished run; `None` where it has no predictions.
///
/// # Errors
/// A file that cannot be read, is damaged, or names other classes.
pub fn read(run: &StoredRun, class_names: &[String]) -> Result<Option<(Vec<u32>, RunOutcomes)>, StoreError> {
    let Some(named) = read_named(run)? else { return Ok(None) };
    check_classes(run, &named, class_names)?;
    Ok(Some((named.labels, named.run)))
}

/// Refuses a run that names other classes than the data set.
pub(super) fn check_classes(
    run: &StoredRun,
    named: &Named,
    class_names: &[String],
) -> Result<(), StoreError> {
    if named.class_names == class_names {
        return Ok(());
    }
    let remedy = "look for the classes that the data set has now, or move the run away";
    let problem = "its classes are not those of the data set";
    Err(StoreError::damaged(&run.folder.predictions(), problem, remedy))
}

/// A finished run under the class names that its own file has.
pub(super) struct Named {
    pub(super) class_names: Vec<String>,
    /// Place of each image in the data set.
    pub(super) indices: Vec<u32>,
    pub(super) labels: Vec<u32>,
    pub(super) run: RunOutcomes,
}

/// As [`read`], where the class names are not known beforehand.
pub(super) fn read_named(run: &StoredRun) -> Result<Option<Named>, StoreError> {
    Ok(run.predictions()?.map(|found| named(found, run.results.seed)))
}

/// As [`read_named`], where the run was tested on a fold.
pub(super) fn read_fold(run: &StoredRun) -> Result<Option<Named>, StoreError> {
    Ok(run.predictions_of_some()?.map(|found| named(found, run.results.seed)))
}

fn named(found: Predictions, seed: u64) -> Named {
    let Predictions { class_names, indices, labels, predictions, confidence, probability, log_probability } =
        found;
    let smallest = f32::from_bits(1);
    let nll = match log_probability {
        Some(exact) => exact.into_iter().map(|value| -f64::from(value)).collect(),
        None => probability.into_iter().map(|p| -f64::from(p.max(smallest)).ln()).collect(),
    };
    let run = RunOutcomes { seed, predictions, confidence, nll, folds: Vec::new() };
    Named { class_names, indices, labels, run }
}

impl Named {
    /// The same with these class names, which may be in another order; its own names, as an error, where they are
    /// not the same ones.
    pub(super) fn matched(mut self, class_names: &[String]) -> Result<Named, Vec<String>> {
        let places: Option<Vec<u32>> = self
            .class_names
            .iter()
            .map(|name| class_names.iter().position(|known| known == name).map(|place| place as u32))
            .collect();
        let Some(places) = places.filter(|places| places.len() == class_names.len()) else {
            return Err(self.class_names);
        };
        for class in self.labels.iter_mut().chain(&mut self.run.predictions) {
            *class = places[*class as usize];
        }
        self.class_names = class_names.to_vec();
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["a".into(), "b".into()]
    }

    fn found() -> Predictions {
        Predictions {
            class_names: names(),
            indices: vec![0, 1],
            labels: vec![0, 0],
            predictions: vec![0, 1],
            confidence: vec![0.75, 1.0],
            probability: vec![0.75, 0.0],
            log_probability: Some(vec![-0.25, -250.5]),
        }
    }

    #[test]
    fn losses_are_the_measured_ones() {
        let run = named(found(), 7).run;
        assert_eq!((run.seed, run.correct(&[0, 0])), (7, vec![true, false]));
        assert_eq!(run.nll, [0.25, 250.5]);
        let before = named(Predictions { log_probability: None, ..found() }, 7).run;
        assert_eq!(before.nll[0], -(0.75f64.ln()));
        assert!(
            (before.nll[1] - 103.28).abs() < 0.01,
            "finite though the probability is 0: {}",
            before.nll[1]
        );
    }

    #[test]
    fn the_hardest_image_has_the_highest_mean_loss() {
        let run = |seed, nll: &[f64]| {
            let images = nll.len();
            RunOutcomes {
                seed,
                predictions: vec![0; images],
                confidence: vec![1.0; images],
                nll: nll.to_vec(),
                folds: vec![],
            }
        };
        let of = |runs: Vec<RunOutcomes>| ModelOutcomes { name: "m".into(), runs };
        let both = of(vec![run(0, &[0.5, 2.0, 0.25, 1.0]), run(1, &[0.5, 1.0, 0.75, 2.0])]);
        assert_eq!(both.hardest(), [(1, 1.5), (3, 1.5), (0, 0.5), (2, 0.5)]);
        assert_eq!(both.mean_nll(3), Some(1.5));
        // An image that not every run has is in no mean.
        let uneven = of(vec![run(0, &[0.5, 2.0]), run(1, &[1.5])]);
        assert_eq!(uneven.hardest(), [(0, 1.0)]);
        assert_eq!(of(vec![]).hardest(), []);
    }

    /// The digest stands in files: its bytes are hashed by hand here, those of `a` with seeds 3 and 7, then those of `b`.
    #[test]
    fn a_digest_is_of_the_runs_in_any_order_and_of_no_others() {
        let run = |seed, predictions: [u32; 2], nll: [f64; 2]| RunOutcomes {
            seed,
            predictions: predictions.to_vec(),
            confidence: vec![0.5; 2],
            nll: nll.to_vec(),
            folds: vec![],
        };
        let of = |name: &str, runs| ModelOutcomes { name: name.into(), runs };
        let a = || vec![run(7, [0, 0], [0.25, 250.5]), run(3, [1, 1], [1.5, 0.125])];
        let b = |seed, nll| vec![run(seed, [0, 1], [0.5, nll])];
        let outcomes = |models| Outcomes { labels: vec![0, 1], models };
        let found = outcomes(vec![of("b", b(7, 0.5)), of("a", a())]).digest();
        assert_eq!(found, "4ce3c2fd66fc1ccc3d1e66014b88f6e5f507734af19f828890989b4099d057f0");
        let mut sorted = a();
        sorted.reverse();
        assert_eq!(outcomes(vec![of("a", sorted), of("b", b(7, 0.5))]).digest(), found);
        let others = [
            outcomes(vec![of("a", a()), of("b", b(8, 0.5))]),
            outcomes(vec![of("a", a()), of("c", b(7, 0.5))]),
            outcomes(vec![of("a", a()), of("b", b(7, 0.5f64.next_up()))]),
            outcomes(vec![of("a", a())]),
            Outcomes { labels: vec![0, 0], ..outcomes(vec![of("b", b(7, 0.5)), of("a", a())]) },
        ];
        assert!(others.iter().all(|other| other.digest() != found));
    }

    #[test]
    fn classes_are_matched_by_name() {
        let mut other: Vec<String> = names();
        other.reverse();
        let matched = named(found(), 7).matched(&other).unwrap_or_else(|_| panic!("the same names"));
        assert_eq!((&matched.labels[..], &matched.run.predictions[..]), (&[1, 1][..], &[1, 0][..]));
        assert!(named(found(), 7).matched(&["a".into(), "d".into()]).is_err());
        assert!(named(found(), 7).matched(&[names(), vec!["d".into()]].concat()).is_err());
    }
}
