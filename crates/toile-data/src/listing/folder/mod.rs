//! Folders of pictures, a folder a class.

mod entries;
mod loose;
mod root;
mod walk;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::loose::pictures;
use self::root::{ClassFolder, Root};
use self::walk::{Above, Found, Task};
use super::classes::{self, Placed};
use super::error::{FolderProblem, ListingError};
use super::part::Part;
use super::{Item, Listing, phrase, sort};

/// Which folders, and which classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderOptions {
    /// The folders that hold the folders of the classes, or `train/`, `test/` and perhaps `val/` with these in them.
    /// The order of several decides nothing.
    pub roots: Vec<PathBuf>,
    /// Names of the classes in the order of their indices; all folders with pictures in natural order, if none.
    pub classes: Option<Vec<String>>,
}

/// Lists folders of pictures.
///
/// The folders directly below a root are the classes, or parts, as [`Part::of`] reads their names, with the classes in
/// them; everything below the folder of a class belongs to it. If there is a part `train` and none `test`, the pictures
/// of `train` have no part: [`split`](super::split) tests a share of them. Symbolic links are followed.
///
/// # Errors
/// A root that is none; no pictures; fewer than two classes; classes that are not those of `options`, that cannot be
/// learned because `train` has no picture of them, or whose names are not one line of plain text.
pub fn folder(options: &FolderOptions) -> Result<Listing, ListingError> {
    let roots = options.roots.iter().map(|path| root::look(path)).collect::<Result<Vec<_>, _>>()?;
    check_together(&roots)?;
    let first = roots[0].path.clone();
    let origins: Vec<&ClassFolder> = roots.iter().flat_map(|root| &root.class_folders).collect();
    let walked = walk::walk(tasks(&roots));
    let mut skipped: Vec<_> = roots.iter().flat_map(|root| root.skipped.iter().cloned()).collect();
    skipped.extend(walked.skipped);
    skipped.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    if walked.found.is_empty() {
        return Err(ListingError::Folder { path: first, problem: root::without_pictures(skipped) });
    }
    let mut has_picture = vec![false; origins.len()];
    walked.found.iter().for_each(|found| has_picture[found.origin as usize] = true);
    let there = origins.iter().zip(&has_picture).filter(|(_, has)| **has);
    let seen: BTreeSet<&str> = there.map(|(origin, _)| origin.class.as_str()).collect();
    if let (Some(class), 1) = (seen.first(), seen.len()) {
        return Err(one_class(&first, class, &walked.found, &origins));
    }
    let seen = seen.into_iter().map(str::to_owned).collect();
    let class_names = classes::order(&first, seen, options.classes.as_deref())?;
    let indices = classes::indices(&class_names);
    let items = walked.found.into_iter().map(|Found { origin, picture, name }| {
        let origin = origins[origin as usize];
        Item {
            path: picture.path,
            name,
            class: indices[origin.class.as_str()],
            part: origin.part,
            group: None,
            bytes: picture.bytes,
            modified_ns: picture.modified_ns,
        }
    });
    let mut items: Vec<Item> = items.collect();
    sort(&mut items);
    let mut notes: Vec<String> = roots.iter().flat_map(|root| root.notes.iter().cloned()).collect();
    notes.extend(without_pictures(&origins, &indices));
    let mut placed: Vec<Placed<'_>> = items
        .iter_mut()
        .map(|item| Placed { class: item.class, group: item.group, part: &mut item.part })
        .collect();
    notes.extend(classes::settle_parts(&first, &class_names, &mut placed)?);
    Ok(Listing { class_names, items, group_names: Vec::new(), skipped, notes })
}

/// The folders of the classes as the walk's beginning, counted over all roots.
fn tasks(roots: &[Root]) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (root, prefix) in roots.iter().zip(prefixes(roots)) {
        let above = Arc::new(Above { real: root.real.clone(), parent: None });
        for folder in &root.class_folders {
            tasks.push(Task {
                origin: tasks.len() as u32,
                path: folder.path.clone(),
                name: format!("{prefix}{}", folder.name),
                above: Arc::clone(&above),
            });
        }
    }
    tasks
}

/// What the names of pictures of each root begin with: nothing with one root; with several, as many of the last parts
/// of their paths as tell them apart.
fn prefixes(roots: &[Root]) -> Vec<String> {
    if roots.len() == 1 {
        return vec![String::new()];
    }
    let parts =
        |root: &Root| -> Vec<String> { root.real.iter().map(|part| phrase::path(Path::new(part))).collect() };
    let parts: Vec<Vec<String>> = roots.iter().map(parts).collect();
    let longest = parts.iter().map(Vec::len).max().unwrap_or(0);
    let tails = |length: usize| -> Vec<String> {
        parts.iter().map(|parts| parts[parts.len().saturating_sub(length)..].join("/") + "/").collect()
    };
    let are_distinct = |tails: &[String]| tails.iter().collect::<BTreeSet<_>>().len() == tails.len();
    (1..longest).map(tails).find(|tails| are_distinct(tails)).unwrap_or_else(|| tails(longest))
}

/// Whether several roots go together.
fn check_together(roots: &[Root]) -> Result<(), ListingError> {
    let error = |root: &Root, problem| Err(ListingError::Folder { path: root.path.clone(), problem });
    let [first, ..] = roots else { return Err(ListingError::NoRoots) };
    let part_of = |root: &Root| root.real.file_name().and_then(|name| Part::of(name.to_str()?));
    for (i, root) in roots.iter().enumerate() {
        let mut others = roots.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, other)| other);
        if let Some(other) = others.find(|other| root.real.starts_with(&other.real)) {
            return error(root, FolderProblem::Overlap { other: other.path.clone() });
        }
        if part_of(root).is_some() && part_of(first).is_some() && part_of(root) != part_of(first) {
            return error(root, FolderProblem::PartsAsRoots { other: first.path.clone() });
        }
        if root.parts.is_empty() != first.parts.is_empty() {
            let (with, without) = if root.parts.is_empty() { (first, root) } else { (root, first) };
            return error(with, FolderProblem::MixedRoots { other: without.path.clone() });
        }
    }
    Ok(())
}

fn one_class(root: &Path, class: &str, found: &[Found], origins: &[&ClassFolder]) -> ListingError {
    // The folders in that of the class, if all of its pictures lie in them.
    let inner: Option<BTreeSet<&str>> = found
        .iter()
        .map(|found| {
            let below = found.name.strip_prefix(&origins[found.origin as usize].name)?;
            Some(below.strip_prefix('/')?.split_once('/')?.0)
        })
        .collect();
    let inner =
        inner.filter(|folders| folders.len() > 1).map(|_| origins[found[0].origin as usize].path.clone());
    let problem = FolderProblem::OneClass { class: class.to_owned(), inner };
    ListingError::Folder { path: root.to_owned(), problem }
}

/// Says which folders are no classes because there is no picture in them.
fn without_pictures(origins: &[&ClassFolder], indices: &HashMap<&str, u32>) -> Option<String> {
    let names = origins.iter().map(|origin| origin.class.as_str());
    let empty: BTreeSet<&str> = names.filter(|name| !indices.contains_key(name)).collect();
    let empty: Vec<&str> = empty.into_iter().collect();
    match empty.len() {
        0 => None,
        1 => Some(format!("{} holds no picture: it is no class.", phrase::names(&empty))),
        _ => Some(format!("{} hold no picture: they are no classes.", phrase::names(&empty))),
    }
}
