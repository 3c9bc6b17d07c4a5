//! Which candidates go on, which is the best, and what it is worth.

use toile_statistics::{Nested, Scope, mean, nested};

use super::candidates::Candidate;
use super::held_out::HeldOutRun;
use crate::evidence::Interval;
use crate::evidence::search::{Method, Search, SearchRung, Tried, Worth};
use crate::evidence::sweep::SweptRun;
use crate::study::{Model, Study};

/// The level of all intervals together.
const ALPHA: f64 = 0.05;

/// A candidate in the last rung that it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Which rung, from 0.
    pub rung: usize,
    /// The model of that rung.
    pub model: Model,
    /// A run a seed.
    pub runs: Vec<HeldOutRun>,
}

/// What was asked, for the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Searched<'a> {
    /// The settings that are varied.
    pub varied: Vec<String>,
    /// How candidates were chosen.
    pub method: Method,
    /// Successive halving.
    pub eta: Option<u32>,
    /// Share of the training images held out.
    pub validation: f64,
    /// The rounds.
    pub rungs: Vec<SearchRung>,
    /// The model as it is first.
    pub candidates: &'a [Candidate],
}

/// Accuracy and loss, means over the seeds; `None` where a run diverged.
fn figures(runs: &[HeldOutRun]) -> Option<(f64, f64)> {
    let share = |correct: &Vec<bool>| correct.iter().filter(|&&is| is).count() as f64 / correct.len() as f64;
    let accuracies: Vec<f64> =
        runs.iter().map(|run| run.correct.as_ref().map(share)).collect::<Option<_>>()?;
    let losses: Vec<f64> = runs.iter().map(|run| run.loss).collect::<Option<_>>()?;
    (!runs.is_empty()).then(|| (mean(accuracies), mean(losses)))
}

/// Places in the order of merit: the highest accuracy, of equals the lowest loss, of those the first. Diverged ones are
/// not among them.
fn ranked(runs: &[&[HeldOutRun]]) -> Vec<usize> {
    let found: Vec<Option<(f64, f64)>> = runs.iter().map(|runs| figures(runs)).collect();
    let mut places: Vec<usize> = (0..runs.len()).filter(|&place| found[place].is_some()).collect();
    let key = |place: usize| found[place].unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    places.sort_by(|&a, &b| {
        let ((more, loss_a), (than, loss_b)) = (key(a), key(b));
        than.total_cmp(&more).then(loss_a.total_cmp(&loss_b))
    });
    places
}

/// The places of those of a rung that go on, best first: so many at most.
pub fn promoted(rung: &[Vec<HeldOutRun>], places: usize) -> Vec<usize> {
    let runs: Vec<&[HeldOutRun]> = rung.iter().map(Vec::as_slice).collect();
    let mut ranked = ranked(&runs);
    ranked.truncate(places);
    ranked
}

/// What the search says; `judged` is the last of each candidate, in their order.
pub fn judge(study: &Study, model: &Model, of: &Searched<'_>, judged: &[Judged]) -> Search {
    let last = of.rungs.len().saturating_sub(1);
    let finalists: Vec<usize> = (0..judged.len()).filter(|&place| judged[place].rung == last).collect();
    let runs: Vec<&[HeldOutRun]> = finalists.iter().map(|&place| &judged[place].runs[..]).collect();
    let order: Vec<usize> = ranked(&runs).into_iter().map(|place| finalists[place]).collect();
    // Whichever candidate had been best, the same would have been asked about it.
    let others = judged.len() - 1;
    let pairs = judged.len() * others / 2;
    let beside = |first: usize, second: usize, comparisons: usize| {
        let found = compared(&judged[first].runs, &judged[second].runs)?;
        Some(worth(&found, second, comparisons))
    };
    let over_default = |place: usize| match place {
        0 => None,
        place if finalists.contains(&place) && finalists.contains(&0) => beside(place, 0, others),
        _ => None,
    };
    let candidates: Vec<Tried> = (0..judged.len())
        .map(|place| tried(&of.candidates[place], &judged[place], over_default(place)))
        .collect();
    let best = order.first().copied();
    Search {
        model: model.name.clone(),
        recipe: model.recipe.digest(),
        varied: of.varied.clone(),
        method: of.method,
        eta: of.eta,
        validation: of.validation,
        seeds: study.seeds.clone(),
        rungs: of.rungs.clone(),
        best,
        over_default: best.and_then(|best| candidates[best].over_default),
        over_next: best.zip(order.get(1)).and_then(|(best, &next)| beside(best, next, pairs)),
        candidates,
    }
}

fn tried(candidate: &Candidate, judged: &Judged, over_default: Option<Worth>) -> Tried {
    let share = |correct: &Vec<bool>| correct.iter().filter(|&&is| is).count() as f64 / correct.len() as f64;
    let run = |run: &HeldOutRun| SweptRun {
        seed: run.seed,
        validation_accuracy: run.correct.as_ref().map(share),
        validation_loss: run.loss,
    };
    let (accuracy, loss) = figures(&judged.runs).unzip();
    Tried {
        name: judged.model.name.clone(),
        settings: candidate.settings.clone(),
        rung: judged.rung,
        epochs: judged.model.recipe.epochs,
        runs: judged.runs.iter().map(run).collect(),
        validation_accuracy: accuracy,
        validation_loss: loss,
        over_default,
    }
}

/// What the first has more than the second, by pairs of seed and image: both have the same seeds, and each seed has the
/// images that it held out. `None` where one diverged.
fn compared(first: &[HeldOutRun], second: &[HeldOutRun]) -> Option<Nested> {
    let value = |&is_right: &bool| f64::from(u8::from(is_right));
    let of_seed = |(first, second): (&HeldOutRun, &HeldOutRun)| {
        let (first, second) = (first.correct.as_ref()?, second.correct.as_ref()?);
        Some(second.iter().map(value).zip(first.iter().map(value)).collect())
    };
    let pairs: Option<Vec<Vec<(f64, f64)>>> = first.iter().zip(second).map(of_seed).collect();
    nested(&pairs?)
}

/// Bonferroni's: each of so many intervals at a level of its share.
fn worth(found: &Nested, beside: usize, comparisons: usize) -> Worth {
    let interval = found.interval(ALPHA / comparisons.max(1) as f64);
    Worth {
        beside,
        difference: found.value,
        interval: Interval { low: interval.low, high: interval.high, confidence: 1.0 - ALPHA },
        comparisons,
        is_over_seeds: found.scope != Scope::Networks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run with so many of 100 images right, from the first on.
    fn run(seed: u64, right: usize, loss: f64) -> HeldOutRun {
        HeldOutRun { seed, correct: Some((0..100).map(|image| image < right).collect()), loss: Some(loss) }
    }

    fn diverged(seed: u64) -> HeldOutRun {
        HeldOutRun { seed, correct: None, loss: None }
    }

    #[test]
    fn the_best_on_the_images_held_out_go_on() {
        let rung = [
            vec![run(0, 80, 0.5), run(1, 82, 0.5)],
            vec![run(0, 99, 0.1), diverged(1)],
            vec![run(0, 85, 0.9), run(1, 85, 0.7)],
            vec![run(0, 81, 0.4), run(1, 81, 0.4)],
            vec![run(0, 81, 0.5), run(1, 81, 0.5)],
        ];
        // The diverged one is out; of equal accuracies the lower loss, then the first.
        assert_eq!(promoted(&rung, 9), [2, 3, 0, 4]);
        assert_eq!(promoted(&rung, 2), [2, 3]);
    }

    #[test]
    fn what_a_choice_is_worth_knows_how_many_there_were() {
        let (low, high) = (
            [run(0, 70, 1.0), run(1, 72, 1.0), run(2, 71, 1.0)],
            [run(0, 80, 1.0), run(1, 81, 1.0), run(2, 82, 1.0)],
        );
        let found = compared(&high, &low).unwrap();
        assert!((found.value - 0.10).abs() < 1e-12);
        let widths: Vec<f64> = [1, 5, 50]
            .iter()
            .map(|&n| {
                let Worth { interval, is_over_seeds, .. } = worth(&found, 0, n);
                assert!(is_over_seeds && interval.low < 0.10 && interval.high > 0.10);
                interval.high - interval.low
            })
            .collect();
        assert!(widths[0] < widths[1] && widths[1] < widths[2], "{widths:?}");
        // By hand, from the differences of the seeds alone: 10, 9 and 11 points, t(2) at 0.975 is 4.3027.
        let of_seeds = 2.0 * 4.302_652_7 * 0.01 / 3f64.sqrt();
        assert!((of_seeds..1.5 * of_seeds).contains(&widths[0]), "{} beside {of_seeds}", widths[0]);
        assert!(!worth(&compared(&high[..1], &low[..1]).unwrap(), 0, 1).is_over_seeds);
        assert!(compared(&high, &[run(0, 1, 1.0), diverged(1), run(2, 1, 1.0)]).is_none());
    }
}
