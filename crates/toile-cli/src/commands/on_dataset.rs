//! A study on another data set than its own: the same recipes, in a folder of results of their own.

use anyhow::Context as _;
use toile_data::catalog;
use toile_study::changes::Changes;
use toile_study::draft::{Target, adapt, name};
use toile_study::study_file::Source;

use super::named;
use super::opened::{self, Opened};
use crate::args::{DataPlace, OtherData};
use crate::command_line::quoted;
use crate::progress::{fetch::fetch_progress, say};

impl OtherData {
    /// The study in a file, or the built-in one, with changes; on the data set that a word names, where there is one: of
    /// the catalogue, a folder, a table, an archive, or a study's. Then the last layers have an output a class, and the
    /// study is called after both.
    ///
    /// # Errors
    /// A word that means no data set, and layers or settings that do not fit its images or classes.
    pub(super) fn open(&self, study: &str, place: &DataPlace, changes: &Changes) -> anyhow::Result<Opened> {
        match &self.dataset {
            Some(word) => open_on(study, word, place, changes),
            None => opened::open(study, place, changes),
        }
    }

    /// What a command says that is to open the same: behind a word, or nothing.
    pub(super) fn words(&self) -> String {
        self.dataset.as_ref().map_or(String::new(), |word| format!(" --dataset {}", quoted(word)))
    }
}

fn open_on(study: &str, word: &str, place: &DataPlace, changes: &Changes) -> anyhow::Result<Opened> {
    let source = Source::open(study)?;
    let own_name = source.clone().parse()?.study().name.clone();
    let (data, base) = named::source_of(word)?;
    let info = match catalog::find(word) {
        Some(entry) => entry.info(),
        None => toile_data::open(&data, &base, &opened::load_options(place), &mut fetch_progress())?.info(),
    };
    let called = name(&format!("{own_name}-{}", info.name));
    let target = Target { name: &called, file: study, data: Some((&data, &info)) };
    let text = adapt(source.text(), study, target);
    let adapted = Source::new(text, format!("{study} on {word}")).in_folder(base);
    let opened = opened::open_source(adapted, place, changes)
        .with_context(|| format!("the models of {study} do not fit {word} as they are"))?;
    say(&format!("{study} on {}: the study {called}", info.name));
    Ok(opened)
}
