//! A study with its data: opened together where the data set is the study's own.

use anyhow::bail;
use toile_data::{LoadOptions, Loaded};
use toile_study::changes::Changes;
use toile_study::cross_validation::CrossValidation;
use toile_study::numbers::{count, counted};
use toile_study::run::Data;
use toile_study::study::Study;
use toile_study::study_file::Source;

use crate::args::DataPlace;
use crate::progress::{fetch::fetch_progress, remark, say};

/// A study that was checked against its data set.
pub(super) struct Opened {
    /// Its text.
    pub(super) source: Source,
    /// What it says.
    pub(super) study: Study,
    /// Its data, where that had to be opened to check it.
    data: Option<Loaded>,
}

/// Where a data set is looked for.
pub(super) fn load_options(place: &DataPlace) -> LoadOptions {
    LoadOptions {
        data_dir: place.data_dir.clone(),
        offline: place.offline,
        stage: place.stage.clone(),
        ..LoadOptions::default()
    }
}

/// The study in a file, or the built-in one, with changes. Nothing is fetched: a data set of the catalogue is known
/// without its files; pictures and arrays of one's own are opened.
pub(super) fn open(study: &str, place: &DataPlace, changes: &Changes) -> anyhow::Result<Opened> {
    open_source(Source::open(study)?, place, changes)
}

/// As [`open`], of a study whose text is at hand.
pub(super) fn open_source(source: Source, place: &DataPlace, changes: &Changes) -> anyhow::Result<Opened> {
    let parsed = source.clone().parse()?;
    if let Some(word) = parsed.study().judged_by().name() {
        bail!(
            "the study {} says judged_by = \"{word}\", which `toile sweep` gives its candidates: no test image would be looked \
             at; take the line out",
            parsed.study().name
        );
    }
    let (study, data) = match source.in_catalog()? {
        Some(info) => (parsed.bind(&info)?, None),
        None => {
            let own = &parsed.study().source;
            let data = toile_data::open(own, source.folder(), &load_options(place), &mut fetch_progress())?;
            (parsed.bind(&data.info())?, Some(data))
        }
    };
    Ok(Opened { source, study: study.with(changes)?, data })
}

impl Opened {
    /// Its data, found or fetched now if they were not opened before; says from where.
    pub(super) fn load(&mut self, place: &DataPlace) -> anyhow::Result<Loaded> {
        let data = match self.data.take() {
            Some(data) => data,
            None => {
                let (own, folder) = (&self.study.source, self.source.folder());
                toile_data::open(own, folder, &load_options(place), &mut fetch_progress())?
            }
        };
        tell(&data);
        Ok(data)
    }
}

/// Says what a data set holds and where it is from.
fn tell(data: &Loaded) {
    let held = data.validation.as_ref().map_or(String::new(), |validation| {
        format!(", {} to choose an epoch by", count(validation.len() as u64))
    });
    say(&format!(
        "{}: {} images to train on{held}, {} to test on ({})",
        data.name,
        count(data.train.len() as u64),
        count(data.test.len() as u64),
        data.origin
    ));
    data.notes.iter().for_each(|note| remark(note));
}

/// Says what is split into folds, where the study is cross-validated.
pub(super) fn say_folds(study: &Study, loaded: &Loaded) {
    let Some(CrossValidation { folds, .. }) = study.cross_validation() else { return };
    let aside = match loaded.test.len() {
        0 => String::new(),
        images => format!("; its {} test images are left aside", count(images as u64)),
    };
    say(&format!(
        "cross-validation: {} in {folds} folds, {}{aside}",
        counted(loaded.train.len(), "image"),
        counted(study.counted_by().len(), "repeat")
    ));
}

/// What runs see of the data.
pub(super) fn data(loaded: &Loaded) -> Data<'_> {
    Data {
        train: &loaded.train,
        validation: loaded.validation.as_ref(),
        test: &loaded.test,
        digests: &loaded.digests,
        test_digests: loaded.test_digests,
    }
}
