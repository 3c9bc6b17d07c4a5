//! The data of what `explain` and `ablate` draw.

use toile_study::evidence::Interval;
use toile_study::evidence::ablation::Ablation;
use toile_study::evidence::attribution::{Attribution, Effect};

use toile_store::table::{Field, Table, fields};

/// A row a number: combinations, the gain, Shapley values, main effects and interactions.
pub fn attribution_csv(of: &Attribution) -> String {
    let mut table = Table::new(["kind", "name", "value", "standard_error", "low", "high", "confidence"]);
    let mut row = |kind: &str, name: Field, value: f64, error: Option<f64>, interval: Option<Interval>| {
        let ends = [interval.map(|i| i.low), interval.map(|i| i.high), interval.map(|i| i.confidence)];
        table.row(
            [Field::from(kind), name].into_iter().chain(fields![value, error]).chain(ends.map(Field::from)),
        );
    };
    for cell in &of.cells {
        row("combination", Field::from(&cell.model), cell.mean, None, cell.interval);
    }
    let mut effect = |kind: &str, effect: &Effect| {
        let Effect { value, standard_error, interval, .. } = effect;
        row(kind, Field::from(effect.name(" x ")), *value, Some(*standard_error), *interval);
    };
    effect("gain", &of.gain);
    of.shapley.iter().for_each(|one| effect("shapley", one));
    for one in &of.effects {
        effect(if one.factors.len() == 1 { "main_effect" } else { "interaction" }, one);
    }
    table.text()
}

/// A row a model and share, with the seeds' accuracies behind.
pub fn ablation_csv(of: &Ablation) -> String {
    let mut table = Table::new(["model", "share", "seed", "accuracy", "mean", "lowest", "highest"]);
    for model in &of.models {
        for point in &model.points {
            for (seed, accuracy) in model.seeds.iter().zip(&point.per_seed) {
                let [lowest, highest] = point.range;
                table.row(fields![&model.name, point.share, *seed, *accuracy, point.mean, lowest, highest]);
            }
        }
    }
    table.text()
}

#[cfg(test)]
mod tests {
    use toile_study::evidence::ablation::{AblatedModel, AblatedPoint};

    use super::*;

    #[test]
    fn a_comma_in_a_name_begins_no_column() {
        let point = AblatedPoint { share: 0.5, per_seed: vec![0.25], mean: 0.25, range: [0.125, 0.5] };
        let model = AblatedModel { name: "small, fast".into(), seeds: vec![3], points: vec![point] };
        let of = Ablation { layers: vec!["fc1".into()], draws: 1, models: vec![model] };
        let text = ablation_csv(&of);
        assert_eq!(text.lines().nth(1), Some("\"small, fast\",0.5,3,0.25,0.25,0.125,0.5"));
    }
}
