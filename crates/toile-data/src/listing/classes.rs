//! The classes of a listing: their order, and whether they can be learned.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::error::{ClassProblem, ListingError};
use super::part::Part;
use super::{natural, phrase};
use crate::plain_text::is_no_plain_text;

/// The classes in the order of their indices: as `wanted` has them, in natural order otherwise. `seen` are the classes
/// that have a picture, each once.
pub(super) fn order(
    path: &Path,
    mut seen: Vec<String>,
    wanted: Option<&[String]>,
) -> Result<Vec<String>, ListingError> {
    let error = |problem| ListingError::Classes { path: path.to_owned(), problem };
    if let Some(name) = seen.iter().find(|name| name.contains(is_no_plain_text)) {
        return Err(error(ClassProblem::NotPlain { name: name.clone() }));
    }
    seen.sort_unstable_by(|a, b| natural::compare(a, b));
    if let Some(wanted) = wanted {
        let mut named = HashSet::new();
        if let Some(name) = wanted.iter().find(|name| !named.insert(name.as_str())) {
            return Err(error(ClassProblem::Repeated { name: name.clone() }));
        }
        let others: Vec<String> =
            seen.iter().filter(|name| !named.contains(name.as_str())).cloned().collect();
        if !others.is_empty() {
            return Err(error(ClassProblem::NotNamed { names: others }));
        }
        let there: HashSet<&str> = seen.iter().map(String::as_str).collect();
        let absent: Vec<String> =
            wanted.iter().filter(|name| !there.contains(name.as_str())).cloned().collect();
        if !absent.is_empty() {
            return Err(error(ClassProblem::Absent { names: absent }));
        }
        seen = wanted.to_vec();
    }
    match seen.as_slice() {
        [name] => Err(error(ClassProblem::One { name: name.clone() })),
        _ => Ok(seen),
    }
}

/// The index of each name.
pub(super) fn indices(names: &[String]) -> HashMap<&str, u32> {
    names.iter().enumerate().map(|(index, name)| (name.as_str(), index as u32)).collect()
}

/// Class, group and part of a picture, or of an image of an array.
pub(super) struct Placed<'a> {
    pub(super) class: u32,
    pub(super) group: Option<u32>,
    pub(super) part: &'a mut Option<Part>,
}

/// Checks that every class can be learned, and tells which are missing from a part. Where no picture is of the part
/// test, those of train lose theirs, so that the split chooses among them.
pub(super) fn settle_parts(
    path: &Path,
    class_names: &[String],
    placed: &mut [Placed<'_>],
) -> Result<Vec<String>, ListingError> {
    let mut notes = alike(class_names);
    let mut counts = vec![[0_usize; 3]; class_names.len()];
    for Placed { class, part, .. } in placed.iter() {
        counts[*class as usize][part.unwrap_or(Part::Train) as usize] += 1;
    }
    let [trained, validated, tested] =
        [Part::Train, Part::Validation, Part::Test].map(|part| having(part, &counts, class_names));
    if trained.missing.is_empty() {
        for (part, there) in [(Part::Validation, validated), (Part::Test, tested)] {
            if !there.names.is_empty() && !there.missing.is_empty() {
                notes.push(format!("{part} has no picture of {}.", phrase::names(&there.missing)));
            } else if there.names.is_empty() && part == Part::Test && placed.iter().any(|p| p.part.is_some())
            {
                notes.push(
                    "No pictures are named as test: a share of those of train is tested instead.".to_owned(),
                );
                let train = placed.iter_mut().filter(|placed| *placed.part == Some(Part::Train));
                train.for_each(|placed| *placed.part = None);
            }
        }
        return Ok(notes);
    }
    let part = if tested.names.contains(&trained.missing[0]) { Part::Test } else { Part::Validation };
    let folded: HashMap<String, &String> = trained.names.iter().map(|name| (fold(name), *name)).collect();
    let alike = trained.missing.iter().find_map(|name| Some((name, *folded.get(&fold(name))?)));
    let problem = ClassProblem::Untrained {
        alike: alike.map(|(there, here)| ((*there).clone(), here.clone())),
        names: trained.missing.into_iter().cloned().collect(),
        part,
    };
    Err(ListingError::Classes { path: path.to_owned(), problem })
}

/// The classes with and without pictures of a part.
struct Having<'a> {
    names: Vec<&'a String>,
    missing: Vec<&'a String>,
}

fn having<'a>(part: Part, counts: &[[usize; 3]], class_names: &'a [String]) -> Having<'a> {
    let with_count = class_names.iter().zip(counts);
    let (there, missing): (Vec<_>, Vec<_>) = with_count.partition(|(_, counts)| counts[part as usize] > 0);
    let names = |list: Vec<(&'a String, _)>| list.into_iter().map(|(name, _)| name).collect();
    Having { names: names(there), missing: names(missing) }
}

/// Says which classes differ in the case of letters or in spaces alone.
fn alike(class_names: &[String]) -> Vec<String> {
    let mut folded: HashMap<String, &String> = HashMap::with_capacity(class_names.len());
    let mut notes = Vec::new();
    for name in class_names {
        if let Some(other) = folded.insert(fold(name), name) {
            notes.push(format!("\"{other}\" and \"{name}\" are two classes: their names differ."));
        }
    }
    notes
}

/// A name without what people overlook.
fn fold(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
