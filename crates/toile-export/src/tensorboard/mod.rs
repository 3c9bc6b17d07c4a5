//! What a run came to as TensorBoard reads it: an event file, whose records are protocol buffers.
//!
//! The messages are those of `event.proto` and `summary.proto`
//! (<https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto>) and of the plugin for
//! hyperparameters (`plugins/hparams/plugin_data.proto`). The run's own tables stay the truth: what stands here are 32 bit
//! floats.

mod event;
mod record;
mod run;

pub use run::{Ending, Hyperparameter, Run};

use toile_store::EpochRow;

use event::Event;

/// The name of an event file: TensorBoard reads every file with `tfevents` in its name, wherever it lies below the folder
/// it is told of, and calls a run by the folder of its file.
pub const FILE_NAME: &str = "events.out.tfevents.0.toile";

/// The bytes of a run's event file.
pub fn file(run: &Run<'_>) -> Vec<u8> {
    let [start, end] = run.seconds;
    let last = run.epochs.last().map_or(0, |row| i64::from(row.epoch));
    let time = |epoch: i64| start + (end - start) * epoch as f64 / last.max(1) as f64;
    let mut events =
        vec![Event::version(start), Event::hyperparameters(start, run.model, run.hyperparameters)];
    for row in run.epochs {
        let step = i64::from(row.epoch);
        for (tag, value) in scalars(row) {
            events.push(Event::scalar(time(step), step, tag, value as f32));
        }
    }
    events.extend(run.confusion.and_then(|png| Event::image(end, last, "confusion_matrix", png)));
    events.push(Event::ended(end, run.ending));
    events.into_iter().flat_map(|event| record::record(&event.into_bytes())).collect()
}

/// What is measured of an epoch, under the names that TensorBoard puts in one diagram a folder.
fn scalars(row: &EpochRow) -> Vec<(&'static str, f64)> {
    let scalars = [
        ("loss/train", Some(row.train_loss)),
        ("loss/test", row.test_loss),
        ("accuracy/train", Some(row.train_accuracy)),
        ("accuracy/test", row.test_accuracy),
        ("learning_rate", Some(row.learning_rate)),
        ("loss/validation", row.validation_loss),
        ("accuracy/validation", row.validation_accuracy),
    ];
    scalars.into_iter().filter_map(|(tag, value)| Some((tag, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Value, fields};

    fn row(epoch: u32) -> EpochRow {
        EpochRow {
            epoch,
            learning_rate: 0.5,
            train_loss: 1.5,
            train_accuracy: 0.25,
            validation_loss: (epoch == 2).then_some(2.5),
            validation_accuracy: None,
            test_loss: Some(3.5),
            test_accuracy: Some(0.75),
        }
    }

    /// Field by field: (time, step, tag, value) of each scalar.
    fn scalars_of(file: &[u8]) -> Vec<(f64, i64, String, f32)> {
        let mut found = Vec::new();
        for event in record::read(file).unwrap() {
            let (mut time, mut step, mut scalar) = (0.0, 0, None);
            for (field, value) in fields(&event).unwrap() {
                match (field, value) {
                    (1, Value::Double(value)) => time = value,
                    (2, Value::Integer(value)) => step = value,
                    (5, Value::Bytes(summary)) => {
                        let (_, value) = fields(summary).unwrap()[0];
                        let value = fields(value.bytes().unwrap()).unwrap();
                        let tag = value[0].1.text().unwrap();
                        scalar = value
                            .iter()
                            .find(|(field, _)| *field == 2)
                            .map(|(_, value)| (tag, value.float().unwrap()));
                    }
                    _ => {}
                }
            }
            found.extend(scalar.map(|(tag, value)| (time, step, tag, value)));
        }
        found
    }

    #[test]
    fn every_figure_of_an_epoch_is_a_scalar_at_its_time() {
        let epochs = [row(1), row(2)];
        let run = Run {
            model: "a",
            seconds: [100.0, 110.0],
            epochs: &epochs,
            hyperparameters: &[("lr".into(), Hyperparameter::Number(0.5))],
            ending: Ending::Finished,
            confusion: None,
        };
        let found = scalars_of(&file(&run));
        assert_eq!(found.len(), 5 + 6);
        assert_eq!(found[0], (105.0, 1, "loss/train".into(), 1.5));
        assert_eq!(found[1], (105.0, 1, "loss/test".into(), 3.5));
        assert_eq!(found[10], (110.0, 2, "loss/validation".into(), 2.5));
    }

    #[test]
    fn a_run_without_an_epoch_has_its_settings() {
        let run = Run {
            model: "a",
            seconds: [0.0, 0.0],
            epochs: &[],
            hyperparameters: &[("sampler".into(), Hyperparameter::Words("balanced".into()))],
            ending: Ending::Unfinished,
            confusion: None,
        };
        let file = file(&run);
        assert_eq!(record::read(&file).unwrap().len(), 3);
        assert!(file.windows(8).any(|bytes| bytes == b"balanced"));
    }
}
