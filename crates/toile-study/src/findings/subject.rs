//! The run that speaks for a model.

use crate::metrics::{Metrics, metrics};
use crate::numbers::counted;
use crate::results::{EpochRow, Evaluation, ModelResults, RunResults, RunStatus, StudyResults};

/// A model with the one run its sentences rest on.
pub(super) struct Subject<'a> {
    pub(super) model: &'a ModelResults,
    pub(super) run: Option<&'a RunResults>,
    /// Its epochs up to the first loss that is not finite.
    pub(super) epochs: &'a [EpochRow],
    pub(super) class_names: &'a [String],
    /// The study that it is a model of.
    pub(super) results: &'a StudyResults,
    /// What the finished network does, if its matrix fits the classes.
    pub(super) tested: Option<Tested<'a>>,
    /// `baseline`, with the seed or the repeat where the model has several, and how far it came where it is not finished.
    pub(super) label: String,
}

/// A finished network's test.
pub(super) struct Tested<'a> {
    pub(super) evaluation: &'a Evaluation,
    pub(super) metrics: Metrics,
}

/// The run shown for a model: the lowest seed that has been evaluated, else the lowest seed.
pub fn shown_run(model: &ModelResults) -> Option<&RunResults> {
    let lowest = |evaluated: bool| {
        let runs = model.runs.iter().filter(move |run| !evaluated || run.evaluation.is_some());
        runs.min_by_key(|run| run.seed)
    };
    lowest(true).or_else(|| lowest(false))
}

impl<'a> Subject<'a> {
    pub(super) fn new(model: &'a ModelResults, results: &'a StudyResults) -> Self {
        let class_names = &results.dataset.class_names[..];
        let run = shown_run(model);
        let epochs = run.map_or(&[][..], |run| {
            let finite = |row: &EpochRow| row.train_loss.is_finite() && row.test_loss.is_finite();
            let end = run.epochs.iter().position(|row| !finite(row)).unwrap_or(run.epochs.len());
            &run.epochs[..end]
        });
        let tested = run.and_then(|run| run.evaluation.as_ref()).and_then(|evaluation| {
            let fits = evaluation.confusion.classes() == class_names.len();
            let metrics = metrics(&evaluation.confusion).filter(|_| fits)?;
            Some(Tested { evaluation, metrics })
        });
        let mut notes = Vec::new();
        if let Some(run) = run {
            if model.runs.len() > 1 {
                notes.push(results.run_name(run.seed));
            }
            match run.status {
                RunStatus::Finished => {}
                RunStatus::Unfinished => {
                    notes.push(format!(
                        "{} of {}",
                        run.epochs.len(),
                        counted(model.settings.epochs as usize, "epoch")
                    ));
                }
                RunStatus::Diverged { epoch, .. } => notes.push(format!("diverged in epoch {epoch}")),
            }
        }
        let label = match notes.is_empty() {
            true => model.name.clone(),
            false => format!("{} ({})", model.name, notes.join(", ")),
        };
        Subject { model, run, epochs, class_names, results, tested, label }
    }

    pub(super) fn last(&self) -> Option<&'a EpochRow> {
        self.epochs.last()
    }

    pub(super) fn class(&self, index: usize) -> &'a str {
        self.class_names.get(index).map_or("?", String::as_str)
    }

    /// Largest probability among its dropout layers, from the layer table; 0 without any.
    pub(super) fn dropout(&self) -> f64 {
        let layers = self.model.layers.iter().filter(|layer| layer.kind.starts_with("Dropout"));
        layers.filter_map(|layer| layer.number("p")).fold(0.0, f64::max)
    }
}
