//! What is told of a comparison, whatever it is written on.

use toile_study::evidence::comparison::{ClassChange, ComparedPair, Comparison, ModelSummary};
use toile_study::evidence::words::{amount, confidence, run_list, value, value_interval};
use toile_study::numbers::{count, count_change, mean_count};

use crate::table::comparison::NOTHING;

/// A heading, a paragraph or more, and a table.
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) paragraphs: Vec<String>,
    pub(super) table: Option<Table>,
}

/// A table with a label in front of each row.
pub(super) struct Table {
    /// What stands above the labels.
    pub(super) corner: &'static str,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<(String, Vec<String>)>,
}

/// Confusions shown of a pair.
const CONFUSIONS_MAX: usize = 8;
/// With more pairs than this, images are told of the last model beside the first only.
const PAIRS_IN_FULL: usize = 3;

pub(super) fn sections(comparison: &Comparison) -> Vec<Section> {
    let mut sections = vec![models(comparison)];
    for pair in &comparison.pairs {
        sections.push(verdict(pair));
        let asked = comparison.last_beside_first() == Some(pair);
        if asked || comparison.pairs.len() <= PAIRS_IN_FULL {
            sections.extend(classes(comparison, pair));
            sections.extend(confusions(comparison, pair));
        }
    }
    sections
}

fn models(comparison: &Comparison) -> Section {
    let Comparison { metric, models, .. } = comparison;
    let row = |label: String, cell: &dyn Fn(&ModelSummary) -> Option<String>| {
        let cells = models.iter().map(|model| cell(model).unwrap_or(NOTHING.into())).collect();
        (label, cells)
    };
    let mut rows = vec![row("runs".into(), &|model| {
        let seeds = run_list(comparison.folds, &model.seeds);
        Some(match model.seeds.len() {
            0 => "none finished".into(),
            runs => format!("{runs}, {seeds}"),
        })
    })];
    if models.iter().any(|model| !model.diverged.is_empty()) {
        rows.push(row("diverged".into(), &|model| {
            let diverged = model.diverged.len();
            (diverged > 0).then(|| format!("{diverged}, {}", run_list(comparison.folds, &model.diverged)))
        }));
    }
    rows.push(row(format!("{}, mean", metric.title()), &|model| Some(value(*metric, model.mean?))));
    let of_what = if comparison.folds.is_some() { "repeats" } else { "seeds" };
    rows.push(row(format!("  deviation over {of_what}"), &|model| Some(amount(*metric, model.deviation?))));
    let level = confidence(1.0 - comparison.alpha);
    rows.push(row(format!("  {level} interval"), &|model| {
        let interval = model.interval?;
        Some(value_interval(*metric, interval.low, interval.high))
    }));
    let pairs = match comparison.pairs.len() {
        1 => String::new(),
        pairs => format!(" over {pairs} pairs"),
    };
    let spent = match comparison.look {
        _ if !comparison.can_decide() => {
            "no verdict can come of these runs, so nothing of it is spent".to_owned()
        }
        1 => "the first look at these models, which may spend half of it".to_owned(),
        look => format!("look {look} at these models, which may spend alpha / {}", 2f64.powi(look as i32)),
    };
    let margin = comparison.margin.as_ref().map_or(String::new(), |margin| {
        format!(" Differences below {} do not matter.", amount(*metric, margin.value))
    });
    let basis = format!(
        "By {} on {} test images, at alpha {}{pairs}: {spent}.{margin}",
        metric.name(),
        count(comparison.images as u64),
        comparison.alpha
    );
    Section {
        heading: "Models".into(),
        paragraphs: vec![basis],
        table: Some(Table {
            corner: "",
            columns: models.iter().map(|model| model.name.clone()).collect(),
            rows,
        }),
    }
}

fn verdict(pair: &ComparedPair) -> Section {
    Section { heading: "Verdict".into(), paragraphs: vec![pair.sentence.clone()], table: None }
}

fn classes(comparison: &Comparison, pair: &ComparedPair) -> Option<Section> {
    let row = |class: &ClassChange| {
        let net = class.fixed - class.broken;
        let cells =
            vec![count(class.images), mean_count(class.fixed), mean_count(class.broken), count_change(net)];
        (class.class.clone(), cells)
    };
    let changed = pair.classes.iter().filter(|class| class.fixed > 0.0 || class.broken > 0.0);
    let rows: Vec<_> = changed.map(row).collect();
    let every = format!(
        "{}: {} fixed, {} broken.",
        if comparison.folds.is_some() { "In every repeat" } else { "Under every seed" },
        count(pair.fixed_by_every_seed.len() as u64),
        count(pair.broken_by_every_seed.len() as u64)
    );
    (!rows.is_empty()).then(|| Section {
        heading: format!("Images that {} fixes and breaks, by class, mean over the runs", pair.second),
        paragraphs: vec![every],
        table: Some(Table {
            corner: "true class",
            columns: ["images", "fixed", "broken", "net"].map(String::from).to_vec(),
            rows,
        }),
    })
}

fn confusions(comparison: &Comparison, pair: &ComparedPair) -> Option<Section> {
    let shown = pair.confusions.iter().take(CONFUSIONS_MAX);
    let rows: Vec<_> = shown
        .map(|cell| {
            let cells = [cell.first, cell.second, cell.fixed, cell.broken].map(mean_count).to_vec();
            (format!("{} taken for {}", cell.truth, cell.predicted), cells)
        })
        .collect();
    let name = |name: &str| match comparison.models.len() {
        2 => name.to_owned(),
        _ => format!("under {name}"),
    };
    let of = match pair.confusions.len() > rows.len() {
        true => format!(", {} of {}", rows.len(), count(pair.confusions.len() as u64)),
        false => String::new(),
    };
    (!rows.is_empty()).then(|| Section {
        heading: format!("Confusions that change most{of}, mean over the runs"),
        paragraphs: Vec::new(),
        table: Some(Table {
            corner: "confusion",
            columns: vec![name(&pair.first), name(&pair.second), "fixed".into(), "broken".into()],
            rows,
        }),
    })
}
