//! An attribution as people read it: factors, what each contributes, effects and combinations, the answer.

use toile_study::evidence::attribution::{Attribution, CellSummary, Effect, FractionOf};
use toile_study::evidence::words::{change, change_interval, confidence, run_list, value, value_interval};
use toile_study::numbers::{count, joined, rough_percent};

use super::TableOptions;
use super::comparison::NOTHING;
use super::document::{Document, Section};
use super::grid::Grid;

/// For a terminal, a line break at the end.
pub fn terminal(attribution: &Attribution, options: TableOptions) -> String {
    document(attribution).terminal(options)
}

/// To be pasted into a page.
pub fn markdown(attribution: &Attribution) -> String {
    document(attribution).markdown()
}

fn document(of: &Attribution) -> Document {
    let mut sections = vec![factors(of), contributions(of)];
    // One factor has no effects beside its contribution.
    if of.factors.len() > 1 {
        sections.push(effects(of));
    }
    sections.push(cells(of));
    let sentences = vec![of.sentence.clone()];
    sections.push(Section { heading: "Answer".into(), sentences, ..Section::default() });
    Document { sections, warnings: of.warnings.clone() }
}

fn factors(of: &Attribution) -> Section {
    let mut grid = Grid::new(["factor", &of.first, &of.second]);
    for factor in &of.factors {
        grid.row([factor.name.clone(), factor.first.clone(), factor.second.clone()]);
    }
    Section { heading: "What differs".into(), grid, ..Section::default() }
}

fn contributions(of: &Attribution) -> Section {
    let value = if of.fraction.is_some() { "main effect" } else { "Shapley value" };
    let mut grid = Grid::new(["factor", value, "interval", "share"]);
    for (index, effect) in of.shapley.iter().enumerate() {
        let share = of.shares.as_ref().and_then(|shares| shares.get(index));
        let share = share.map_or(NOTHING.into(), |share| rough_percent(*share));
        grid.row([effect.factors.join(", "), change(of.metric, effect.value), interval(of, effect), share]);
    }
    let whole = if of.shares.is_some() { rough_percent(1.0) } else { NOTHING.to_owned() };
    grid.row([
        format!("{} to {}", of.first, of.second),
        change(of.metric, of.gain.value),
        interval(of, &of.gain),
        whole,
    ]);
    let together = match of.gain.interval {
        None => "One seed of each combination: no interval.".to_string(),
        Some(_) => format!(
            "The factors' intervals hold together, and the whole's alone, with {}.",
            confidence(1.0 - of.alpha)
        ),
    };
    Section {
        heading: format!(
            "What each contributes to {}, over {}",
            of.metric.name(),
            run_list(of.folds, &of.seeds)
        ),
        grid,
        sentences: vec![together],
    }
}

fn effects(of: &Attribution) -> Section {
    let mut grid = Grid::new(["effect", "change", "interval"]);
    for effect in &of.effects {
        grid.row([effect.name(" x "), change(of.metric, effect.value), interval(of, effect)]);
    }
    let coding = "A main effect is the mean change over all levels of the other factors; an interaction of two is half of \
                  what one's effect changes with the other, and so on (effect coding)."
        .to_string();
    let mut sentences = vec![coding];
    sentences.extend(of.fraction.as_ref().map(fraction_words));
    if of.gain.interval.is_some() {
        sentences.push(format!("These intervals hold together with {}.", confidence(1.0 - of.alpha)));
    }
    Section { heading: "Main effects and interactions".into(), grid, sentences }
}

/// Which combinations there were, and what cannot be told from what.
pub fn fraction_words(of: &FractionOf) -> String {
    let generators: Vec<String> =
        of.generators.iter().map(|(factor, of)| format!("{factor} = {}", of.join(" x "))).collect();
    format!(
        "A fraction of resolution IV of the {} combinations, with {}. Main effects are aliased with interactions of three \
         factors or more, and with none of two; interactions of two that stand with a + are told as their sum. The main \
         effects sum to the whole where interactions of three come to nothing.",
        count(of.combinations),
        joined(&generators)
    )
}

fn cells(of: &Attribution) -> Section {
    let mut grid = Grid::new(["combination", "mean", "interval"]);
    for CellSummary { model, mean, interval, .. } in &of.cells {
        let interval = interval.map_or(NOTHING.into(), |i| value_interval(of.metric, i.low, i.high));
        grid.row([model.clone(), value(of.metric, *mean), interval]);
    }
    Section { heading: "Combinations".into(), grid, ..Section::default() }
}

fn interval(of: &Attribution, effect: &Effect) -> String {
    effect.interval.map_or(NOTHING.into(), |i| change_interval(of.metric, i.low, i.high))
}
