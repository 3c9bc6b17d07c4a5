//! A sweep as people read it: validation figures alone.

use toile_study::evidence::sweep::{Sweep, SweptRate};
use toile_study::evidence::words::seed_list;
use toile_study::numbers::{counted, learning_rate, loss, percent};

use super::TableOptions;
use super::comparison::NOTHING;
use super::document::{Document, Section};
use super::grid::Grid;

/// For a terminal, a line break at the end; `tuned` are the lines for the study file.
pub fn terminal(of: &Sweep, tuned: Option<&str>, options: TableOptions) -> String {
    let lines = tuned.map_or(String::new(), |tuned| format!("\nFor the study file:\n\n{tuned}"));
    document(of).terminal(options) + &lines
}

/// To be pasted into a page.
pub fn markdown(of: &Sweep, tuned: Option<&str>) -> String {
    let lines = tuned.map_or(String::new(), |tuned| format!("\n```toml\n{tuned}```\n"));
    document(of).markdown() + &lines
}

fn document(of: &Sweep) -> Document {
    let mut grid = Grid::new(["learning rate", "validation accuracy", "validation loss", ""]);
    for rate in &of.rates {
        let SweptRate { learning_rate: tried, validation_accuracy, validation_loss, runs } = rate;
        let lost = runs.iter().filter(|run| run.validation_accuracy.is_none()).count();
        let remark = match lost {
            _ if of.best == Some(*tried) => "best".to_string(),
            0 => String::new(),
            lost => format!("{lost} of {} diverged", runs.len()),
        };
        grid.row([
            learning_rate(*tried),
            validation_accuracy.map_or(NOTHING.into(), percent),
            validation_loss.map_or(NOTHING.into(), loss),
            remark,
        ]);
    }
    let epochs = counted(of.epochs as usize, "epoch");
    let basis = format!(
        "{epochs} each, {} of the training images held out, {}. The test images choose nothing and are not shown.",
        percent(of.validation),
        seed_list(&of.seeds)
    );
    let heading = format!("{} of {}", of.optimizer, of.model);
    let sections = vec![Section { heading, grid, sentences: vec![basis] }];
    let mut warnings = Vec::new();
    if of.best.is_none() {
        warnings.push("every rate diverged under some seed; try lower ones".into());
    }
    if let Some(best) = of.best.filter(|_| of.at_edge) {
        let is_lowest = of.rates.first().is_some_and(|rate| rate.learning_rate == best);
        let (end, more) = match (of.rates.len(), is_lowest) {
            (1, _) => ("only", "others"),
            (_, true) => ("lowest", "lower ones"),
            (_, false) => ("highest", "higher ones"),
        };
        warnings.push(format!(
            "{} is the {end} rate tried: a better one may lie beyond; try {more} too",
            learning_rate(best)
        ));
    }
    Document { sections, warnings }
}
