//! The comparison table: what was set and what was measured, a column a model.

use maud::{Markup, html};
use toile_draw::palette::MODELS;
use toile_statistics::calibration;
use toile_study::evidence::outcomes::{Outcomes, RunOutcomes};
use toile_study::evidence::{Evidence, Metric};
use toile_study::metrics::{Metrics, metrics};
use toile_study::numbers::duration;
use toile_study::results::{ModelResults, Receipt, StudyResults};

use super::figures::{self, Figure, Unit};
use super::names::breakable;
use super::{verdict, words};
use crate::table::comparison::{NOTHING, comparison_rows, is_finished, status};

/// A row of measured figures.
struct MeasuredRow {
    label: &'static str,
    /// Its name in files and on the command line.
    metric: &'static str,
    figures: Vec<Figure>,
    unit: Unit,
}

pub(super) fn section(
    results: &StudyResults,
    receipts: &[(String, u64, Receipt)],
    evidence: &Evidence,
) -> Markup {
    let models = &results.models;
    let set = comparison_rows(results, receipts).into_iter().filter(|row| !row.measured);
    let rows = measured(results, evidence);
    let several = models.iter().any(|model| figures::finished(model).len() > 1);
    html! {
        section #comparison {
            h2 { "Comparison" }
            div.scroll {
                table.comparison {
                    caption.hidden { "Settings and measured figures of each model" }
                    thead {
                        tr {
                            td {}
                            @for (index, model) in models.iter().enumerate() {
                                th scope="col" { span class={ "swatch b" (index % MODELS) } {} (breakable(&model.name)) }
                            }
                        }
                    }
                    tbody {
                        @for row in set {
                            tr { th scope="row" { (row.label) } @for cell in &row.cells { td { (cell.value) } } }
                        }
                    }
                    tbody {
                        (plain("runs", models, |model| runs_text(results, model)))
                        @for row in rows.iter().filter(|row| row.figures.iter().any(|figure| !figure.values.is_empty())) {
                            tr {
                                th scope="row" { (row.label) @if !row.metric.is_empty() { " " code { (row.metric) } } }
                                @for figure in &row.figures { td.figure { (figure.text(row.unit)) } }
                            }
                        }
                        @if !receipts.is_empty() { (plain("training time", models, |model| time(model, receipts))) }
                    }
                }
            }
            @if several { p.note { "Figures over several runs are means ± standard deviations over the " (results.counted_by()) "s." } }
            (verdict::differences(evidence))
            (words::in_short(results))
        }
    }
}

fn plain(label: &str, models: &[ModelResults], text: impl Fn(&ModelResults) -> String) -> Markup {
    html! { tr { th scope="row" { (label) } @for model in models { td { (text(model)) } } } }
}

fn runs_text(results: &StudyResults, model: &ModelResults) -> String {
    let finished = figures::finished(model);
    match finished.len() {
        _ if !is_finished(model) => status(model),
        1 => format!("one, {}", results.run_name(finished[0].seed)),
        many => many.to_string(),
    }
}

fn measured(results: &StudyResults, evidence: &Evidence) -> Vec<MeasuredRow> {
    let models = &results.models;
    let row = |label, metric, unit, of: &dyn Fn(&ModelResults) -> Figure| MeasuredRow {
        label,
        metric,
        figures: models.iter().map(of).collect(),
        unit,
    };
    let of = |figure: fn(&Metrics) -> f64| {
        move |model: &ModelResults| figures::evaluated(model, |e| Some(figure(&metrics(&e.confusion)?)))
    };
    let mut of_classes = Vec::new();
    let evaluations =
        || models.iter().flat_map(|model| &model.runs).filter_map(|run| run.evaluation.as_ref());
    if evaluations().filter_map(|e| metrics(&e.confusion)).any(|metrics| !metrics.is_balanced()) {
        of_classes.push(row("balanced accuracy", "recall_macro", Unit::Share, &of(|m| m.recall_macro)));
        of_classes.push(row("weighted F1", "f1_weighted", Unit::Share, &of(|m| m.f1_weighted)));
    }
    if evaluations().any(|e| e.test_accuracy_top5.is_some()) {
        let top5 = |model: &ModelResults| figures::evaluated(model, |e| e.test_accuracy_top5);
        of_classes.push(row("test accuracy, top 5", "accuracy_top5", Unit::Share, &top5));
    }
    let mut rows = vec![
        row("test accuracy", "accuracy_top1", Unit::Share, &figures::accuracy),
        row("test loss", "nll", Unit::Loss, &figures::test_loss),
        row("macro F1", "f1_macro", Unit::Share, &figures::f1_macro),
        row(Metric::Ece.title(), Metric::Ece.name(), Unit::Share, &|model| {
            ece(&evidence.outcomes, &model.name)
        }),
        row("last training loss", "", Unit::Loss, &figures::last_training_loss),
        row("training loss in evaluation mode", "", Unit::Loss, &|model| {
            figures::evaluated(model, |e| Some(e.train_loss))
        }),
    ];
    rows.splice(1..1, of_classes);
    rows
}

/// Of each run of a model.
pub(super) fn ece(outcomes: &Outcomes, model: &str) -> Figure {
    let runs = outcomes.model(model).map_or(&[][..], |model| &model.runs[..]);
    let of_run = |run: &RunOutcomes| calibration::ece(&confidence(run), &run.correct(&outcomes.labels));
    Figure { values: runs.iter().map(of_run).collect() }
}

pub(super) fn confidence(run: &RunOutcomes) -> Vec<f64> {
    run.confidence.iter().map(|value| f64::from(*value)).collect()
}

/// Of all runs of a model together.
fn time(model: &ModelResults, receipts: &[(String, u64, Receipt)]) -> String {
    let of_model = receipts.iter().filter(|(name, _, _)| *name == model.name);
    let seconds: Vec<f64> = of_model.map(|(_, _, receipt)| receipt.training_seconds).collect();
    match seconds.len() {
        0 => NOTHING.into(),
        1 => duration(seconds[0]),
        runs => format!("{} for {runs} runs", duration(seconds.iter().sum())),
    }
}
