//! What ablation says of a network, in a sentence.

use toile_nn::description::Layer;

use crate::evidence::ablation::{AblatedModel, Ablation};
use crate::numbers::{joined, percent};
use crate::study::Model;

/// Share of ablated units at which half of the accuracy above guessing is lost, of the mean and of each seed; on a
/// straight line between the shares measured. `None` where more than half is left at the largest, or where there was none
/// to lose.
pub fn half_lost(model: &AblatedModel, classes: usize) -> (Option<f64>, Vec<Option<f64>>) {
    let of = |accuracy: &dyn Fn(usize) -> f64| crossing(model, classes, accuracy);
    let of_mean = of(&|place| model.points[place].mean);
    let of_seeds = (0..model.seeds.len()).map(|seed| of(&|place| model.points[place].per_seed[seed]));
    (of_mean, of_seeds.collect())
}

fn crossing(model: &AblatedModel, classes: usize, accuracy: &dyn Fn(usize) -> f64) -> Option<f64> {
    let points = &model.points;
    // Half-way is known only where nothing is ablated.
    points.first().filter(|point| point.share == 0.0)?;
    let guessing = 1.0 / classes as f64;
    if accuracy(0) <= guessing {
        return None;
    }
    let half = guessing + (accuracy(0) - guessing) / 2.0;
    let below = (1..points.len()).find(|&place| accuracy(place) <= half)?;
    let (above, from, to) = (below - 1, points[below - 1].share, points[below].share);
    let fall = accuracy(above) - accuracy(below);
    let way = if fall > 0.0 { (accuracy(above) - half) / fall } else { 0.0 };
    Some(from + way * (to - from))
}

/// Whether a network trained with dropout relies less on single units than one trained without.
pub fn sentence(ablation: &Ablation, models: &[&Model], classes: usize) -> String {
    let mut parts = Vec::new();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for ablated in &ablation.models {
        let whole = ablated.points.first().filter(|point| point.share == 0.0);
        if whole.is_none_or(|point| point.per_seed.iter().any(|accuracy| *accuracy <= 1.0 / classes as f64)) {
            return unmeasured(ablated, whole.is_some());
        }
        let (of_mean, of_seeds) = half_lost(ablated, classes);
        let last = ablated.points.last().map_or(0.0, |point| point.share);
        parts.push(match of_mean {
            Some(share) => {
                format!("by {} with {} of its hidden units ablated", ablated.name, percent(share))
            }
            None => format!("not by {}, even with {} of them ablated", ablated.name, percent(last)),
        });
        let has_dropout =
            models.iter().any(|model| model.name == ablated.name && drops(&model.recipe.layers));
        // What was not lost within the range was lost beyond it.
        let shares = of_seeds.into_iter().map(|share| share.unwrap_or(f64::INFINITY));
        if has_dropout { with.extend(shares) } else { without.extend(shares) }
    }
    let measured = format!("Half of the accuracy above guessing is lost {}.", joined(&parts));
    format!("{measured}{}", belief(&with, &without))
}

/// Without a start there is no half.
fn unmeasured(model: &AblatedModel, has_start: bool) -> String {
    match has_start {
        true => format!(
            "Not every run of {} has learnt more than guessing: there is no accuracy whose loss could be measured.",
            model.name
        ),
        false => "Without a share of 0 it is not known what there is to lose: add it to --shares.".into(),
    }
}

fn belief(with: &[f64], without: &[f64]) -> String {
    if with.is_empty() || without.is_empty() {
        return String::new();
    }
    let lowest = |shares: &[f64]| shares.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = |shares: &[f64]| shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let runs = match with.len() + without.len() {
        2 => "one run each",
        _ => "every run of the one beside every run of the other",
    };
    if lowest(with) > highest(without) {
        format!(
            " What was trained with dropout relies less on any one unit than what was trained without ({runs})."
        )
    } else if highest(with) < lowest(without) {
        format!(
            " What was trained with dropout relies more on single units than what was trained without ({runs})."
        )
    } else {
        " Runs with and without dropout overlap: these do not tell whether dropout makes a network rely less on any \
         one unit."
            .into()
    }
}

fn drops(layers: &[Layer]) -> bool {
    layers.iter().any(|layer| match layer {
        Layer::Dropout(dropout) => dropout.p > 0.0,
        Layer::Dropout2d(dropout) => dropout.p > 0.0,
        Layer::Residual(block) => drops(&block.layers),
        _ => false,
    })
}
