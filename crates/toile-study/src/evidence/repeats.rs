//! The folds of a cross-validation, gathered: a repeat then stands where a seed stood.
//!
//! Each unit was tested on its fold. Together the units of a repeat made a prediction for every image; only a repeat
//! whose units are all over counts.

use std::collections::BTreeMap;

use toile_store::{
    ConfusionMatrix, EpochRow, Evaluation, Receipt, RunResults, RunStatus, StoreError, StoredRun,
};

use super::outcomes::{self, Named, RunOutcomes};
use crate::cross_validation::{Fold, repeat_name};

/// A finished unit under the class names that its own file has.
pub(crate) struct FoldOutcomes {
    /// Its number.
    number: u64,
    named: Named,
}

impl FoldOutcomes {
    /// Reads a unit; `None` where it has no predictions.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, or names other classes than `class_names`, where they are given.
    pub(crate) fn read(run: &StoredRun, class_names: Option<&[String]>) -> Result<Option<Self>, StoreError> {
        let Some(named) = outcomes::read_fold(run)? else { return Ok(None) };
        if let Some(class_names) = class_names {
            outcomes::check_classes(run, &named, class_names)?;
        }
        Ok(Some(FoldOutcomes { number: run.results.seed, named }))
    }
}

/// What whole repeats made of every image.
#[derive(Default)]
pub(crate) struct Gathered {
    /// Names of the classes; empty without a repeat.
    pub(crate) class_names: Vec<String>,
    /// Class of each image.
    pub(crate) labels: Vec<u32>,
    /// In the order of their repeats.
    pub(crate) runs: Vec<RunOutcomes>,
}

/// What finished runs of one model made of every image: a run a seed; of a cross-validation with so many folds, a run a
/// repeat that has all of its units.
///
/// # Errors
/// Predictions that are missing or damaged, and units that were not tested on each image once.
pub(crate) fn whole_runs(folds: Option<u32>, runs: &[StoredRun]) -> Result<Gathered, StoreError> {
    let mut all = Gathered::default();
    let Some(folds) = folds else {
        for run in runs {
            let named = outcomes::read_named(run)?.ok_or_else(|| run.no_predictions())?;
            (all.class_names, all.labels) = (named.class_names, named.labels);
            all.runs.push(named.run);
        }
        return Ok(all);
    };
    let mut units = Vec::new();
    for run in runs {
        units.push(FoldOutcomes::read(run, None)?.ok_or_else(|| run.no_predictions())?);
    }
    let Some(first) = runs.first() else { return Ok(all) };
    gather(folds, units).map_err(|problem| {
        let remedy = "run the model again, in a folder of its own";
        StoreError::damaged(&first.folder.predictions(), problem, remedy)
    })
}

/// Gathers the units of each repeat that has them all.
///
/// # Errors
/// Units that were not tested on each image once, or not on the same images, in words.
pub(crate) fn gather(folds: u32, units: Vec<FoldOutcomes>) -> Result<Gathered, String> {
    let mut repeats: BTreeMap<u64, Vec<(u32, Named)>> = BTreeMap::new();
    for FoldOutcomes { number, named } in units {
        let Fold { repeat, fold } = Fold::of(folds, number);
        repeats.entry(repeat).or_default().push((fold, named));
    }
    let mut all = Gathered::default();
    for (repeat, units) in repeats.into_iter().filter(|(_, units)| units.len() == folds as usize) {
        let (class_names, labels, run) =
            whole(repeat, units).map_err(|problem| format!("{}: {problem}", repeat_name(repeat)))?;
        if all.runs.is_empty() {
            (all.class_names, all.labels) = (class_names, labels);
        } else if all.class_names != class_names || all.labels != labels {
            return Err(format!(
                "{}: its images are not those of the repeats before it",
                repeat_name(repeat)
            ));
        }
        all.runs.push(run);
    }
    Ok(all)
}

/// A repeat from all of its units.
fn whole(repeat: u64, units: Vec<(u32, Named)>) -> Result<(Vec<String>, Vec<u32>, RunOutcomes), String> {
    let images: usize = units.iter().map(|(_, named)| named.indices.len()).sum();
    let class_names = units.first().map_or_else(Vec::new, |(_, named)| named.class_names.clone());
    const NOBODY: u32 = u32::MAX;
    let mut labels = vec![0; images];
    let mut run = RunOutcomes {
        seed: repeat,
        predictions: vec![0; images],
        confidence: vec![0.0; images],
        nll: vec![0.0; images],
        folds: vec![NOBODY; images],
    };
    for (fold, named) in units {
        if named.class_names != class_names {
            return Err("its folds name other classes".into());
        }
        for (place, &index) in named.indices.iter().enumerate() {
            let image = index as usize;
            // As many images as there are places: where none is tested twice, each is tested once.
            if image >= images || run.folds[image] != NOBODY {
                return Err(format!("its folds do not test each image once (image {index})"));
            }
            run.folds[image] = fold;
            labels[image] = named.labels[place];
            run.predictions[image] = named.run.predictions[place];
            run.confidence[image] = named.run.confidence[place];
            run.nll[image] = named.run.nll[place];
        }
    }
    Ok((class_names, labels, run))
}

/// Those of some outcomes whose repeats all of these models have; the models are to be set against each other.
pub(crate) fn shared_repeats(models: &[&[RunOutcomes]]) -> Vec<u64> {
    let Some((first, others)) = models.split_first() else { return Vec::new() };
    let has = |runs: &[RunOutcomes], repeat: u64| runs.iter().any(|run| run.seed == repeat);
    let repeats = first.iter().map(|run| run.seed);
    repeats.filter(|repeat| others.iter().all(|runs| has(runs, *repeat))).collect()
}

/// What runs came to, with their receipts. Of a cross-validation with so many folds, the units of a repeat are one run,
/// and the others are those of [`results`].
pub(crate) fn told(
    folds: Option<u32>,
    stored: Vec<StoredRun>,
    asked: &[u64],
) -> (Vec<RunResults>, Vec<(u64, Receipt)>) {
    let (mut runs, mut receipts) = (Vec::new(), Vec::new());
    for run in stored {
        receipts.extend(run.receipt.map(|receipt| (run.results.seed, receipt)));
        runs.push(run.results);
    }
    match folds {
        None => (runs, receipts),
        Some(folds) => (results(folds, runs, asked), self::receipts(folds, receipts)),
    }
}

/// What the units of each repeat came to, as one run. Repeats that were not `asked` for count only where all of their
/// units are over.
fn results(folds: u32, units: Vec<RunResults>, asked: &[u64]) -> Vec<RunResults> {
    let mut repeats: BTreeMap<u64, Vec<RunResults>> = BTreeMap::new();
    for unit in units {
        repeats.entry(Fold::of(folds, unit.seed).repeat).or_default().push(unit);
    }
    let merged = repeats.into_iter().map(|(repeat, units)| merge(repeat, folds, &units));
    merged.filter(|run| asked.contains(&run.seed) || run.status != RunStatus::Unfinished).collect()
}

/// A repeat: finished where all of its folds are, diverged where one is. Figures of its epochs are means over the
/// folds, as far as all of those that have begun have come.
fn merge(repeat: u64, folds: u32, units: &[RunResults]) -> RunResults {
    let evaluations: Vec<&Evaluation> = units.iter().filter_map(|unit| unit.evaluation.as_ref()).collect();
    let is_whole = evaluations.len() == folds as usize;
    let is_over =
        units.len() == folds as usize && units.iter().all(|unit| unit.status != RunStatus::Unfinished);
    let diverged = units.iter().map(|unit| &unit.status).find(|s| matches!(s, RunStatus::Diverged { .. }));
    let status = match diverged {
        Some(diverged) if is_over => diverged.clone(),
        None if is_over && is_whole => RunStatus::Finished,
        _ => RunStatus::Unfinished,
    };
    // A fold counts by the images that it tests, where that is known of all.
    let weights: Vec<f64> = match is_whole {
        true => evaluations.iter().map(|evaluation| images_of(evaluation) as f64).collect(),
        false => vec![1.0; units.len()],
    };
    let rows = units.iter().map(|unit| unit.epochs.len()).min().unwrap_or(0);
    let epochs = (0..rows).map(|row| {
        let of: Vec<&EpochRow> = units.iter().map(|unit| &unit.epochs[row]).collect();
        mean_row(&of, &weights)
    });
    let evaluation = (status == RunStatus::Finished).then(|| together(&evaluations, &weights));
    RunResults { seed: repeat, status, epochs: epochs.collect(), evaluation }
}

fn images_of(evaluation: &Evaluation) -> u64 {
    evaluation.confusion.images()
}

fn mean(values: &[f64], weights: &[f64]) -> f64 {
    let sum: f64 = values.iter().zip(weights).map(|(value, weight)| value * weight).sum();
    sum / weights.iter().sum::<f64>()
}

fn mean_row(rows: &[&EpochRow], weights: &[f64]) -> EpochRow {
    let of =
        |figure: fn(&EpochRow) -> f64| mean(&rows.iter().map(|row| figure(row)).collect::<Vec<_>>(), weights);
    let of_all = |figure: fn(&EpochRow) -> Option<f64>| {
        let values: Option<Vec<f64>> = rows.iter().map(|row| figure(row)).collect();
        values.map(|values| mean(&values, weights))
    };
    EpochRow {
        epoch: rows[0].epoch,
        learning_rate: of(|row| row.learning_rate),
        train_loss: of(|row| row.train_loss),
        train_accuracy: of(|row| row.train_accuracy),
        validation_loss: of_all(|row| row.validation_loss),
        validation_accuracy: of_all(|row| row.validation_accuracy),
        test_loss: of_all(|row| row.test_loss),
        test_accuracy: of_all(|row| row.test_accuracy),
    }
}

/// The measurements of all folds as one of all images: the accuracy is the share of them that is right.
fn together(folds: &[&Evaluation], weights: &[f64]) -> Evaluation {
    let of =
        |figure: fn(&Evaluation) -> f64| mean(&folds.iter().map(|e| figure(e)).collect::<Vec<_>>(), weights);
    let mut confusion = ConfusionMatrix::new(folds[0].confusion.classes());
    for (truth, predicted, images) in folds.iter().flat_map(|e| e.confusion.cells()) {
        confusion.add(truth, predicted, images);
    }
    let test_loss: Option<Vec<f64>> = folds.iter().map(|e| e.test_loss).collect();
    let top5: Option<Vec<f64>> = folds.iter().map(|e| e.test_accuracy_top5).collect();
    Evaluation {
        weights: folds[0].weights.clone(),
        epoch: folds.iter().map(|e| e.epoch).max().unwrap_or(0),
        train_loss: of(|e| e.train_loss),
        train_accuracy: of(|e| e.train_accuracy),
        validation_loss: None,
        validation_accuracy: None,
        test_loss: test_loss.map(|losses| mean(&losses, weights)),
        test_accuracy: Some(confusion.right() as f64 / confusion.images() as f64),
        test_accuracy_top5: top5.map(|shares| mean(&shares, weights)),
        confusion,
    }
}

/// The receipts of the units of each repeat as one: their times added up, the machine of the first.
fn receipts(folds: u32, units: Vec<(u64, Receipt)>) -> Vec<(u64, Receipt)> {
    let mut repeats: BTreeMap<u64, (f64, Receipt)> = BTreeMap::new();
    for (number, receipt) in units {
        let images = receipt.images_per_second * receipt.training_seconds;
        let Fold { repeat, .. } = Fold::of(folds, number);
        match repeats.get_mut(&repeat) {
            None => {
                repeats.insert(repeat, (images, receipt));
            }
            Some((all, sum)) => {
                *all += images;
                sum.training_seconds += receipt.training_seconds;
                sum.evaluation_seconds += receipt.evaluation_seconds;
                sum.images_per_second = *all / sum.training_seconds.max(1e-9);
                // Both as RFC 3339 in UTC: the later one is the greater.
                sum.finished_at = sum.finished_at.clone().max(receipt.finished_at);
            }
        }
    }
    repeats.into_iter().map(|(repeat, (_, receipt))| (repeat, receipt)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(number: u64, indices: &[u32]) -> FoldOutcomes {
        let of = |value: f64| vec![value; indices.len()];
        let run = RunOutcomes {
            seed: number,
            predictions: vec![1; indices.len()],
            confidence: vec![0.5; indices.len()],
            nll: of(number as f64),
            folds: Vec::new(),
        };
        let labels = indices.iter().map(|index| index % 2).collect();
        let named =
            Named { class_names: vec!["a".into(), "b".into()], indices: indices.to_vec(), labels, run };
        FoldOutcomes { number, named }
    }

    #[test]
    fn folds_make_one_prediction_of_every_image() {
        // The last repeat lacks a fold.
        let units = vec![
            unit(1, &[1, 4]),
            unit(0, &[0, 2, 3]),
            unit(4, &[0, 1]),
            unit(2, &[0, 1]),
            unit(3, &[2, 3, 4]),
        ];
        let found = gather(2, units).unwrap();
        assert_eq!(found.labels, [0, 1, 0, 1, 0]);
        let repeats: Vec<(u64, &[u32], &[f64])> =
            found.runs.iter().map(|run| (run.seed, &run.folds[..], &run.nll[..])).collect();
        assert_eq!(
            repeats,
            [
                (0, &[0, 1, 0, 0, 1][..], &[0.0, 1.0, 0.0, 0.0, 1.0][..]),
                (1, &[0, 0, 1, 1, 1], &[2.0, 2.0, 3.0, 3.0, 3.0])
            ]
        );
        assert_eq!(shared_repeats(&[&found.runs, &found.runs[1..]]), [1]);
    }

    #[test]
    fn images_that_are_not_tested_once_are_refused() {
        for (units, part) in [
            (
                vec![unit(0, &[0, 1]), unit(1, &[1, 2])],
                "repeat 1: its folds do not test each image once (image 1)",
            ),
            (vec![unit(0, &[0, 1]), unit(1, &[2, 9])], "(image 9)"),
            (
                vec![unit(0, &[0, 1]), unit(1, &[2]), unit(2, &[0, 1]), unit(3, &[2, 3])],
                "repeat 2: its images are not",
            ),
        ] {
            let problem = gather(2, units).err().unwrap();
            assert!(problem.contains(part), "{problem}");
        }
    }

    fn told(number: u64, rows: u32, confusion: Option<[[u64; 2]; 2]>) -> RunResults {
        let row = |epoch| EpochRow {
            epoch,
            learning_rate: 0.1,
            train_loss: number as f64,
            train_accuracy: 0.5,
            validation_loss: None,
            validation_accuracy: None,
            test_loss: Some(number as f64),
            test_accuracy: Some(0.5),
        };
        let evaluation = confusion.map(|confusion| Evaluation {
            weights: "last".into(),
            epoch: rows,
            train_loss: 0.0,
            train_accuracy: 0.0,
            validation_loss: None,
            validation_accuracy: None,
            test_loss: Some(number as f64),
            test_accuracy: Some(0.0),
            test_accuracy_top5: None,
            confusion: matrix(confusion),
        });
        let status = if evaluation.is_some() { RunStatus::Finished } else { RunStatus::Unfinished };
        RunResults { seed: number, status, epochs: (1..=rows).map(row).collect(), evaluation }
    }

    fn matrix(rows: [[u64; 2]; 2]) -> ConfusionMatrix {
        ConfusionMatrix::from_rows(&rows.map(|row| row.to_vec())).unwrap()
    }

    #[test]
    fn a_repeat_comes_to_what_all_of_its_images_come_to() {
        let (first, second) = ([[2, 1], [0, 0]], [[1, 0], [0, 0]]);
        let units = vec![
            told(0, 3, Some(first)),
            told(1, 2, Some(second)),
            told(2, 1, None),
            told(4, 1, Some(first)),
        ];
        let found = results(2, units, &[0, 1]);
        // The third repeat was not asked for, and is not over.
        assert_eq!(
            found.iter().map(|run| (run.seed, run.status.clone())).collect::<Vec<_>>(),
            [(0, RunStatus::Finished), (1, RunStatus::Unfinished)]
        );
        let evaluation = found[0].evaluation.as_ref().unwrap();
        assert_eq!(evaluation.confusion, matrix([[3, 1], [0, 0]]));
        assert_eq!(
            (evaluation.test_accuracy, evaluation.test_loss, evaluation.epoch),
            (Some(0.75), Some(0.25), 3)
        );
        let losses: Vec<(u32, f64)> =
            found[0].epochs.iter().map(|row| (row.epoch, row.test_loss.unwrap())).collect();
        assert_eq!(losses, [(1, 0.25), (2, 0.25)]);
        let lost = RunResults { status: RunStatus::Diverged { epoch: 1, step: 4 }, ..told(3, 0, None) };
        let found = results(2, vec![told(2, 3, Some(first)), lost], &[0]);
        assert_eq!((found[0].seed, found[0].status.clone()), (1, RunStatus::Diverged { epoch: 1, step: 4 }));
    }

    #[test]
    fn times_of_folds_add_up() {
        let of = |seconds: f64, rate: f64, at: &str| Receipt {
            training_seconds: seconds,
            images_per_second: rate,
            finished_at: at.into(),
            ..Receipt::default()
        };
        let found = receipts(2, vec![(0, of(1.0, 100.0, "2026-01-02")), (1, of(3.0, 20.0, "2026-01-01"))]);
        assert_eq!(found, [(0, of(4.0, 40.0, "2026-01-02"))]);
    }
}
