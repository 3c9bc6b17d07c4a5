//! What a live page is made of, gathered from a run's folder and the folder of its study.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use toile_live::{Example, Extras};
use toile_store::file::{self, Kind};
use toile_store::{Evaluation, RunFolder, StoredRun, sha256};
use toile_study::trained::{self, Trained};

use crate::kept;
use crate::report::{Kept, Pictures, Whose};

/// Test images on a page.
const EXAMPLES: usize = 40;
/// Of each class the first so many are ones that the run is right about, then comes one that it is not.
const RIGHT_FIRST: usize = 3;

/// The page of a run: of its folder, with what was measured and the images that were kept beside the report, or of a
/// file of weights alone.
///
/// # Errors
/// A folder that is no run's, files that are missing, damaged, or of another run, and a network that has no page.
pub fn page(run: &Path) -> anyhow::Result<String> {
    made(run, gathered(run)?, None)
}

/// As [`page`], for a server whose address answers in the page's place with the weights of this SHA-256.
///
/// # Errors
/// Those of [`page`], and a run that has other weights by now.
#[cfg(feature = "serve")]
pub(crate) fn page_of_server(run: &Path, address: &str, weights: &str) -> anyhow::Result<String> {
    let gathered = gathered(run)?;
    anyhow::ensure!(
        gathered.0.weights_sha256() == weights,
        "{} has other weights than those that were loaded; let the server load it again, with SIGHUP or --reload",
        run.display()
    );
    made(run, gathered, Some(address.to_owned()))
}

fn gathered(run: &Path) -> anyhow::Result<(Trained, Extras)> {
    match run.is_dir() {
        true => of_folder(run),
        false => Ok((trained::read(run)?, Extras { weights_sha256: digest(run)?, ..Extras::default() })),
    }
}

fn made(run: &Path, (trained, extras): (Trained, Extras), server: Option<String>) -> anyhow::Result<String> {
    let title = format!("Show a picture to {}", trained.run.model);
    toile_live::page(&trained, &Extras { title, server, ..extras })
        .with_context(|| format!("no page can be made of {}", run.display()))
}

fn of_folder(path: &Path) -> anyhow::Result<(Trained, Extras)> {
    let trained = trained::open(path)?;
    let none = || format!("{} is no folder of a run", path.display());
    let folder = RunFolder::at(path).with_context(none)?;
    let stored = StoredRun::open(&folder)?.with_context(none)?;
    let evaluation = stored.results.evaluation.clone();
    let weights = evaluation.as_ref().map_or("last", |evaluation| &evaluation.weights);
    let weights_sha256 = digest(&folder.weights(weights))?;
    // Two above a run's folder lies its study's.
    let of_study = folder.path().parent().and_then(Path::parent);
    // Those that judge a candidate of a sweep are not among those that a report keeps.
    let of_study = of_study.filter(|_| evaluation.as_ref().is_some_and(Evaluation::is_tested));
    let whose = stored.provenance.as_ref().map(|provenance| Whose {
        data: provenance.data.clone(),
        is_cross_validated: trained.recipe.cross_validation.is_some(),
    });
    let kept = of_study.map_or(Ok(None), |study| kept::read(study, trained.image_shape, whose.as_ref()))?;
    let examples = kept.map_or(Ok(Vec::new()), |kept| examples(&stored, &kept))?;
    Ok((trained, Extras { weights_sha256, evaluation, examples, ..Extras::default() }))
}

fn digest(weights: &Path) -> anyhow::Result<String> {
    let bytes = file::read(weights, Kind::Tensors)?;
    Ok(sha256(&bytes.with_context(|| format!("{} is gone", weights.display()))?))
}

/// Some of the images that were kept: from each class in turn.
fn examples(stored: &StoredRun, kept: &Kept) -> anyhow::Result<Vec<Example>> {
    let Some(found) = stored.predictions_of_some()? else { return Ok(Vec::new()) };
    // By class: those it is right about, and the others.
    let mut classes: BTreeMap<u32, [Vec<Example>; 2]> = BTreeMap::new();
    for ((&index, &label), &prediction) in found.indices.iter().zip(&found.labels).zip(&found.predictions) {
        if let Some(pixels) = kept.picture(index) {
            let example = Example { index, label, pixels: pixels.to_vec() };
            classes.entry(label).or_default()[usize::from(label != prediction)].push(example);
        }
    }
    let mut columns: Vec<_> = classes.into_values().map(in_order).collect();
    let mut chosen = Vec::new();
    while chosen.len() < EXAMPLES {
        let before = chosen.len();
        chosen.extend(columns.iter_mut().filter_map(Iterator::next));
        if chosen.len() == before {
            break;
        }
    }
    chosen.truncate(EXAMPLES);
    Ok(chosen)
}

/// A few that it is right about, one that it is not, and then the others.
fn in_order([right, wrong]: [Vec<Example>; 2]) -> impl Iterator<Item = Example> {
    let (mut right, mut wrong) = (right.into_iter(), wrong.into_iter());
    let first: Vec<Example> = right.by_ref().take(RIGHT_FIRST).chain(wrong.by_ref().take(1)).collect();
    first.into_iter().chain(right).chain(wrong)
}
