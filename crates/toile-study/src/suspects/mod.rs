//! Labels that are probably wrong, from what networks said of images that they were not trained on.
//!
//! Every run that [`judges`] finds was tested on images it had not seen: on its fold, where the study was cross-validated, on
//! the test images elsewhere. What all runs said of an image is averaged (of their probabilities, in the order of the runs), and
//! confident learning (`toile_statistics::confident`) tells which labels do not go with it.

mod runs;

use std::collections::BTreeMap;
use std::path::PathBuf;

use thiserror::Error;
use toile_statistics::{ConfidentError, ConfidentJoint, Ranking};
use toile_store::{Probabilities, StoreError, StoredRun};

pub use crate::evidence::suspects::{Suspect, SuspectSummary};
pub use runs::{Judges, judges};

/// Why no label can be judged.
#[derive(Debug, Error)]
pub enum SuspectsError {
    /// No run that is over.
    #[error(
        "{} holds no finished run; name the folder of a study, of one of its models, or of one run, as `toile run` left it",
        path.display()
    )]
    NoRun {
        /// What was named.
        path: PathBuf,
    },
    /// No run that is over may judge.
    #[error(
        "{} holds no run that can judge labels ({}); name the folder of a study, or of a model or a run that was trained \
         here",
        path.display(),
        left_out.join("; ")
    )]
    NoJudge {
        /// What was named.
        path: PathBuf,
        /// What was left out, and why.
        left_out: Vec<String>,
    },
    /// A file of a run.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Runs that do not speak of the same images.
    #[error("{} and {} were not tested on the same data: {problem}; name the folder of one of them", first.display(), second.display())]
    Unlike {
        /// The first run.
        first: PathBuf,
        /// The run that differs.
        second: PathBuf,
        /// In what.
        problem: &'static str,
    },
    /// Values that are no probabilities.
    #[error(transparent)]
    Confident(#[from] ConfidentError),
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspects {
    /// Names of the classes, in the order of their indices.
    pub class_names: Vec<String>,
    /// Runs whose predictions were averaged.
    pub runs: usize,
    /// Those of them that judged an image, at least.
    pub judges: usize,
    /// (image, label) of all that were judged, ascending.
    pub judged: Vec<(u32, u32)>,
    /// Estimated share of labels that are wrong.
    pub noise_rate: f64,
    /// Images whose label is not the most probable class, by normalised margin, the worst first.
    pub suspects: Vec<Suspect>,
}

impl Suspects {
    /// What a study's folder keeps of it, once it says of which runs: see [`Judges::digest`].
    pub fn summary(&self) -> SuspectSummary {
        SuspectSummary {
            runs_sha256: None,
            runs: self.runs,
            judges: self.judges,
            images: self.judged.len(),
            noise_rate: self.noise_rate,
            listed: self.suspects.len(),
            called_wrong: self.suspects.iter().filter(|suspect| suspect.is_called_wrong).count(),
            worst: self.suspects.iter().take(SuspectSummary::WORST).copied().collect(),
        }
    }
}

/// Judges every label that these runs were tested on.
///
/// # Errors
/// No predictions, damaged ones, and runs on unlike data.
pub fn suspects(runs: &[StoredRun]) -> Result<Suspects, SuspectsError> {
    let mut read = Vec::new();
    for run in runs {
        let probabilities = run.probabilities()?.ok_or_else(|| run.no_predictions())?;
        read.push((run.folder.path().to_owned(), probabilities));
    }
    let (labels, sums) = summed(&read)?;
    let class_names = read.first().map_or_else(Vec::new, |(_, first)| first.class_names.clone());
    let classes = class_names.len();
    let judged: Vec<(u32, u32)> = labels.into_iter().collect();
    let only_labels: Vec<u32> = judged.iter().map(|(_, label)| *label).collect();
    let mean = |(sums, count): &(Vec<f64>, u32)| -> Vec<f32> {
        // Each is a mean of numbers up to 1.
        sums.iter().map(|sum| (sum / f64::from(*count)).min(1.0) as f32).collect()
    };
    let probabilities: Vec<f32> = sums.values().flat_map(mean).collect();
    let joint = ConfidentJoint::new(&only_labels, &probabilities, classes)?;
    let pruned = joint.prune_by_noise_rate();
    let margins = joint.scores(Ranking::NormalizedMargin);
    let suspect = |place: u32| -> Option<Suspect> {
        let suggested = joint.suggested(place as usize).filter(|_| margins[place as usize] < 0.0)?;
        let (image, label) = judged[place as usize];
        let row = &probabilities[place as usize * classes..][..classes];
        Some(Suspect {
            image,
            label,
            suggested: suggested as u32,
            of_label: row[label as usize],
            of_suggested: row[suggested],
            is_called_wrong: pruned.binary_search(&place).is_ok(),
        })
    };
    let suspects = joint.ranked(Ranking::NormalizedMargin).into_iter().filter_map(suspect).collect();
    let judges = sums.values().map(|(_, count)| *count as usize).min().unwrap_or(0);
    let noise_rate = joint.noise_rate();
    Ok(Suspects { class_names, runs: runs.len(), judges, judged, noise_rate, suspects })
}

/// The label of each image, and the sums of its probabilities with their number.
type Summed = (BTreeMap<u32, u32>, BTreeMap<u32, (Vec<f64>, u32)>);

fn summed(read: &[(PathBuf, Probabilities)]) -> Result<Summed, SuspectsError> {
    let (mut labels, mut sums) = Summed::default();
    let Some((first, expected)) = read.first() else { return Ok((labels, sums)) };
    for (path, found) in read {
        let unlike = |problem| SuspectsError::Unlike { first: first.clone(), second: path.clone(), problem };
        if found.class_names != expected.class_names {
            return Err(unlike("their classes differ"));
        }
        let classes = found.class_names.len();
        let images = found.indices.iter().zip(&found.labels).zip(found.probabilities.chunks_exact(classes));
        for ((&image, &label), row) in images {
            if *labels.entry(image).or_insert(label) != label {
                return Err(unlike("an image has another label"));
            }
            let (sum, count) = sums.entry(image).or_insert_with(|| (vec![0.0; classes], 0));
            sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
            *count += 1;
        }
    }
    Ok((labels, sums))
}
