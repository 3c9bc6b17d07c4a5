//! What trying settings came to, as people read it: validation figures alone.

use toile_study::evidence::Metric;
use toile_study::evidence::search::{Method, Search, Tried, Worth};
use toile_study::evidence::sweep::Sweep;
use toile_study::evidence::words::{change, change_interval, confidence, seed_list};
use toile_study::numbers::{counted, learning_rate, loss, percent};

use super::TableOptions;
use super::comparison::NOTHING;
use super::document::{Document, Section};
use super::grid::Grid;

/// What a sweep came to.
#[derive(Clone, Copy, Debug)]
pub struct Searched<'a> {
    /// The answer.
    pub of: &'a Search,
    /// The model as it is, as tables name it.
    pub as_it_is: &'a str,
    /// What it says of the learning rate, where nothing else was varied.
    pub rates: Option<&'a Sweep>,
    /// The best for the study file, where that is not the model as it is.
    pub tuned: Option<&'a str>,
}

impl Searched<'_> {
    /// For a terminal, a line break at the end.
    pub fn terminal(&self, options: TableOptions) -> String {
        let lines = self.tuned.map_or(String::new(), |tuned| format!("\nFor the study file:\n\n{tuned}"));
        self.document().terminal(options) + &lines
    }

    /// To be pasted into a page.
    pub fn markdown(&self) -> String {
        let lines = self.tuned.map_or(String::new(), |tuned| format!("\n```toml\n{tuned}```\n"));
        self.document().markdown() + &lines
    }

    fn document(&self) -> Document {
        let of = self.of;
        let heading = format!("{} of {}", of.varied.join(", "), of.model);
        let mut sentences = vec![basis(of)];
        sentences.extend(choice(of, self.as_it_is));
        let mut warnings = warnings(of);
        warnings.extend(self.rates.and_then(edge));
        Document { sections: vec![Section { heading, grid: grid(of, self.as_it_is), sentences }], warnings }
    }
}

/// `lr = 0.1, momentum = 0.9`, or what the model is called without any change.
pub fn name(of: &Tried, as_it_is: &str) -> String {
    match &of.settings[..] {
        [] => as_it_is.to_owned(),
        settings => {
            settings.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Candidates in the order of merit: those that came furthest first, diverged ones last.
pub fn ranked(of: &Search) -> Vec<usize> {
    let mut places: Vec<usize> = (0..of.candidates.len()).collect();
    let key = |place: usize| {
        let Tried { rung, validation_accuracy, validation_loss, .. } = &of.candidates[place];
        let accuracy = validation_accuracy.unwrap_or(-1.0);
        (*rung, accuracy, validation_loss.map_or(f64::NEG_INFINITY, |loss| -loss))
    };
    places.sort_by(|&a, &b| {
        let (a, b) = (key(a), key(b));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(b.2.total_cmp(&a.2))
    });
    places
}

fn grid(of: &Search, as_it_is: &str) -> Grid {
    let head = ["settings", "epochs", "validation accuracy", "validation loss", "beside as it is", ""];
    let mut grid = Grid::new(head);
    for place in ranked(of) {
        let tried = &of.candidates[place];
        let lost = tried.runs.iter().filter(|run| run.validation_accuracy.is_none()).count();
        let remark = match lost {
            _ if of.best == Some(place) => "best".to_string(),
            0 => String::new(),
            lost => format!("{lost} of {} diverged", tried.runs.len()),
        };
        grid.row([
            name(tried, as_it_is),
            tried.epochs.to_string(),
            tried.validation_accuracy.map_or(NOTHING.into(), percent),
            tried.validation_loss.map_or(NOTHING.into(), loss),
            tried.over_default.map_or(NOTHING.into(), |worth| {
                let Worth { difference, interval, .. } = worth;
                let ends = change_interval(Metric::AccuracyTop1, interval.low, interval.high);
                format!("{} {ends}", change(Metric::AccuracyTop1, difference))
            }),
            remark,
        ]);
    }
    grid
}

fn basis(of: &Search) -> String {
    let method = match of.method {
        Method::Grid => "every combination".to_string(),
        Method::Random { trials, seed } => format!("{trials} drawn at random (draw {seed})"),
    };
    let rungs = match of.eta {
        None => String::new(),
        Some(eta) => {
            let rungs: Vec<String> = of
                .rungs
                .iter()
                .map(|rung| {
                    let epochs = rung.epochs.map_or(String::new(), |n| counted(n as usize, "epoch"));
                    format!("{} for {epochs}", rung.candidates)
                })
                .collect();
            format!(
                " Successive halving, one in {eta} goes on: {}; each rung trains anew, with its schedule over its epochs, \
                 and the model as it is goes along.",
                rungs.join(", ")
            )
        }
    };
    format!(
        "{method}, {} of the training images held out, {}.{rungs} The test images choose nothing and are not shown.",
        percent(of.validation),
        seed_list(&of.seeds)
    )
}

/// What the best is, and what choosing it is worth.
fn choice(of: &Search, as_it_is: &str) -> Vec<String> {
    let Some(best) = of.best else { return Vec::new() };
    let tried = &of.candidates[best];
    let mut sentences = Vec::new();
    let about = |worth: Worth, other: &str, whichever: &str| {
        let Worth { difference, interval, comparisons, is_over_seeds, .. } = worth;
        let scope = match is_over_seeds {
            true => "for other seeds and images of the kind",
            false => "for these trained networks on other images of the kind; other seeds are not in it",
        };
        format!(
            "{} has {} of validation accuracy beside {other}: {} with {} confidence {scope}, {whichever} ({}).",
            name(tried, as_it_is),
            change(Metric::AccuracyTop1, difference),
            change_interval(Metric::AccuracyTop1, interval.low, interval.high),
            confidence(interval.confidence),
            counted(comparisons, "comparison")
        )
    };
    match of.over_default {
        Some(worth) => {
            sentences.push(about(worth, "the model as it is", "whichever candidate had come out best"))
        }
        None if best == 0 => sentences.push("The model as it is came out best.".into()),
        None => {}
    }
    if let Some(worth) = of.over_next {
        let next = &of.candidates[worth.beside];
        let other = format!("the next best ({})", name(next, as_it_is));
        sentences.push(about(worth, &other, "whichever two had come out first and second"));
    }
    sentences.push(format!(
        "The accuracy of the best of {} on the images that chose it flatters it: expect less on others, the more so the \
         closer the candidates lie. The test images can still say what it is.",
        of.candidates.len()
    ));
    sentences
}

fn warnings(of: &Search) -> Vec<String> {
    let mut warnings = Vec::new();
    if of.best.is_none() {
        warnings.push("every candidate of the last rung diverged under some seed; try other values".into());
    }
    let holds_nothing = |worth: Worth| worth.interval.low <= 0.0;
    if of.over_default.is_some_and(holds_nothing) {
        warnings.push(
            "the interval beside the model as it is holds 0: nothing is shown to be gained; more seeds or a larger \
             validation share would tell more"
                .into(),
        );
    }
    warnings
}

/// That the best rate is the last one tried in its direction.
fn edge(of: &Sweep) -> Option<String> {
    let best = of.best.filter(|_| of.at_edge)?;
    // Where the model's own rate is far below, the lowest that was asked for is not the first.
    let is_lowest = of.rates.iter().any(|rate| rate.learning_rate > best);
    let (end, more) = match (of.rates.len(), is_lowest) {
        (1, _) => ("only", "others"),
        (_, true) => ("lowest", "lower ones"),
        (_, false) => ("highest", "higher ones"),
    };
    Some(format!(
        "{} is the {end} rate asked for: a better one may lie beyond; try {more} too",
        learning_rate(best)
    ))
}
