//! The run that speaks for a model.

use crate::metrics::{Metrics, metrics};
use crate::numbers::counted;
use crate::results::{EpochRow, Evaluation, LayerRow, ModelResults, RunResults, RunStatus, StudyResults};

/// A model with the one run its sentences rest on.
pub(super) struct Subject<'a> {
    pub(super) model: &'a ModelResults,
    pub(super) run: Option<&'a RunResults>,
    /// Its epochs up to the first loss that is not finite; none of a run that is shown no test image.
    pub(super) epochs: Vec<Epoch>,
    pub(super) class_names: &'a [String],
    /// The study that it is a model of.
    pub(super) results: &'a StudyResults,
    /// What the finished network does, if its matrix fits the classes.
    pub(super) tested: Option<Tested<'a>>,
    /// `baseline`, with the seed or the repeat where the model has several, and how far it came where it is not finished.
    pub(super) label: String,
}

/// What sentences say of an epoch.
#[derive(Clone, Copy)]
pub(super) struct Epoch {
    pub(super) epoch: u32,
    pub(super) train_loss: f64,
    pub(super) test_loss: f64,
    pub(super) test_accuracy: f64,
}

impl Epoch {
    /// `None` where a loss is missing or not finite.
    fn of(row: &EpochRow) -> Option<Epoch> {
        let EpochRow { epoch, train_loss, .. } = *row;
        let (test_loss, test_accuracy) = row.test_loss.zip(row.test_accuracy)?;
        let is_finite = train_loss.is_finite() && test_loss.is_finite();
        is_finite.then_some(Epoch { epoch, train_loss, test_loss, test_accuracy })
    }
}

/// A finished network's test.
pub(super) struct Tested<'a> {
    pub(super) evaluation: &'a Evaluation,
    pub(super) test_loss: f64,
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
        let epochs = run.map_or_else(Vec::new, |run| run.epochs.iter().map_while(Epoch::of).collect());
        let tested = run.and_then(|run| run.evaluation.as_ref()).and_then(|evaluation| {
            let fits = evaluation.confusion.classes() == class_names.len();
            let metrics = metrics(&evaluation.confusion).filter(|_| fits)?;
            Some(Tested { evaluation, test_loss: evaluation.test_loss?, metrics })
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
                        counted(model.settings.epochs() as usize, "epoch")
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

    pub(super) fn last(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    pub(super) fn class(&self, index: usize) -> &'a str {
        self.class_names.get(index).map_or("?", String::as_str)
    }

    /// Largest probability among its dropout layers, from the layer table; 0 without any.
    pub(super) fn dropout(&self) -> f64 {
        self.model.layers.iter().filter_map(LayerRow::dropped).fold(0.0, f64::max)
    }
}
