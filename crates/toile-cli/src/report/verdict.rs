//! What can be said of one model beside another: the verdicts, in words and as intervals.

use maud::{Markup, html};
use toile_draw::charts::forest::{Forest, ForestRow, Role, WIDTHS};
use toile_draw::svg;
use toile_study::evidence::comparison::{ComparedPair, Comparison, VerdictWord};
use toile_study::evidence::words::{self, amount, change, p_digits};
use toile_study::evidence::{Evidence, Metric};
use toile_study::findings::findings;
use toile_study::numbers::count;
use toile_study::results::{ModelResults, RunStatus, StudyResults};

use super::album::shown_pairs;
use crate::table::comparison::is_finished;

/// A word with a sign of its own, so that colour is not all that tells them apart.
fn word(verdict: VerdictWord) -> (&'static str, &'static str, &'static str) {
    match verdict {
        VerdictWord::Better => ("good", "▲", "better"),
        VerdictWord::Worse => ("bad", "▼", "worse"),
        VerdictWord::Equivalent => ("even", "=", "equivalent"),
        VerdictWord::BetterBelowMargin => ("good", "△", "better, by less than the margin"),
        VerdictWord::WorseBelowMargin => ("bad", "▽", "worse, by less than the margin"),
        VerdictWord::Undecided => ("open", "?", "undecided"),
    }
}

fn badge(pair: &ComparedPair) -> Markup {
    let (class, sign, text) = word(pair.verdict);
    html! { span class={ "badge " (class) } { span aria-hidden="true" { (sign) } " " (text) } }
}

/// The answer, for the head of the report: verdicts where there are any, else how far it is.
pub(super) fn answer(results: &StudyResults, evidence: &Evidence) -> Markup {
    // Asked only where there is no comparison, which is made when all runs that were asked for are over.
    let short = results.models.len() > 1 && !lacking(results).is_empty();
    let waiting = short || results.models.iter().any(|model| !is_finished(model));
    html! {
        div #verdict.answer.many[shown_pairs(evidence).count() > 3] role="region" aria-label="Verdict" {
            @match &evidence.comparison {
                Some(_) => {
                    @for pair in shown_pairs(evidence) {
                        p.verdict {
                            (badge(pair)) " "
                            span.sentence { (no_break(&pair.sentence)) }
                        }
                    }
                }
                None if waiting => { (under_way(results)) }
                None => { (headlines(results)) }
            }
        }
    }
}

/// A percent sign and a unit stay on their number's line.
pub(super) fn no_break(text: &str) -> String {
    text.replace(" %", "\u{a0}%").replace(" points", "\u{a0}points")
}

/// Seeds that were asked for and under which a model has no run.
fn missing(results: &StudyResults, model: &ModelResults) -> usize {
    let is_there = |seed: &u64| model.runs.iter().any(|run| run.seed == *seed);
    match results.seeds.is_empty() && model.runs.is_empty() {
        true => 1,
        false => results.seeds.iter().filter(|seed| !is_there(seed)).count(),
    }
}

/// Which models lack runs: `better has 1 of 3 seeds`.
fn lacking(results: &StudyResults) -> Vec<String> {
    let lacks = |model: &ModelResults| {
        let (there, missing) = (model.runs.len(), missing(results, model));
        (missing > 0)
            .then(|| format!("{} has {there} of {} {}s", model.name, there + missing, results.counted_by()))
    };
    results.models.iter().filter_map(lacks).collect()
}

/// How far a study is that is not over.
fn under_way(results: &StudyResults) -> Markup {
    let runs = || results.models.iter().flat_map(|model| model.runs.iter().map(move |run| (model, run)));
    let over = |status: &RunStatus| *status != RunStatus::Unfinished;
    let finished = runs().filter(|(_, run)| run.status == RunStatus::Finished).count();
    let diverged = runs().filter(|(_, run)| matches!(run.status, RunStatus::Diverged { .. })).count();
    // What is missing may be a model that nobody asked for now: it alone does not say that more is to come.
    let any_left = runs().any(|(_, run)| !over(&run.status));
    let planned = |model: &ModelResults| {
        model.settings.epochs() as usize * (model.runs.len() + missing(results, model))
    };
    let epochs: usize = results.models.iter().map(planned).sum();
    let done: usize = runs()
        .map(
            |(model, run)| {
                if over(&run.status) { model.settings.epochs() as usize } else { run.epochs.len() }
            },
        )
        .sum();
    let lacking = lacking(results);
    html! {
        p.verdict {
            @if any_left {
                span.badge.open { span aria-hidden="true" { "…" } " under way" } " "
                span.sentence { (count(done as u64)) " of " (count(epochs as u64)) " epochs are done. " }
            }
            span.sentence {
                (finished) @if finished == 1 { " run has" } @else { " runs have" } " reached the end"
                @if diverged > 0 { ", " b { (diverged) " diverged" } }
                @if !any_left && !lacking.is_empty() { "; " (lacking.join(", ")) }
                "; there is no verdict before all have. "
            }
        }
        @if any_left {
            progress max=(epochs) value=(done) aria-label="Epochs done" { (done) " of " (epochs) }
            p.note { "This page is written anew after each epoch: load it again to see how far it is." }
        }
    }
}

/// Without a comparison: what matters most of what can be read.
fn headlines(results: &StudyResults) -> Markup {
    let found = findings(results);
    html! {
        ul { @for finding in found.iter().filter(|finding| finding.headline).take(3) { li { (no_break(&finding.sentence)) } } }
    }
}

/// Every pair with its interval, beside the comparison table.
pub(super) fn differences(evidence: &Evidence) -> Markup {
    let Some(comparison) = &evidence.comparison else { return html! {} };
    let rows: Vec<ForestRow> = comparison.pairs.iter().filter_map(row).collect();
    let metric = comparison.metric;
    html! {
        figure.differences {
            figcaption {
                b { "Differences in " (metric.title()) } ", second less first"
                @if let Some(confidence) = shared_confidence(comparison) { ", with " (no_break(&words::confidence(confidence))) " intervals" }
                @if let Some(margin) = &comparison.margin { "; the band is the margin of " (amount(metric, margin.value)) }
            }
            (forest("Differences", metric, &rows, comparison.margin.as_ref().map(|margin| margin.value)))
        }
        div.scroll { (table(comparison)) }
        @for warning in &comparison.warnings { p.warning { (no_break(warning)) } }
        p.note {
            @if comparison.folds.is_some() {
                "An interval covers other data sets of this size, to train on and to test on, and other seeds, as far as one data set can tell: \
                 folds train on the same images for the most part, which the estimate corrects for (Nadeau and Bengio 2003; Bouckaert and Frank 2004). \
                 Where it holds 0, these runs do not tell the models apart. "
            } @else if comparison.pairs.iter().any(covers_seeds) {
                "An interval covers both other seeds and other test images; where it holds 0, these runs do not tell the models apart. "
            }
            @if comparison.pairs.iter().any(|pair| pair.difference.is_some() && !covers_seeds(pair)) {
                "Where a model has one run, an interval covers other test images but not other seeds: it speaks of these networks. "
            }
            @if comparison.pairs.len() > 1 { "The intervals hold together for all " (comparison.pairs.len()) " pairs. " }
            @if comparison.look > 1 && comparison.can_decide() { "This is look " (comparison.look) " at these models: each look may spend half the error of the one before. " }
        }
    }
}

/// Whether the runs say how much seeds matter: more than one of each model.
fn covers_seeds(pair: &ComparedPair) -> bool {
    // The figure is there only where they do.
    pair.resolvable.is_some()
}

/// That of all intervals, where they have the same.
fn shared_confidence(comparison: &Comparison) -> Option<f64> {
    let mut all =
        comparison.pairs.iter().filter_map(|pair| Some(pair.difference.as_ref()?.interval.confidence));
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

fn table(comparison: &Comparison) -> Markup {
    let columns = columns(comparison);
    html! {
        table.pairs-table {
            caption.hidden { "Pairs of models" }
            thead { tr {
                th scope="col" { "Pair" } th scope="col" { "Verdict" }
                @for (title, _) in &columns { th.n scope="col" { (title) } }
            } }
            tbody { @for (row, pair) in comparison.pairs.iter().enumerate() { tr {
                th scope="row" { (pair.second) " against " (pair.first) }
                td { (badge(pair)) }
                @for (_, cells) in &columns { td.n { (cells[row].as_deref().unwrap_or("–")) } }
            } } }
        }
    }
}

/// The figures of the pairs as (title, a cell a pair), those that any pair has.
fn columns(comparison: &Comparison) -> Vec<(&'static str, Vec<Option<String>>)> {
    let metric = comparison.metric;
    let is_folded = comparison.folds.is_some();
    let column = |title, text: &dyn Fn(&ComparedPair) -> Option<String>| {
        (title, comparison.pairs.iter().map(text).collect())
    };
    let mut columns: Vec<(_, Vec<Option<String>>)> = vec![
        column("Difference", &|pair| Some(change(metric, pair.difference.as_ref()?.value))),
        column("Confidence", &|pair| {
            let interval = pair.difference.as_ref()?.interval;
            shared_confidence(comparison).is_none().then(|| no_break(&words::confidence(interval.confidence)))
        }),
        column("p", &p_text),
        column("Resolvable", &|pair| pair.resolvable.map(|value| amount(metric, value))),
        column(if is_folded { "… with endless repeats" } else { "… with endless seeds" }, &|pair| {
            pair.resolvable_by_test_set.map(|value| amount(metric, value))
        }),
        column(if is_folded { "Repeats more" } else { "Seeds more" }, &|pair| {
            Some(pair.seeds_more?.to_string())
        }),
        column(
            if is_folded {
                "Images fixed, broken in every repeat"
            } else {
                "Images fixed, broken by every seed"
            },
            &|pair| {
                let [fixed, broken] = [&pair.fixed_by_every_seed, &pair.broken_by_every_seed];
                Some(format!("{}, {}", count(fixed.len() as u64), count(broken.len() as u64)))
            },
        ),
    ];
    columns.retain(|(_, cells)| cells.iter().any(Option::is_some));
    columns
}

fn p_text(pair: &ComparedPair) -> Option<String> {
    match (&pair.mcnemar, &pair.difference) {
        (Some(mcnemar), _) => Some(format!("{} (McNemar)", p_digits(mcnemar.p_value))),
        (None, Some(difference)) => Some(p_digits(difference.p_value)),
        (None, None) => None,
    }
}

fn row(pair: &ComparedPair) -> Option<ForestRow> {
    let difference = pair.difference.as_ref()?;
    let name = format!("{} − {}", pair.second, pair.first);
    let (value, interval) = (difference.value, Some(difference.interval));
    Some(ForestRow { name, below: String::new(), value, interval, role: Role::Part })
}

/// The drawing at the widths of a page and a phone; nothing without a row.
pub(super) fn forest(title: &str, metric: Metric, rows: &[ForestRow], margin: Option<f64>) -> Markup {
    let forest = Forest { title, metric, rows, margin };
    html! {
        @if !rows.is_empty() {
            @for (width, class) in WIDTHS { (svg::inline(&forest.picture(width, class))) }
        }
    }
}
