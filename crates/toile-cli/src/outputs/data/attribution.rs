//! `attribution.csv`: what brought a gain.

use toile_study::evidence::attribution::{Attribution, Effect};

use toile_store::table::{Table, fields};

pub(super) fn table(attributions: &[Attribution]) -> Table {
    let mut table = Table::new([
        "first",
        "second",
        "metric",
        "kind",
        "factors",
        "value",
        "standard_error",
        "low",
        "high",
        "confidence",
        "share",
    ]);
    for found in attributions {
        let mut put = |kind: &str, effect: &Effect, share: Option<f64>| {
            table.row(fields![
                &found.first,
                &found.second,
                found.metric.name(),
                kind,
                effect.name(" x "),
                effect.value,
                effect.standard_error,
                effect.interval.map(|interval| interval.low),
                effect.interval.map(|interval| interval.high),
                effect.interval.map(|interval| interval.confidence),
                share,
            ]);
        };
        put("gain", &found.gain, None);
        for effect in &found.effects {
            put(if effect.factors.len() > 1 { "interaction" } else { "main effect" }, effect, None);
        }
        for (factor, effect) in found.shapley.iter().enumerate() {
            let share = found.shares.as_ref().and_then(|shares| shares.get(factor));
            put("shapley", effect, share.copied());
        }
    }
    table
}
