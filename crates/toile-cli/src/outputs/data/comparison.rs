//! `models.csv` and `comparison.csv`: who is better, and by how much.

use toile_study::evidence::comparison::{Comparison, VerdictWord};

use toile_store::table::{Table, fields};

/// Each model over its seeds.
pub(super) fn models(comparison: &Comparison) -> Table {
    let columns = ["model", "metric", "seeds", "diverged", "mean", "deviation", "low", "high", "confidence"];
    let mut table = Table::new(columns);
    for model in &comparison.models {
        table.row(fields![
            &model.name,
            comparison.metric.name(),
            model.seeds.len(),
            model.diverged.len(),
            (!model.seeds.is_empty()).then_some(model.mean),
            model.deviation,
            model.interval.map(|interval| interval.low),
            model.interval.map(|interval| interval.high),
            model.interval.map(|interval| interval.confidence),
        ]);
    }
    table
}

/// The second of each pair beside the first.
pub(super) fn pairs(comparison: &Comparison) -> Table {
    let mut table = Table::new([
        "first",
        "second",
        "metric",
        "difference",
        "standard_error",
        "low",
        "high",
        "confidence",
        "p_value",
        "margin",
        "verdict",
        "sentence",
    ]);
    for pair in &comparison.pairs {
        let difference = pair.difference.as_ref();
        table.row(fields![
            &pair.first,
            &pair.second,
            comparison.metric.name(),
            difference.map(|found| found.value),
            difference.map(|found| found.standard_error),
            difference.map(|found| found.interval.low),
            difference.map(|found| found.interval.high),
            difference.map(|found| found.interval.confidence),
            difference.map(|found| found.p_value),
            comparison.margin.as_ref().map(|margin| margin.value),
            word(pair.verdict),
            &pair.sentence,
        ]);
    }
    table
}

/// As JSON says it.
fn word(verdict: VerdictWord) -> &'static str {
    match verdict {
        VerdictWord::Better => "better",
        VerdictWord::Worse => "worse",
        VerdictWord::Equivalent => "equivalent",
        VerdictWord::BetterBelowMargin => "better_below_margin",
        VerdictWord::WorseBelowMargin => "worse_below_margin",
        VerdictWord::Undecided => "undecided",
    }
}
