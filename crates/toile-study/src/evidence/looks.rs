//! How often a comparison was looked at: `looks.json` in a study's folder.
//!
//! Whoever trains more seeds because the first ones did not decide, and looks again, has more than one chance of a
//! wrong verdict. So look k at the same models by the same metric spends alpha / 2^k, and the sum stays below
//! alpha. The same runs again are the same look. Nothing here tells one honest session from another: no times.
//!
//! The file also keeps what the study file's `[comparison]` said before there were results. Both decide verdicts, so the
//! file carries a digest: one that is not as it was written is refused. That it is there at all nothing can prove.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toile_store::{StoreError, sealed};

use super::contender::{Contender, Test};
use super::error::EvidenceError;
use super::metric::Metric;
use super::outcomes::digest;
use super::settings::{ComparisonSettings, Question, is_alpha, is_margin};
use crate::atomic::WriteError;

/// The name of the file.
pub const FILE: &str = toile_store::names::LOOKS;

const REMEDY: &str = "put back a copy of it; whoever deletes it loses count of the looks at these results";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Looks {
    /// `[comparison]` as it was before there were results.
    #[serde(default)]
    planned: Option<ComparisonSettings>,
    #[serde(default)]
    comparisons: Vec<Looked>,
}

/// A comparison with all looks at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Looked {
    /// Sorted: who is named first makes no other comparison.
    models: Vec<String>,
    metric: Metric,
    /// Look 1, look 2 and so on.
    looks: Vec<Look>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Look {
    /// Seeds of each model, for a reader.
    seeds: Vec<Vec<u64>>,
    /// SHA-256 of what the runs made of the test images: which data this was.
    data: String,
    /// What was asked of these data.
    asked: Vec<Asked>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Asked {
    alpha: f64,
    margin: Option<f64>,
}

/// Which look it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// From 1.
    pub look: u32,
    /// What a reader should know of it.
    pub warnings: Vec<String>,
}

/// What `[comparison]` said before there were results, where that was noted.
///
/// # Errors
/// A damaged file.
pub fn planned(out: &Path) -> Result<Option<ComparisonSettings>, EvidenceError> {
    Ok(read(out)?.planned)
}

/// Notes what `[comparison]` says, as long as there are no results.
///
/// # Errors
/// A damaged file, or one that cannot be written.
pub fn plan(out: &Path, settings: &ComparisonSettings) -> Result<Result<(), WriteError>, EvidenceError> {
    let _lock = lock(out);
    let mut looks = read(out)?;
    if looks.planned.as_ref() == Some(settings) {
        return Ok(Ok(()));
    }
    looks.planned = Some(*settings);
    Ok(write(out, &looks))
}

/// Which look at these models this is. It is noted in these study folders, where it `spends` part of alpha: where
/// a verdict can come of it.
///
/// # Errors
/// A damaged file. One that cannot be written is a warning.
pub fn count(
    folders: &[PathBuf],
    question: &Question,
    test: Test<'_>,
    contenders: &[Contender<'_>],
    spends: bool,
) -> Result<Counted, EvidenceError> {
    let folders: BTreeSet<&PathBuf> = folders.iter().collect();
    let _locks: Vec<Option<File>> = folders.iter().map(|folder| lock(folder)).collect();
    let mut sorted: Vec<&Contender<'_>> = contenders.iter().collect();
    sorted.sort_by_key(|contender| contender.name);
    let models: Vec<String> = sorted.iter().map(|contender| contender.name.to_owned()).collect();
    let seeds = sorted.iter().map(|contender| seeds(contender)).collect();
    let data = digest(test.labels, sorted.iter().map(|contender| (contender.name, contender.runs)));
    let asked = Asked { alpha: question.alpha, margin: question.margin.as_ref().map(|margin| margin.value) };

    let mut files = Vec::new();
    for folder in folders {
        files.push((folder, read(folder)?));
    }
    // Runs of several studies: the folder that knows most has the word.
    let is_this = |looked: &&Looked| looked.models == models && looked.metric == question.metric;
    let longest = files.iter().filter_map(|(_, looks)| looks.comparisons.iter().find(is_this));
    let mut looked = longest.max_by_key(|looked| looked.looks.len()).cloned().unwrap_or_else(|| Looked {
        models: models.clone(),
        metric: question.metric,
        looks: Vec::new(),
    });
    let larger = files.iter().flat_map(|(_, looks)| &looks.comparisons).find(|other| {
        other.metric == question.metric
            && other.models.len() > models.len()
            && models.iter().all(|model| other.models.contains(model))
    });
    let larger = larger.map(|other| other.models.len());
    let known = looked.looks.iter().position(|look| look.data == data);
    let place = known.unwrap_or(looked.looks.len());
    let mut warnings = Vec::new();
    if spends {
        if known.is_none() {
            looked.looks.push(Look { seeds, data, asked: Vec::new() });
        }
        let of_look = &mut looked.looks[place].asked;
        if !of_look.contains(&asked) {
            of_look.push(asked);
        }
        for (folder, mut looks) in files {
            let before = looks.clone();
            looks.comparisons.retain(|other| !is_this(&other));
            looks.comparisons.push(looked.clone());
            looks.comparisons.sort_by(|a, b| (&a.models, a.metric.name()).cmp(&(&b.models, b.metric.name())));
            if looks != before
                && let Err(error) = write(folder, &looks)
            {
                warnings.push(format!("This look is not counted: {error}."));
            }
        }
    }
    warnings.extend(changes(&looked));
    if let Some(larger) = larger {
        warnings.push(format!(
            "These models were compared before among {larger}, in {} pairs: whoever then picks some of them has had \
             as many chances, which the intervals here do not count.",
            larger * (larger - 1) / 2
        ));
    }
    Ok(Counted { look: place as u32 + 1, warnings })
}

/// What was asked differently on the way.
fn changes(looked: &Looked) -> Option<String> {
    let asked = looked.looks.iter().flat_map(|look| &look.asked);
    let mut alphas: Vec<f64> = asked.clone().map(|asked| asked.alpha).collect();
    alphas.sort_by(f64::total_cmp);
    alphas.dedup();
    let mut margins: Vec<f64> = asked.filter_map(|asked| asked.margin).collect();
    margins.sort_by(f64::total_cmp);
    margins.dedup();
    let listed =
        |values: &[f64]| crate::numbers::joined(&values.iter().map(f64::to_string).collect::<Vec<_>>());
    let mut parts = Vec::new();
    if let [.., most] = alphas[..]
        && alphas.len() > 1
    {
        parts.push(format!(
            "These models were compared at alpha {}: all looks together hold at {most}.",
            listed(&alphas)
        ));
    }
    if margins.len() > 1 {
        parts.push(format!(
            "These models were compared with margins of {}: only one of them can have been chosen beforehand.",
            listed(&margins)
        ));
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn seeds(contender: &Contender<'_>) -> Vec<u64> {
    let mut seeds: Vec<u64> = contender.runs.iter().map(|run| run.seed).collect();
    seeds.sort_unstable();
    seeds
}

/// Keeps another process from counting at the same time. Where folders cannot be locked, nothing does.
fn lock(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

fn read(out: &Path) -> Result<Looks, EvidenceError> {
    let path = out.join(FILE);
    let looks: Looks = sealed::read(&path, REMEDY)?.unwrap_or_default();
    let usable = looks.planned.is_none_or(|planned| {
        is_alpha(planned.alpha) && planned.margin.is_none_or(|margin| is_margin(planned.metric, margin))
    });
    if usable {
        Ok(looks)
    } else {
        Err(StoreError::damaged(&path, "what was planned cannot be asked", REMEDY).into())
    }
}

fn write(out: &Path, looks: &Looks) -> Result<(), WriteError> {
    sealed::write(&out.join(FILE), looks)
}
