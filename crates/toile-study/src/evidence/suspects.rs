//! Labels that are probably wrong, as `toile data suspects` left them in a study's folder.

use serde::{Deserialize, Serialize};

use super::outcomes::Outcomes;
use crate::numbers::{count, counted, rough_percent};

/// A label that is probably wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// Place of the image in the data set.
    pub image: u32,
    /// Its label.
    pub label: u32,
    /// The most probable other class.
    pub suggested: u32,
    /// Probability of the label.
    pub of_label: f32,
    /// Probability of the suggested class.
    pub of_suggested: f32,
    /// Whether it is among those that confident learning calls wrong (pruned by noise rate).
    pub is_called_wrong: bool,
}

/// What was found, with the worst of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuspectSummary {
    /// SHA-256 of what the runs made of all images; absent in files of earlier versions, and before it is known.
    #[serde(default)]
    pub runs_sha256: Option<String>,
    /// Runs whose predictions were averaged, a fold each where models are cross-validated.
    pub runs: usize,
    /// Those of them that judged an image, at least: of each model and repeat the one that had not seen it.
    pub judges: usize,
    /// Images that were judged.
    pub images: usize,
    /// Estimated share of labels that are wrong.
    pub noise_rate: f64,
    /// Images whose label is not the most probable class.
    pub listed: usize,
    /// Those of them that confident learning calls wrong.
    pub called_wrong: usize,
    /// The first of the list, the worst first.
    pub worst: Vec<Suspect>,
}

impl SuspectSummary {
    /// Suspects that are kept.
    pub const WORST: usize = 24;

    /// What came out, in two sentences.
    pub fn sentence(&self) -> String {
        format!(
            "{}, each judged by {} that had not seen it. About {} of the labels are wrong by confident learning, \
             which calls {} wrong; for {} in all another class is more probable than the label.",
            counted(self.images, "label"),
            counted(self.judges, "network"),
            rough_percent(self.noise_rate),
            count(self.called_wrong as u64),
            count(self.listed as u64)
        )
    }

    /// Whether it speaks of these runs, of `folds` parts each, and of their images.
    ///
    /// # Errors
    /// Why it does not, in words.
    pub(super) fn check(&self, outcomes: &Outcomes, folds: usize) -> Result<(), &'static str> {
        let Some(of) = &self.runs_sha256 else {
            return Err("it is of an earlier version of Toile, which did not note whose judgement it is");
        };
        let runs: usize = outcomes.models.iter().map(|model| model.runs.len()).sum();
        let is_label =
            |suspect: &Suspect| outcomes.labels.get(suspect.image as usize) == Some(&suspect.label);
        // Of a repeat some folds may have judged that is not whole yet.
        let is_of = self.runs == runs * folds
            && self.images == outcomes.labels.len()
            && self.worst.iter().all(is_label)
            && *of == outcomes.digest();
        if is_of { Ok(()) } else { Err("it is of other runs than the report") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::outcomes::{ModelOutcomes, RunOutcomes};

    #[test]
    fn speaks_of_the_runs_it_was_found_in_alone() {
        let suspect = Suspect {
            image: 2,
            label: 1,
            suggested: 0,
            of_label: 0.1,
            of_suggested: 0.9,
            is_called_wrong: true,
        };
        let mut found = SuspectSummary {
            runs_sha256: None,
            runs: 4,
            judges: 2,
            images: 3,
            noise_rate: 0.25,
            listed: 1,
            called_wrong: 1,
            worst: vec![suspect],
        };
        let run = |seed| RunOutcomes {
            seed,
            predictions: vec![0; 3],
            confidence: vec![1.0; 3],
            nll: vec![0.0; 3],
            folds: vec![],
        };
        let outcomes = |runs: u64, labels: [u32; 3]| Outcomes {
            labels: labels.to_vec(),
            models: vec![ModelOutcomes { name: "a".into(), runs: (0..runs).map(run).collect() }],
        };
        let of = |runs, labels| found.check(&outcomes(runs, labels), 2);
        assert!(of(2, [0, 0, 1]).unwrap_err().contains("earlier version"), "nobody knows whose it is");
        found.runs_sha256 = Some(outcomes(2, [0, 0, 1]).digest());
        let of = |runs, labels| found.check(&outcomes(runs, labels), 2);
        assert_eq!(of(2, [0, 0, 1]), Ok(()));
        let other = Err("it is of other runs than the report");
        assert_eq!(of(3, [0, 0, 1]), other, "a repeat was added");
        assert_eq!(of(2, [0, 0, 0]), other, "the label was changed");
        let mut anew = outcomes(2, [0, 0, 1]);
        anew.models[0].runs[1].nll[0] = 0.5;
        assert_eq!(found.check(&anew, 2), other, "as many runs on the same images, trained anew");
    }
}
