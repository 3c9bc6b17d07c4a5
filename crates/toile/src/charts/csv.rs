//! The data of the charts.

use toile_study::evidence::Interval;
use toile_study::evidence::attribution::{Attribution, Effect};
use toile_study::evidence::silencing::Silencing;

/// A row a number: combinations, the gain, Shapley values, main effects and interactions.
pub fn attribution_csv(of: &Attribution) -> String {
    let mut text = String::from("kind,name,value,standard_error,low,high,confidence\n");
    let ends = |interval: Option<Interval>| {
        interval.map_or(",,".into(), |i| format!("{},{},{}", i.low, i.high, i.confidence))
    };
    for cell in &of.cells {
        text += &format!("combination,{},{},,{}\n", cell.model, cell.mean, ends(cell.interval));
    }
    let mut effect = |kind: &str, effect: &Effect| {
        let Effect { factors, value, standard_error, interval } = effect;
        text += &format!("{kind},{},{value},{standard_error},{}\n", factors.join(" x "), ends(*interval));
    };
    effect("gain", &of.gain);
    of.shapley.iter().for_each(|one| effect("shapley", one));
    for one in &of.effects {
        effect(if one.factors.len() == 1 { "main_effect" } else { "interaction" }, one);
    }
    text
}

/// A row a model and share, with the seeds' accuracies behind.
pub fn silencing_csv(of: &Silencing) -> String {
    let mut text = String::from("model,share,seed,accuracy,mean,lowest,highest\n");
    for model in &of.models {
        for point in &model.points {
            for (seed, accuracy) in model.seeds.iter().zip(&point.per_seed) {
                let [lowest, highest] = point.range;
                let (share, mean) = (point.share, point.mean);
                text += &format!("{},{share},{seed},{accuracy},{mean},{lowest},{highest}\n", model.name);
            }
        }
    }
    text
}
