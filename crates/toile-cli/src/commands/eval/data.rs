//! The images that a network is measured on: those of its own run, or other ones brought into the shape of its own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use toile::Ensemble;
use toile_data::listing::{FileKind, FolderProblem, ListingError};
use toile_data::source::Location;
use toile_data::{DataError, DataSource, Dataset, Loaded, parallel};
use toile_picture::{Layout, Preprocessing, Raster};
use toile_study::numbers::{counted, joined};
use toile_study::run::held_out;
use toile_study::trained::Trained;

use crate::args::DataPlace;
use crate::commands::{named, opened};
use crate::progress::{fetch::fetch_progress, remark};

/// Images to measure by.
pub(super) struct Judged {
    /// What they are called.
    pub(super) name: String,
    pub(super) dataset: Dataset,
    /// Those that count.
    pub(super) indices: Vec<u32>,
}

/// The images that the run itself was judged by.
///
/// # Errors
/// Data that are not there any more; several networks of which each learned from what others are tested on.
pub(super) fn own(ensemble: &Ensemble, place: &DataPlace) -> anyhow::Result<Judged> {
    let first = ensemble.first();
    let folds = first.recipe.cross_validation.as_ref();
    ensure!(
        folds.is_none() || ensemble.models().len() == 1,
        "the runs of {} are cross-validated: each was trained on images that others are tested on, so that together they \
         have no test images\n  Name one with @ and its number, or other data behind the run.",
        first.run.model
    );
    ensure!(
        !first.recipe.judged_by.is_held_out() || ensemble.models().len() == 1,
        "the runs of {} are candidates of a sweep: each was trained on images that others held out, so that together they \
         have none to be measured on\n  Name the folder of one, or other data behind the run.",
        first.run.model
    );
    let loaded = load(&first.source, Path::new(""), place).with_context(|| {
        "the run's own data cannot be opened; say where they are with --data-dir, or name other data behind the run"
    })?;
    let trained_on = first.provenance.as_ref().map(|provenance| &provenance.data);
    let seen = opened::data(&loaded).of_recipe(&first.recipe).digests;
    if trained_on.is_some_and(|digests| *digests != seen) {
        remark("the data are not those that the run was trained on; something in them has changed since");
    }
    if first.recipe.judged_by.is_held_out() {
        return held_out_of(first, loaded);
    }
    let (dataset, indices) = match folds {
        None => (loaded.test, None),
        Some(folds) => {
            let (_, test) = folds.parts(&loaded.train, first.run.seed).map_err(anyhow::Error::msg)?;
            (loaded.train, Some(test))
        }
    };
    judged(loaded.name, dataset, indices, first)
}

/// The images that were held out of the training of a candidate of a sweep.
fn held_out_of(run: &Trained, loaded: Loaded) -> anyhow::Result<Judged> {
    let held = held_out(&run.recipe, run.run.seed, opened::data(&loaded)).map_err(anyhow::Error::msg)?;
    let (dataset, indices) = held.with_context(|| format!("{} held out no images", run.run))?;
    let dataset = dataset.clone();
    remark(&format!(
        "{} is a candidate of a sweep: it is measured on the {} that were held out of its training; name the data set behind \
         it to measure it on test images",
        run.run,
        counted(indices.len(), "image")
    ));
    judged(loaded.name, dataset, Some(indices), run)
}

/// The test images of other data; all images where the data do not say which are tested on.
///
/// # Errors
/// A word that means no data, and data that cannot be opened.
pub(super) fn other(word: &str, ensemble: &Ensemble, place: &DataPlace) -> anyhow::Result<Judged> {
    let first = ensemble.first();
    let (mut source, base) = named::source_of(word)?;
    let Preprocessing { channels, size, resize, background } = first.preprocessing;
    source = DataSource { resize, background, ..source };
    if matches!(source.location, Location::Folders(_) | Location::Table { .. }) {
        (source.channels, source.image_size) = (Some(channels), Some(size));
    }
    // A study file says itself what is tested on.
    source.keeps_all |= FileKind::of(word) != FileKind::Study;
    let loaded = match load(&source, &base, place) {
        Err(error) => match test_alone(&source, &error) {
            Some(location) => load(&DataSource { location, ..source }, &base, place)?,
            None => return Err(error.into()),
        },
        Ok(loaded) => loaded,
    };
    let dataset = if loaded.test.is_empty() { loaded.train } else { loaded.test };
    judged(loaded.name, dataset, None, first)
}

/// The folder of the test images, where one named a folder that has no other part.
fn test_alone(source: &DataSource, error: &DataError) -> Option<Location> {
    let DataError::Listing(listing) = error else { return None };
    let ListingError::Folder { path, problem: FolderProblem::NoTraining { found } } = &**listing else {
        return None;
    };
    let only = PathBuf::from(path).join(found);
    matches!(&source.location, Location::Folders(roots) if roots.len() == 1)
        .then(|| Location::Folders(vec![only]))
}

/// Opens data and says what was noticed.
///
/// # Errors
/// Data that cannot be opened.
pub(in crate::commands) fn load(
    source: &DataSource,
    base: &Path,
    place: &DataPlace,
) -> Result<Loaded, DataError> {
    let loaded = toile_data::open(source, base, &opened::load_options(place), &mut fetch_progress())?;
    loaded.notes.iter().for_each(|note| remark(note));
    for (path, reason) in &loaded.skipped {
        remark(&format!("{path} is left out: {reason}"));
    }
    Ok(loaded)
}

fn judged(name: String, dataset: Dataset, indices: Option<Vec<u32>>, of: &Trained) -> anyhow::Result<Judged> {
    let indices = indices.unwrap_or_else(|| (0..dataset.len() as u32).collect());
    let dataset = in_shape(&name, dataset, &of.preprocessing)?;
    let is_known = |image: &u32| {
        let label = dataset.labels[*image as usize] as usize;
        of.class_names.contains(&dataset.class_names[label])
    };
    if !indices.iter().any(is_known) {
        bail!(
            "no image of {name} is of a class that the network knows\n  The classes there are {}; the network knows {}. \
             Rename the folders or labels; classes of arrays are named in a study file, classes = [...], which may stand \
             for the data here.",
            joined(&dataset.class_names),
            joined(&of.class_names)
        );
    }
    Ok(Judged { name, dataset, indices })
}

/// The images as the network takes them: what became of pictures in files has become so already, arrays and data sets of
/// another shape become so now, by the same steps.
fn in_shape(name: &str, dataset: Dataset, how: &Preprocessing) -> anyhow::Result<Dataset> {
    let shape = [how.channels, how.size[0], how.size[1]];
    if dataset.image_shape == shape {
        return Ok(dataset);
    }
    let [channels, height, width] = dataset.image_shape;
    let layout = match channels {
        1 => Layout::Grey,
        3 => Layout::Rgb,
        other => bail!("the images of {name} have {other} channels; name data with 1 or 3"),
    };
    ensure!(
        matches!(how.channels, 1 | 3),
        "the run takes images of {} channels, those of {name} have {channels}",
        how.channels
    );
    let colour = |channels| if channels == 1 { "grey" } else { "RGB" };
    remark(&format!(
        "the images of {name} are {width} x {height} {}; they become {} x {} {} as the run's own images did",
        colour(channels),
        how.size[1],
        how.size[0],
        colour(how.channels)
    ));
    let image = |at: usize| {
        how.apply(Raster { size: [height, width], layout, pixels: dataset.image(at as u32).to_vec() })
    };
    let pixels = parallel::map(dataset.len(), image).concat();
    Ok(Dataset { image_shape: shape, pixels: pixels.into(), preprocessing: Some(*how), ..dataset })
}
