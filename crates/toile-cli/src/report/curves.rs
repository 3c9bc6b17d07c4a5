//! Loss and accuracy over the epochs: means over the seeds with bands from the lowest to the highest run.

use maud::{Markup, html};
use toile_study::numbers::{loss, percent};
use toile_study::results::{EpochRow, ModelResults, Published, RunResults, RunStatus, StudyResults};

use super::chart::{Axis, Chart, Kind, Mark, Other, Point, SIZES, Scale, Series, epoch_ticks};
use super::figures::is_averaged;

type Value = fn(&EpochRow, Kind) -> Option<f64>;
type PublishedFigure = (&'static str, fn(&Published) -> Option<f64>);

pub(super) fn section(results: &StudyResults) -> Markup {
    let validation = results.dataset.validation_images > 0;
    let charts = [loss_chart(results), accuracy_chart(results)];
    let several = results.models.iter().any(|model| model.runs.len() > 1);
    let single = charts.iter().flat_map(|chart| &chart.series).any(|series| !series.others.is_empty());
    html! {
        section #curves {
            h2 { "Curves" }
            @if charts.iter().all(Chart::is_empty) {
                p.note { "No epoch is done yet." }
            } @else {
                div.switched {
                    (switch(&charts[0]))
                    (legend(validation, several, charts.iter().any(|chart| !chart.marks.is_empty())))
                    @if let Some(chart) = charts.iter().find(|chart| !chart.is_empty()) { (chart.key()) }
                    div.charts {
                        @for chart in &charts { (figure(chart)) }
                    }
                }
                details.table-of {
                    summary { "The values as tables" }
                    @for chart in &charts { div.scroll { (chart.table()) } }
                }
                p.note {
                    "Training figures are means over the epoch as training saw it, with dropout on and the weights \
                     moving. Evaluation figures are those of the test images after the epoch; nothing was chosen \
                     by them."
                    @if validation { " Validation figures are those of the images held out of training." }
                    @if several { " Lines are means over the finished runs, bands reach from the lowest to the highest." }
                    @if single { " Thin lines are single runs that are no part of a mean: under way, or diverged." }
                }
            }
        }
    }
}

/// Linear or logarithmic, by radio buttons that CSS follows.
fn switch(chart: &Chart) -> Markup {
    html! {
        @if !chart.is_empty() && chart.fits(Scale::Log) {
            input #loss-linear type="radio" name="scale" checked; label.first for="loss-linear" { "Linear loss" }
            input #loss-log type="radio" name="scale"; label.last for="loss-log" { "Logarithmic" }
        }
    }
}

fn figure(chart: &Chart) -> Markup {
    // Of two scales the switch shows one.
    let scales = if chart.id == "loss" && chart.fits(Scale::Log) {
        vec![Scale::Linear, Scale::Log]
    } else {
        vec![Scale::Linear]
    };
    html! {
        @if !chart.is_empty() {
            figure {
                figcaption { (chart.title) }
                @for scale in &scales {
                    div class=[(scales.len() > 1).then(|| format!("as-{}", scale.name()))] {
                        @for (size, class) in SIZES { (chart.draw(*scale, size, class)) }
                    }
                }
            }
        }
    }
}

fn loss_chart(results: &StudyResults) -> Chart<'_> {
    Chart {
        id: "loss",
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
        axis: epochs(results),
        from_zero: true,
        limit: f64::MAX,
        kinds: true,
        tick_text: tick_number,
        value_text: loss,
    }
}

fn accuracy_chart(results: &StudyResults) -> Chart<'_> {
    Chart {
        id: "accuracy",
        title: "Accuracy per epoch",
        series: series(results, |row, kind| match kind {
            Kind::Training => Some(row.train_accuracy),
            Kind::Validation => row.validation_accuracy,
            Kind::Evaluation => Some(row.test_accuracy),
        }),
        marks: marks(results, &[("accuracy", |p| p.accuracy)], percent),
        axis: epochs(results),
        from_zero: false,
        limit: 1.0,
        kinds: true,
        tick_text: tick_percent,
        value_text: percent,
    }
}

/// From epoch 1 to the last that is drawn.
fn epochs(results: &StudyResults) -> Axis {
    let of_model = |model: &ModelResults| {
        let rows = model.runs.iter().filter_map(|run| run.epochs.last()).map(|row| row.epoch).max()?;
        let published = model.published.is_some() && !model.runs.is_empty();
        Some(if published { rows.max(planned_end(model)) } else { rows })
    };
    let last = results.models.iter().filter_map(of_model).max().unwrap_or(1);
    Axis {
        name: "epoch",
        low: 1.0,
        high: f64::from(last),
        ticks: epoch_ticks(last).into_iter().map(f64::from).collect(),
        columns: (1..=last).map(f64::from).collect(),
        text: |epoch| format!("{epoch}"),
        head: |epoch| format!("Epoch {epoch}"),
    }
}

fn legend(validation: bool, several: bool, published: bool) -> Markup {
    html! {
        p.legend {
            @for kind in Kind::ALL.into_iter().filter(|kind| validation || *kind != Kind::Validation) {
                span {
                    svg width="34" height="10" viewBox="0 0 34 10" aria-hidden="true" {
                        path.key d="M1 5H33" stroke-dasharray=(kind.dashes()) {}
                    }
                    (kind.name())
                }
            }
            @if several {
                span {
                    svg width="34" height="12" viewBox="0 0 34 12" aria-hidden="true" { rect.shade width="34" height="12" rx="2" {} }
                    "range over seeds"
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

/// The lines of every model with runs; values that are not finite are left out.
fn series(results: &StudyResults, value: Value) -> Vec<Series<'_>> {
    let mut lines = Vec::new();
    for (index, model) in results.models.iter().enumerate() {
        for kind in Kind::ALL {
            let line = of_model(model, kind, value);
            if !line.0.is_empty() || !line.1.is_empty() {
                lines.push(Series { model: index, name: &model.name, kind, points: line.0, others: line.1 });
            }
        }
    }
    lines
}

/// The mean over the finished runs, and the others one by one. A model of one run has that one.
fn of_model(model: &ModelResults, kind: Kind, value: Value) -> (Vec<Point>, Vec<Other>) {
    let (in_mean, others): (Vec<&RunResults>, Vec<&RunResults>) =
        model.runs.iter().partition(|run| is_averaged(model, run));
    let of_run = |run: &RunResults| -> Vec<(u32, f64)> {
        let values = run.epochs.iter().filter_map(|row| Some((row.epoch, value(row, kind)?)));
        values.filter(|(_, value)| value.is_finite()).collect()
    };
    let in_mean: Vec<Vec<(u32, f64)>> = in_mean.into_iter().map(of_run).collect();
    let last = in_mean.iter().filter_map(|run| Some(run.last()?.0)).max().unwrap_or(0);
    let point = |epoch: u32| {
        let values: Vec<f64> =
            in_mean.iter().flatten().filter(|point| point.0 == epoch).map(|point| point.1).collect();
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (!values.is_empty()).then_some(Point { x: f64::from(epoch), mean, low, high })
    };
    let points = (1..=last).filter_map(point).collect();
    let by_itself = |run: &RunResults| Other {
        seed: run.seed,
        points: of_run(run).into_iter().map(|(epoch, value)| (f64::from(epoch), value)).collect(),
    };
    let others = others.into_iter().map(by_itself).filter(|other| !other.points.is_empty()).collect();
    (points, others)
}

/// The last epoch of a finished run; the planned one while there is none.
fn planned_end(model: &ModelResults) -> u32 {
    let finished = model.runs.iter().filter(|run| run.status == RunStatus::Finished);
    let end = finished.filter_map(|run| run.epochs.last()).map(|row| row.epoch).max();
    end.unwrap_or(model.settings.epochs).max(1)
}

fn marks(results: &StudyResults, figures: &[PublishedFigure], text: fn(f64) -> String) -> Vec<Mark> {
    let drawn = |model: &ModelResults| model.runs.iter().any(|run| !run.epochs.is_empty());
    let models = results.models.iter().enumerate().filter(|(_, model)| drawn(model));
    let mut marks = Vec::new();
    for (index, model) in models {
        let Some(published) = &model.published else { continue };
        let x = f64::from(planned_end(model));
        for (name, figure) in figures {
            if let Some(value) = figure(published).filter(|value| value.is_finite()) {
                let label = format!("{}, published {name}: {}", model.name, text(value));
                marks.push(Mark { model: index, x, value, label });
            }
        }
    }
    marks
}

pub(super) fn tick_number(value: f64) -> String {
    let text =
        if value != 0.0 && value.abs() < 0.001 { format!("{value:.0e}") } else { format!("{value:.3}") };
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

pub(super) fn tick_percent(value: f64) -> String {
    format!("{} %", tick_number(value * 100.0))
}
