//! Models against each other: who is better, by how much, and on which images.

use serde::{Deserialize, Serialize};

use super::metric::{Interval, Metric};

/// The comparison of two or more models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What they are measured by.
    pub metric: Metric,
    /// Chance of a wrong verdict that was allowed for all looks together: 0.05.
    pub alpha: f64,
    /// Which look at these models this is, from 1; it may spend alpha / 2^look. Looks that can give no verdict
    /// (fewer than three seeds, diverged runs) are not counted.
    pub look: u32,
    /// Test images that every figure rests on.
    pub images: usize,
    /// Where the models are cross-validated: folds of a repeat. The models' seeds are then the numbers of repeats, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<u32>,
    /// Difference below which two models count as equivalent, in the metric's unit, and where it was said.
    pub margin: Option<Margin>,
    /// In the order in which they were named.
    pub models: Vec<ModelSummary>,
    /// Every pair, the first named first.
    pub pairs: Vec<ComparedPair>,
    /// What to keep in mind while reading it.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl Comparison {
    /// The pair that a script asks about: the last model named beside the first.
    pub fn last_beside_first(&self) -> Option<&ComparedPair> {
        let (first, last) = (&self.models.first()?.name, &self.models.last()?.name);
        self.pairs.iter().find(|pair| pair.first == *first && pair.second == *last)
    }

    /// The model of this name.
    pub fn model(&self, name: &str) -> Option<&ModelSummary> {
        self.models.iter().find(|model| model.name == name)
    }

    /// Whether a verdict on any two recipes could come of these runs: only then the look spends part of alpha.
    pub fn can_decide(&self) -> bool {
        let decidable =
            |pair: &ComparedPair| matches!(pair.undecided, None | Some(UndecidedReason::Unresolved));
        self.pairs.iter().any(decidable)
    }
}

/// A margin of equivalence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Margin {
    /// In the metric's unit: 0.005 for half a point of accuracy.
    pub value: f64,
    /// Whether it stood in the study file before there were results.
    pub in_study_file: bool,
}

/// One model over its seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Its name.
    pub name: String,
    /// Seeds of its finished runs.
    pub seeds: Vec<u64>,
    /// The metric of each of them.
    pub per_seed: Vec<f64>,
    /// Runs whose loss was no longer finite.
    pub diverged: Vec<u64>,
    /// Mean over the seeds; absent without a finished run.
    pub mean: Option<f64>,
    /// Standard deviation over the seeds; from two on.
    pub deviation: Option<f64>,
    /// For the mean over seeds and images; with one run, for this network over images.
    pub interval: Option<Interval>,
}

/// Two models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedPair {
    /// Name of the model that the other is set against.
    pub first: String,
    /// Name of the other.
    pub second: String,
    /// The metric of the second less that of the first.
    pub difference: Option<Difference>,
    /// What can be said of the second beside the first.
    pub verdict: VerdictWord,
    /// Why there is no verdict, where there is none.
    pub undecided: Option<UndecidedReason>,
    /// The verdict in words, with its numbers.
    pub sentence: String,
    /// Smallest difference that these runs would have shown with 80 % probability.
    pub resolvable: Option<f64>,
    /// The same with endless seeds: what the test set can resolve.
    pub resolvable_by_test_set: Option<f64>,
    /// How many seeds more of each model would probably decide, where the verdict is open.
    pub seeds_more: Option<u32>,
    /// Where each model has one run: McNemar's exact test of the two networks.
    pub mcnemar: Option<McNemar>,
    /// Images of each class that changed, means over the seeds, in the order of the classes.
    pub classes: Vec<ClassChange>,
    /// Confusions that changed, means over the seeds, largest change first.
    pub confusions: Vec<ConfusionChange>,
    /// Test images that the first gets wrong and the second right under every seed.
    pub fixed_by_every_seed: Vec<u32>,
    /// Test images that the first gets right and the second wrong under every seed.
    pub broken_by_every_seed: Vec<u32>,
}

/// A difference with what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Second less first.
    pub value: f64,
    /// Two-way clustered over seeds and images; of a cross-validation, corrected for overlapping training images.
    pub standard_error: f64,
    /// The interval that the verdict is read from.
    pub interval: Interval,
    /// Two-sided, of no difference.
    pub p_value: f64,
    /// Parts of the variance: seeds, images, seeds x images.
    pub variance: [f64; 3],
}

/// What can be said of the second model beside the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictWord {
    /// The second is better.
    Better,
    /// The second is worse.
    Worse,
    /// They differ by less than the margin.
    Equivalent,
    /// The second is better, by less than the margin.
    BetterBelowMargin,
    /// The second is worse, by less than the margin.
    WorseBelowMargin,
    /// The runs do not decide.
    Undecided,
}

/// Why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndecidedReason {
    /// A run diverged.
    Diverged,
    /// A model has no finished run.
    NoRun,
    /// A model has one run only: networks can be compared, recipes cannot.
    SingleRuns,
    /// A model has two runs only; of a cross-validation, two folds in all.
    FewSeeds,
    /// The interval neither excludes 0 nor lies within the margin.
    Unresolved,
}

/// McNemar's exact test of two networks on the same images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct McNemar {
    /// Images that only the second gets right.
    pub fixed: u64,
    /// Images that only the first gets right.
    pub broken: u64,
    /// Two-sided.
    pub p_value: f64,
}

/// Images of a class that one model gets right and the other wrong, means over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassChange {
    /// Name of the class.
    pub class: String,
    /// Its test images.
    pub images: u64,
    /// Wrong with the first, right with the second.
    pub fixed: f64,
    /// Right with the first, wrong with the second.
    pub broken: f64,
}

/// A cell of the confusion matrix under both models, means over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfusionChange {
    /// Name of the true class.
    pub truth: String,
    /// Name of the predicted class, another one.
    pub predicted: String,
    /// Images under the first model.
    pub first: f64,
    /// Images under the second model.
    pub second: f64,
    /// Images that the first model takes for this class and the second gets right.
    pub fixed: f64,
    /// Images that the first model gets right and the second takes for this class.
    pub broken: f64,
}
