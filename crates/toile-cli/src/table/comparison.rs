//! The rows of the comparison, for the terminal and for the report alike.

use toile_study::findings::{SettingRow, compared_settings, shown_run};
use toile_study::metrics::metrics;
use toile_study::numbers::{count, counted, duration, loss, loss_change, percent, points};
use toile_study::results::{
    Evaluation, ModelResults, Published, Receipt, RunResults, RunStatus, StudyResults,
};

/// One row: a label and a cell a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRow {
    /// `evaluation loss`.
    pub label: String,
    /// In the order of the models.
    pub cells: Vec<Cell>,
    /// Measured, rather than set.
    pub measured: bool,
}

/// One model's value with the published one, where there is one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// `0.8054`, or a dash.
    pub value: String,
    /// `0.8203`.
    pub published: Option<String>,
    /// Measured less published, with its sign; where both exist.
    pub difference: Option<String>,
}

/// What stands where there is no value.
pub const NOTHING: &str = "–";

/// The comparison of a study: settings that matter, then measured figures with the published ones.
pub fn comparison_rows(results: &StudyResults, receipts: &[(String, u64, Receipt)]) -> Vec<ComparisonRow> {
    let models = &results.models;
    let mut rows = setting_rows(models);
    let mut measured = |label: &str, always: bool, cell: &dyn Fn(&ModelResults) -> Cell| {
        let cells: Vec<Cell> = models.iter().map(cell).collect();
        if always || cells.iter().any(|cell| cell.value != NOTHING || cell.published.is_some()) {
            rows.push(ComparisonRow { label: label.to_string(), cells, measured: true });
        }
    };
    let unfinished = models.iter().any(|model| !is_finished(model));
    if unfinished {
        measured("status", true, &|model| Cell::plain(status(model)));
    }
    if models.iter().any(|model| model.runs.len() > 1) {
        let is_folded = results.cross_validation.is_some();
        measured(if is_folded { "repeat shown" } else { "seed shown" }, true, &|model| {
            // People count repeats from 1.
            let number = |seed: u64| seed.saturating_add(u64::from(is_folded)).to_string();
            Cell::plain(shown_run(model).map_or(NOTHING.into(), |run| number(run.seed)))
        });
    }
    if models.iter().any(stopped_early) {
        measured("epochs trained", true, &|model| Cell::plain(epochs_trained(model)));
    }
    // The evaluation below is of weights that the validation split chose, the last training loss is not.
    let chosen = |model| evaluation(model).filter(|evaluation| evaluation.weights != "last");
    if models.iter().any(|model| chosen(model).is_some()) {
        measured("weights measured", true, &|model| {
            let of = |e: &Evaluation| format!("{}, of epoch {}", e.weights, e.epoch);
            Cell::plain(evaluation(model).map_or(NOTHING.into(), of))
        });
    }
    measured("last training loss", true, &|model| {
        let row = shown_run(model).and_then(|run| run.epochs.last());
        Cell::a_loss(row.map(|row| row.train_loss), published(model, |p| p.training_loss))
    });
    measured("  in evaluation mode", true, &|model| {
        Cell::a_loss(shown_run(model).and_then(|run| Some(run.evaluation.as_ref()?.train_loss)), None)
    });
    measured("evaluation loss", true, &|model| {
        Cell::a_loss(test_figures(model).map(|figures| figures.0), published(model, |p| p.evaluation_loss))
    });
    measured("accuracy", true, &|model| {
        Cell::a_share(test_figures(model).map(|figures| figures.1), published(model, |p| p.accuracy))
    });
    let figures = |model: &ModelResults| evaluation(model).and_then(|e| metrics(&e.confusion));
    // Where all classes have equally many images it is the accuracy.
    if models.iter().filter_map(figures).any(|figures| !figures.is_balanced()) {
        measured("balanced accuracy", true, &|model| {
            Cell::a_share(figures(model).map(|f| f.recall_macro), None)
        });
    }
    measured("accuracy, top 5", false, &|model| {
        Cell::a_share(evaluation(model).and_then(|e| e.test_accuracy_top5), None)
    });
    for class in published_classes(models) {
        measured(&format!("{class} right"), true, &|model| class_cell(model, results, class));
    }
    measured("time", false, &|model| Cell::plain(time(model, receipts)));
    rows
}

/// `finished`, `12 of 20 epochs`, `diverged in epoch 3, step 17`; with several runs, how many are finished.
pub fn status(model: &ModelResults) -> String {
    let finished = model.runs.iter().filter(|run| run.status == RunStatus::Finished).count();
    let diverged = model.runs.iter().filter(|run| matches!(run.status, RunStatus::Diverged { .. })).count();
    match &model.runs[..] {
        [] => "not started".into(),
        [run] => match run.status {
            RunStatus::Finished => "finished".into(),
            RunStatus::Unfinished => {
                format!("{} of {}", run.epochs.len(), counted(model.settings.epochs() as usize, "epoch"))
            }
            RunStatus::Diverged { epoch, step } => format!("diverged in epoch {epoch}, step {step}"),
        },
        runs if diverged > 0 => format!("{finished} of {} runs finished, {diverged} diverged", runs.len()),
        runs => format!("{finished} of {} runs finished", runs.len()),
    }
}

/// Whether every run of a model reached its end, and there is one.
pub fn is_finished(model: &ModelResults) -> bool {
    !model.runs.is_empty() && model.runs.iter().all(|run| run.status == RunStatus::Finished)
}

fn evaluation(model: &ModelResults) -> Option<&Evaluation> {
    shown_run(model)?.evaluation.as_ref()
}

/// Whether the run shown reached its end before its last epoch.
fn stopped_early(model: &ModelResults) -> bool {
    let early = |run: &RunResults| {
        run.status == RunStatus::Finished && run.epochs.len() < model.settings.epochs() as usize
    };
    shown_run(model).is_some_and(early)
}

fn epochs_trained(model: &ModelResults) -> String {
    let Some(run) = shown_run(model) else { return NOTHING.into() };
    let early = if stopped_early(model) { " (stopped early)" } else { "" };
    format!("{}{early}", run.epochs.len())
}

/// Differences in architecture, then optimizer, learning rate, epochs and loss in any case; schedule and batch
/// size where they differ.
fn setting_rows(models: &[ModelResults]) -> Vec<ComparisonRow> {
    let settings = compared_settings(models);
    let architectures_differ = settings.iter().any(|row| row.architecture && row.differs());
    let always = ["optimizer", "learning rate", "epochs", "loss"];
    let shown = |row: &SettingRow| {
        row.differs()
            // Also where all models share it: a schedule, a validation split.
            || (!row.architecture && row.is_set)
            || always.contains(&row.name.as_str())
            || (row.name == "architecture" && !architectures_differ)
    };
    settings
        .into_iter()
        .filter(shown)
        .map(|row| ComparisonRow {
            label: row.name,
            cells: row.values.into_iter().map(Cell::plain).collect(),
            measured: false,
        })
        .collect()
}

impl Cell {
    fn plain(value: String) -> Self {
        Cell { value, ..Cell::default() }
    }

    fn a_loss(measured: Option<f64>, published: Option<f64>) -> Self {
        Cell {
            value: measured.map_or(NOTHING.into(), loss),
            published: published.map(loss),
            difference: difference(measured, published).map(loss_change),
        }
    }

    fn a_share(measured: Option<f64>, published: Option<f64>) -> Self {
        Cell {
            value: measured.map_or(NOTHING.into(), percent),
            published: published.map(percent),
            difference: difference(measured, published).map(points),
        }
    }
}

/// Measured less published, where both are numbers.
fn difference(measured: Option<f64>, published: Option<f64>) -> Option<f64> {
    measured.zip(published).map(|(m, p)| m - p).filter(|difference| difference.is_finite())
}

fn published(model: &ModelResults, figure: fn(&Published) -> Option<f64>) -> Option<f64> {
    model.published.as_ref().and_then(figure)
}

/// Test loss and accuracy: of the finished network, or after the last epoch so far.
fn test_figures(model: &ModelResults) -> Option<(f64, f64)> {
    let run = shown_run(model)?;
    let evaluated = run.evaluation.as_ref().map(|e| e.test_loss.zip(e.test_accuracy));
    evaluated.or_else(|| run.epochs.last().map(|row| row.test_loss.zip(row.test_accuracy))).flatten()
}

/// Classes somebody published a count for, in the order of their appearance.
fn published_classes(models: &[ModelResults]) -> Vec<&str> {
    let mut classes: Vec<&str> = Vec::new();
    let published = models.iter().filter_map(|model| model.published.as_ref());
    for (class, _) in published.flat_map(|published| &published.correct_of_class) {
        if !classes.contains(&class.as_str()) {
            classes.push(class);
        }
    }
    classes
}

fn class_cell(model: &ModelResults, results: &StudyResults, class: &str) -> Cell {
    let index = results.dataset.class_names.iter().position(|name| name == class);
    let evaluation = shown_run(model).and_then(|run| run.evaluation.as_ref());
    let figures = evaluation.and_then(|evaluation| metrics(&evaluation.confusion));
    let measured = figures.zip(index).and_then(|(figures, index)| figures.classes.get(index).cloned());
    let published = model.published.iter().flat_map(|published| &published.correct_of_class);
    let published = published.filter(|(name, _)| name == class).map(|(_, figure)| *figure).next();
    Cell {
        value: measured
            .as_ref()
            .map_or(NOTHING.into(), |m| format!("{} of {}", count(m.correct), count(m.support))),
        published: published.map(count),
        difference: measured
            .zip(published)
            .map(|(m, p)| points((m.correct as f64 - p as f64) / m.support.max(1) as f64)),
    }
}

fn time(model: &ModelResults, receipts: &[(String, u64, Receipt)]) -> String {
    let Some(run) = shown_run(model) else { return NOTHING.into() };
    let receipt = receipts.iter().find(|(name, seed, _)| *name == model.name && *seed == run.seed);
    receipt.map_or(NOTHING.into(), |(_, _, receipt)| duration(receipt.training_seconds))
}
