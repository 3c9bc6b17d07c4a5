//! Which of the things that were found before are of the runs that are there now.
//!
//! Runs are added, and models trained anew after their recipe changed. What was computed of other runs is not
//! shown beside these, nor are suspects that do not say whose judgement they are.

use std::path::Path;

use super::ablation::{AblatedModel, Ablation};
use super::attribution::Attribution;
use super::comparison::Comparison;
use super::metric::Metric;
use super::outcomes::{ModelOutcomes, Outcomes, RunOutcomes};
use super::suspects::SuspectSummary;
use super::{files, samples};
use crate::results::StudyResults;

/// All that is known of a study beyond its results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Every test image under every finished run.
    pub outcomes: Outcomes,
    /// Every test image under every group of runs that answer together, an entry an ensemble.
    pub ensembles: Vec<ModelOutcomes>,
    /// The models against each other; absent while a run that was asked for is not over.
    pub comparison: Option<Comparison>,
    /// What `toile explain` found, one for each pair of models it was asked about.
    pub attributions: Vec<Attribution>,
    /// What remains as hidden units are ablated.
    pub ablation: Option<Ablation>,
    /// Labels that are probably wrong, if `toile data suspects` was asked.
    pub suspects: Option<SuspectSummary>,
}

/// Figures that differ by more are of other runs. JSON keeps all digits of a number.
const TOLERANCE: f64 = 1e-9;

/// All that is known of the runs: the comparison made just now, or the one there is, and what else lies in the
/// folder.
pub(crate) fn evidence(
    out: &Path,
    results: &StudyResults,
    (outcomes, ensembles): (Outcomes, Vec<ModelOutcomes>),
    compared: Option<Comparison>,
    notes: &mut Vec<String>,
) -> Evidence {
    let classes = results.dataset.class_names.len();
    let comparison = match compared {
        Some(comparison) => Some(comparison),
        None => files::comparison(out, notes)
            .filter(|known| compares(known, results, (&outcomes, &ensembles), classes)),
    };
    let mut attributions = files::attributions(out, notes);
    attributions.retain(|known| explains(known, &outcomes, classes));
    let ablation = files::ablation(out, notes).filter(|known| is_ablation_of(known, &outcomes));
    let folds = results.cross_validation.as_ref().map_or(1, |of| of.folds as usize);
    let suspects = files::suspects(out, notes).filter(|known| match known.check(&outcomes, folds) {
        Ok(()) => true,
        Err(problem) => {
            notes.push(files::without_suspects(out, problem));
            false
        }
    });
    Evidence { outcomes, ensembles, comparison, attributions, ablation, suspects }
}

/// Whether all runs of its models were compared, and no others, and its figures are theirs.
fn compares(
    comparison: &Comparison,
    results: &StudyResults,
    (outcomes, ensembles): (&Outcomes, &[ModelOutcomes]),
    classes: usize,
) -> bool {
    comparison.models.iter().all(|of| {
        if let Some(known) = ensembles.iter().find(|known| known.name == of.name) {
            return of.seeds.len() == known.runs.len()
                && measures(comparison.metric, &of.seeds, &of.per_seed, &known.runs, outcomes, classes);
        }
        let runs =
            results.models.iter().find(|model| model.name == of.name).map_or(0, |model| model.runs.len());
        let finished = outcomes.model(&of.name).map_or(&[][..], |model| &model.runs[..]);
        of.seeds.len() == finished.len()
            && runs == of.seeds.len() + of.diverged.len()
            && runs >= results.seeds.len()
            && measures(comparison.metric, &of.seeds, &of.per_seed, finished, outcomes, classes)
    })
}

/// Whether these are the runs' figures, a figure a seed.
fn measures(
    metric: Metric,
    seeds: &[u64],
    per_seed: &[f64],
    runs: &[RunOutcomes],
    outcomes: &Outcomes,
    classes: usize,
) -> bool {
    let runs: Option<Vec<RunOutcomes>> = seeds.iter().map(|seed| run(runs, *seed).cloned()).collect();
    let Some(runs) = runs else { return false };
    match samples::sample(metric, &runs, &outcomes.labels, classes) {
        Ok(sample) => alike(sample.per_seed(), per_seed),
        // Losses that are not finite have no figures.
        Err(_) => per_seed.is_empty(),
    }
}

/// Whether its figures are those of the runs. A combination that is no model of the study now cannot be told.
fn explains(attribution: &Attribution, outcomes: &Outcomes, classes: usize) -> bool {
    attribution.cells.iter().all(|cell| {
        let Some(model) = outcomes.model(&cell.model) else { return true };
        measures(attribution.metric, &attribution.seeds, &cell.per_seed, &model.runs, outcomes, classes)
    })
}

/// Whether with nothing ablated the runs are what they were then.
fn is_ablation_of(ablation: &Ablation, outcomes: &Outcomes) -> bool {
    let is_of = |of: &AblatedModel| {
        let Some(model) = outcomes.model(&of.name) else { return true };
        let Some(whole) = of.points.iter().find(|point| point.share == 0.0) else { return true };
        let of_seed = |seed: &u64| {
            let run = run(&model.runs, *seed)?;
            let right = run.correct(&outcomes.labels).into_iter().filter(|right| *right).count();
            Some(right as f64 / outcomes.labels.len() as f64)
        };
        let accuracies: Option<Vec<f64>> = of.seeds.iter().map(of_seed).collect();
        accuracies.is_some_and(|accuracies| alike(&accuracies, &whole.per_seed))
    };
    ablation.models.iter().all(is_of)
}

fn run(runs: &[RunOutcomes], seed: u64) -> Option<&RunOutcomes> {
    runs.iter().find(|run| run.seed == seed)
}

fn alike(now: &[f64], then: &[f64]) -> bool {
    now.len() == then.len() && now.iter().zip(then).all(|(now, then)| (now - then).abs() < TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::ablation::AblatedPoint;
    use crate::evidence::attribution::{CellSummary, Effect};
    use crate::evidence::outcomes::ModelOutcomes;

    /// Four images, of which each run gets so many right.
    fn outcomes(model: &str, right: &[(u64, usize)]) -> Outcomes {
        let run = |&(seed, right): &(u64, usize)| RunOutcomes {
            seed,
            predictions: (0..4).map(|image| u32::from(image >= right)).collect(),
            confidence: vec![0.5; 4],
            nll: vec![1.0; 4],
            folds: vec![],
        };
        let runs = right.iter().map(run).collect();
        Outcomes { labels: vec![0; 4], models: vec![ModelOutcomes { name: model.into(), runs }] }
    }

    fn attribution(per_seed: &[f64]) -> Attribution {
        let effect = || Effect {
            factors: vec!["epochs".into()],
            aliases: vec![],
            value: 0.0,
            standard_error: 0.0,
            interval: None,
        };
        let cell = |model: &str| CellSummary {
            model: model.into(),
            second_level: vec![],
            per_seed: per_seed.to_vec(),
            mean: 0.0,
            interval: None,
        };
        Attribution {
            first: "a".into(),
            second: "b".into(),
            metric: Metric::AccuracyTop1,
            alpha: 0.05,
            seeds: vec![3, 7],
            folds: None,
            factors: vec![],
            fraction: None,
            cells: vec![cell("a"), cell("b")],
            gain: effect(),
            effects: vec![],
            shapley: vec![],
            shares: None,
            sentence: String::new(),
            warnings: vec![],
        }
    }

    #[test]
    fn an_attribution_of_other_runs_is_over() {
        let known = attribution(&[0.5, 0.75]);
        // More seeds than it has are no reason.
        assert!(explains(&known, &outcomes("a", &[(7, 3), (3, 2), (1, 0)]), 2));
        assert!(explains(&known, &outcomes("c", &[(7, 0)]), 2), "models that are not there are not known");
        assert!(!explains(&known, &outcomes("a", &[(7, 3), (3, 3)]), 2), "trained anew");
        assert!(!explains(&known, &outcomes("b", &[(7, 3)]), 2), "a run is gone");
    }

    #[test]
    fn ablation_of_other_runs_is_over() {
        let known = |share| {
            let point = AblatedPoint { share, per_seed: vec![0.5, 0.75], mean: 0.0, range: [0.0; 2] };
            let model = AblatedModel { name: "a".into(), seeds: vec![3, 7], points: vec![point] };
            Ablation { layers: vec![], draws: 1, models: vec![model] }
        };
        assert!(is_ablation_of(&known(0.0), &outcomes("a", &[(7, 3), (3, 2)])));
        assert!(!is_ablation_of(&known(0.0), &outcomes("a", &[(7, 3), (3, 1)])));
        assert!(is_ablation_of(&known(0.5), &outcomes("a", &[(7, 3), (3, 1)])), "nothing to tell it by");
    }
}
