//! Loss and accuracy over the epochs, of one run or of all models over their seeds.

use toile_study::numbers::{loss, percent};
use toile_study::results::{EpochRow, ModelResults, Published, RunStatus, StudyResults};

use super::lines::{Axis, LineChart, Mark, Other, Point, Series, Size};
use super::marks::{dashes, sample_at};
use crate::curves::{Curve, Images, Measure, RunEpochs, curves, run_epochs};
use crate::digits::{tick, tick_percent};
use crate::palette::Colour;
use crate::picture::{Path, Picture, Shape, TEXT, Text, text_width};
use crate::scale::{Scale, epoch_ticks};

type PublishedFigure = (&'static str, fn(&Published) -> Option<f64>);

/// Figures of training are not comparable with those of a test to the last digit.
const NOTE: &str =
    "Training: mean over the epoch as training saw it. Evaluation: test images after the epoch.";

/// The curves of a model, by its place in the study and its name.
pub struct Lines<'a> {
    /// In the study.
    pub place: usize,
    /// Its name.
    pub name: &'a str,
    /// Loss and accuracy.
    pub curves: Vec<Curve>,
    /// Whether its runs are the repeats of a cross-validation.
    pub folded: bool,
}

/// The curves of every model.
pub fn of_study(results: &StudyResults) -> Vec<Lines<'_>> {
    let models = results.models.iter().enumerate();
    let folded = results.cross_validation.is_some();
    models
        .map(|(place, model)| {
            let curves = curves(&run_epochs(model));
            Lines { place, name: &model.name, curves, folded }
        })
        .collect()
}

/// The charts of loss and of accuracy, with the figures published for these models.
pub fn charts<'a>(lines: &'a [Lines<'a>], published: &[ModelResults]) -> [LineChart<'a>; 2] {
    let axis = epochs(lines, published);
    [
        LineChart {
            id: "loss",
            title: "Loss per epoch",
            series: series(lines, Measure::Loss),
            marks: marks(
                published,
                &[("training loss", |p| p.training_loss), ("evaluation loss", |p| p.evaluation_loss)],
                loss,
            ),
            reference: None,
            axis: axis.clone(),
            from_zero: true,
            limit: f64::MAX,
            by_images: true,
            tick_text: tick,
            value_text: loss,
        },
        LineChart {
            id: "accuracy",
            title: "Accuracy per epoch",
            series: series(lines, Measure::Accuracy),
            marks: marks(published, &[("accuracy", |p| p.accuracy)], percent),
            reference: None,
            axis,
            from_zero: false,
            limit: 1.0,
            by_images: true,
            tick_text: tick_percent,
            value_text: percent,
        },
    ]
}

/// The lines of every model with runs; values that are not finite are left out.
fn series<'a>(lines: &'a [Lines<'a>], measure: Measure) -> Vec<Series<'a>> {
    let mut all = Vec::new();
    for Lines { place, name, curves, folded } in lines {
        // People count repeats from 1.
        let run = if *folded { "repeat" } else { "seed" };
        for curve in curves.iter().filter(|curve| curve.measure == measure) {
            let point = |point: &crate::curves::Point| {
                let over = point.over_seeds?;
                Some(Point {
                    x: f64::from(point.epoch),
                    mean: over.mean_in_range(),
                    low: over.low,
                    high: over.high,
                })
            };
            let points: Vec<Point> = curve.points.iter().filter_map(point).collect();
            let other = |other: &crate::curves::Single| Other {
                name: format!("{run} {}", other.seed.saturating_add(u64::from(*folded))),
                points: other.points.iter().map(|(epoch, value)| (f64::from(*epoch), *value)).collect(),
            };
            let others: Vec<Other> = curve.others.iter().map(other).collect();
            if !points.is_empty() || !others.is_empty() {
                all.push(Series { model: *place, name, images: curve.images, points, others });
            }
        }
    }
    all
}

/// From epoch 1 to the last that is drawn.
fn epochs(lines: &[Lines], published: &[ModelResults]) -> Axis {
    let of_curve = |curve: &Curve| curve.points.iter().map(|point| point.epoch).max();
    let drawn = lines.iter().flat_map(|lines| lines.curves.iter().filter_map(of_curve));
    let marked =
        published.iter().filter(|model| has_epochs(model) && model.published.is_some()).map(planned_end);
    let last = drawn.chain(marked).max().unwrap_or(1);
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

fn has_epochs(model: &ModelResults) -> bool {
    model.runs.iter().any(|run| !run.epochs.is_empty())
}

/// The last epoch of a finished run; the planned one while there is none.
fn planned_end(model: &ModelResults) -> u32 {
    let finished = model.runs.iter().filter(|run| run.status == RunStatus::Finished);
    let end = finished.filter_map(|run| run.epochs.last()).map(|row| row.epoch).max();
    end.unwrap_or(model.settings.epochs()).max(1)
}

fn marks(models: &[ModelResults], figures: &[PublishedFigure], text: fn(f64) -> String) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (index, model) in models.iter().enumerate().filter(|(_, model)| has_epochs(model)) {
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

const WIDTH: f64 = 1080.0;
const MARGIN: f64 = 28.0;
const CHART: Size = Size { width: (WIDTH - 2.0 * MARGIN) / 2.0, height: 340.0 };

/// The file of one run.
pub fn run_sheet(title: &str, seed: u64, epochs: &[EpochRow]) -> Picture {
    let curves = curves(&[RunEpochs { seed, epochs, averaged: true }]);
    sheet(title, &[NOTE.to_owned()], &[Lines { place: 0, name: "", curves, folded: false }])
}

/// The file of a study.
pub fn study_sheet(results: &StudyResults) -> Picture {
    let lines = of_study(results);
    let several = results.models.iter().any(|model| model.runs.len() > 1);
    let bands = if several {
        format!(" Lines: means over the {}s; bands: from lowest to highest.", results.counted_by())
    } else {
        String::new()
    };
    let mut notes = vec![format!("{NOTE}{bands}")];
    if lines.iter().flat_map(|lines| &lines.curves).any(|curve| !curve.others.is_empty()) {
        notes.push("Thin lines: single runs that are no part of a mean, under way or diverged.".into());
    }
    sheet(&results.study, &notes, &lines)
}

/// Both charts side by side; where no epoch is done, that sentence.
fn sheet(title: &str, notes: &[String], lines: &[Lines]) -> Picture {
    if lines.iter().all(|lines| lines.curves.is_empty()) {
        return Picture::of_sentence("No epoch is done yet.".into());
    }
    let mut sheet = Picture::new(format!("Loss and accuracy per epoch, {title}"), WIDTH, 0.0);
    sheet.text(Text::at(MARGIN, 36.0, title).sized(18.0));
    let mut y = 56.0;
    for note in notes {
        sheet.text(Text::at(MARGIN, y, note).muted());
        y += 16.0;
    }
    let top = legend(&mut sheet, lines, y + 10.0) + 34.0;
    sheet.height = top + CHART.height + 20.0;
    let charts = charts(lines, &[]);
    sheet.description = charts.iter().map(LineChart::label).collect::<Vec<_>>().join(". ");
    for (place, chart) in charts.iter().enumerate() {
        let left = MARGIN + place as f64 * (CHART.width + MARGIN / 2.0);
        sheet.text(Text::at(left, top, chart.title).sized(14.0).bold());
        match chart.is_empty() {
            true => sheet.text(Text::at(left, top + 30.0, "No value is finite.").muted()),
            false => chart.draw(&mut sheet, Scale::Linear, (left, top + 6.0), CHART),
        }
    }
    sheet
}

/// Whose line and on which images; gives the baseline of its last row.
fn legend(sheet: &mut Picture, lines: &[Lines], mut y: f64) -> f64 {
    let mut x = MARGIN;
    // Where the sample of the next entry begins.
    let mut entry = |name: &str| {
        let wide = 44.0 + text_width(name, TEXT) + 20.0;
        if x > MARGIN && x + wide > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 20.0);
        }
        x += wide;
        (x - wide, y)
    };
    if lines.len() > 1 {
        for Lines { place, name, .. } in lines {
            let (x, y) = entry(name);
            sample_at(sheet, *place, (x, y - 4.0));
            sheet.text(Text::at(x + 42.0, y, *name));
        }
    }
    for images in Images::ALL {
        if lines.iter().any(|lines| lines.curves.iter().any(|curve| curve.images == images)) {
            let (x, y) = entry(images.name());
            let line = Path::from(x, y - 4.0).by(34.0, 0.0);
            sheet.add(Shape::path(line).stroked(Colour::Muted, 1.8).dashed(dashes(images)));
            sheet.text(Text::at(x + 42.0, y, images.name()));
        }
    }
    y
}
