//! What each factor contributes: Shapley values and main effects, with their intervals.

use toile_study::evidence::attribution::{Attribution, Effect};
use toile_study::evidence::words::{confidence, run_list};

use super::forest::{Forest, ForestRow, Role};
use crate::palette::Colour;
use crate::picture::{Picture, Shape, Text};

/// The Shapley value of each factor, then their sum.
pub fn forest_rows(of: &Attribution) -> Vec<ForestRow> {
    let parts = of.shapley.iter().map(|effect| row(effect.factors.join(" × "), effect, Role::Part));
    parts.chain([row("together".into(), &of.gain, Role::Total)]).collect()
}

fn row(name: String, effect: &Effect, role: Role) -> ForestRow {
    ForestRow { name, below: String::new(), value: effect.value, interval: effect.interval, role }
}

/// The same with the levels of the factors, and the main effect below each value.
fn sheet_rows(of: &Attribution) -> Vec<ForestRow> {
    let mut rows = Vec::new();
    for (factor, shapley) in of.factors.iter().zip(&of.shapley) {
        let below = shortened(&format!("{} → {}", factor.first, factor.second));
        rows.push(ForestRow { below, ..row(shortened(&factor.name), shapley, Role::Part) });
        let main = of.effects.iter().find(|effect| effect.factors == [factor.name.as_str()]);
        let main = main.filter(|_| of.fraction.is_none());
        rows.extend(main.map(|effect| row("main effect".into(), effect, Role::Aside)));
    }
    let below = shortened(&format!("{} → {}", of.first, of.second));
    rows.push(ForestRow { below, ..row("together".into(), &of.gain, Role::Total) });
    rows
}

fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 48;
    if text.chars().count() <= CHARS_MAX {
        return text.to_string();
    }
    text.chars().take(CHARS_MAX - 1).chain(['…']).collect()
}

const WIDTH: f64 = 860.0;

/// The file: factors in their order, then the whole difference.
pub fn sheet(of: &Attribution) -> Picture {
    let rows = sheet_rows(of);
    let title = shortened(&format!("From {} to {}", of.first, of.second));
    let mut sheet = Picture::new(format!("What makes the difference? {title}"), WIDTH, 0.0);
    let forest = Forest { title: "Contributions", metric: of.metric, rows: &rows, margin: None };
    sheet.description = format!("{} {}", of.sentence, forest.label());
    sheet.text(Text::at(24.0, 34.0, sheet.title.clone()).sized(17.0).bold());
    let intervals = match of.gain.interval {
        Some(_) => format!("bars: {} intervals that hold together", confidence(1.0 - of.alpha)),
        None => "one seed: no intervals".into(),
    };
    let told = |x: f64, text: &str| Text::at(x, 58.0, text).muted();
    sheet.add(Shape::circle(30.0, 54.0, 5.0).filled(Colour::Accent));
    let is_fraction = of.fraction.is_some();
    sheet.text(told(42.0, if is_fraction { "main effect" } else { "Shapley value" }));
    if !is_fraction {
        sheet.add(Shape::circle(142.0, 54.0, 4.0).filled(Colour::Ground).stroked(Colour::Muted, 1.6));
        sheet.text(told(153.0, "main effect"));
    }
    sheet.text(told(240.0, &format!("{intervals}; {}; {}", run_list(of.folds, &of.seeds), unit(of))));
    sheet.height = forest.draw(&mut sheet, (24.0, 78.0), WIDTH - 48.0) + 8.0;
    sheet
}

fn unit(of: &Attribution) -> String {
    let points = if of.metric == toile_study::evidence::Metric::Nll { "" } else { " in percentage points" };
    format!("change of {}{points}", of.metric.title())
}
