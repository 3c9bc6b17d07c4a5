//! Loss and accuracy over the epochs.

use maud::{Markup, html};
use toile_study::findings::{loss, percent, shown_run};
use toile_study::results::{EpochRow, ModelResults, RunStatus, StudyResults};

use super::chart::{Chart, Kind, Mark, Series, Size};

const WIDE: Size = Size { width: 540.0, height: 360.0 };
const NARROW: Size = Size { width: 350.0, height: 290.0 };

pub(super) fn section(results: &StudyResults) -> Markup {
    let any_rows = results.models.iter().any(|m| shown_run(m).is_some_and(|run| !run.epochs.is_empty()));
    let validation = results.dataset.validation_images > 0;
    let kinds: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| validation || *kind != Kind::Validation).collect();
    let loss_chart = Chart {
        title: "Loss per epoch",
        series: series(results, |row, kind| match kind {
            Kind::Training => Some(row.train_loss),
            Kind::Validation => row.validation_loss,
            Kind::Evaluation => Some(row.test_loss),
        }),
        marks: marks(
            results,
            &[("training loss", |p| p.training_loss), ("evaluation loss", |p| p.evaluation_loss)],
            loss,
        ),
        from_zero: true,
        limit: f64::MAX,
        tick_text: tick_number,
        value_text: loss,
    };
    let accuracy_chart = Chart {
        title: "Accuracy per epoch",
        series: series(results, |row, kind| match kind {
            Kind::Training => Some(row.train_accuracy),
            Kind::Validation => row.validation_accuracy,
            Kind::Evaluation => Some(row.test_accuracy),
        }),
        marks: marks(results, &[("accuracy", |p| p.accuracy)], percent),
        from_zero: false,
        limit: 1.0,
        tick_text: tick_percent,
        value_text: percent,
    };
    let published = !loss_chart.marks.is_empty() || !accuracy_chart.marks.is_empty();
    html! {
        section #curves {
            h2 { "Curves" }
            @if !any_rows {
                p.note { "No epoch is done yet." }
            } @else {
                (legend(&kinds, published))
                div.charts {
                    @for chart in [&loss_chart, &accuracy_chart] {
                        figure {
                            figcaption { (chart.title) }
                            @for (size, class) in [(WIDE, "wide"), (NARROW, "narrow")] {
                                @if let Some(drawing) = chart.draw(size, class) { (drawing) }
                            }
                        }
                    }
                }
                p.note {
                    "Training figures are means over the epoch as training saw it, with dropout on and the weights \
                     moving. Evaluation figures are those of the test images after the epoch; nothing was chosen \
                     by them."
                    @if validation { " Validation figures are those of the images held out of training." }
                }
            }
        }
    }
}

fn legend(kinds: &[Kind], published: bool) -> Markup {
    html! {
        p.legend {
            @for kind in kinds {
                span {
                    svg width="34" height="10" viewBox="0 0 34 10" aria-hidden="true" {
                        path.key d="M1 5H33" stroke-dasharray=(kind.dashes()) {}
                    }
                    (kind.name())
                }
            }
            @if published {
                span {
                    svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" {
                        path.key d="M7 1.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z" {}
                    }
                    "published"
                }
            }
        }
    }
}

/// The lines of every model with runs; values that are not finite end or break none, they are left out.
fn series(results: &StudyResults, value: fn(&EpochRow, Kind) -> Option<f64>) -> Vec<Series<'_>> {
    let mut lines = Vec::new();
    for (model, of) in results.models.iter().enumerate() {
        let Some(run) = shown_run(of) else { continue };
        for kind in Kind::ALL {
            let values = run.epochs.iter().filter_map(|row| Some((row.epoch, value(row, kind)?)));
            let points: Vec<(u32, f64)> = values.filter(|(_, value)| value.is_finite()).collect();
            if !points.is_empty() {
                lines.push(Series { model, name: &of.name, kind, points });
            }
        }
    }
    lines
}

type Figure = (&'static str, fn(&toile_study::results::Published) -> Option<f64>);

fn marks(results: &StudyResults, figures: &[Figure], text: fn(f64) -> String) -> Vec<Mark> {
    let drawn = |model: &ModelResults| shown_run(model).is_some_and(|run| !run.epochs.is_empty());
    let models = results.models.iter().enumerate().filter(|(_, model)| drawn(model));
    let mut marks = Vec::new();
    for (index, model) in models {
        let Some(published) = &model.published else { continue };
        // At the end of the line; at the planned end while there is none.
        let finished = shown_run(model).filter(|run| run.status == RunStatus::Finished);
        let end = finished.and_then(|run| run.epochs.last()).map(|row| row.epoch);
        let epoch = end.unwrap_or(model.settings.epochs).max(1);
        for (name, figure) in figures {
            if let Some(value) = figure(published).filter(|value| value.is_finite()) {
                let label = format!("{}, published {name}: {}", model.name, text(value));
                marks.push(Mark { model: index, epoch, value, label });
            }
        }
    }
    marks
}

fn tick_number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn tick_percent(value: f64) -> String {
    format!("{} %", tick_number(value * 100.0))
}
