//! A table of pictures: CSV or TSV, a line a picture.

mod header;
mod options;
mod paths;
mod rows;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use self::header::{About, Header};
use self::rows::{Row, RowError, Rows};
use super::classes::{self, Placed};
use super::error::{ListingError, TableProblem};
use super::part::Part;
use super::{Item, Listing, natural, phrase, sort};

pub use options::TableOptions;

/// The images of an array, as a table describes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArrayListing {
    /// Names of the classes, in the order of their indices.
    pub class_names: Vec<String>,
    /// The images in the order of the array; images without a line are left out.
    pub rows: Vec<ArrayRow>,
    /// Names of the groups, in the order of their indices.
    pub group_names: Vec<String>,
    /// What people should know, a sentence each.
    pub notes: Vec<String>,
}

/// An image of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrayRow {
    /// Its place in the array, from 0.
    pub index: usize,
    /// Index of its class.
    pub class: u32,
    /// The part it belongs to; None where a split has to decide.
    pub part: Option<Part>,
    /// Index of its group; of all images or of none.
    pub group: Option<u32>,
}

/// Lists the pictures of a table.
///
/// The header names the columns, letters in any case: `path` (or `file`, `filename`, `image`), `label` (or `class`),
/// perhaps `split` with the words that [`Part::of`] knows, perhaps `group`. Others are passed over. Labels are words:
/// `7` and `07` are two. If no picture is of the part test, those of `train` have no part:
/// [`split`](super::split) tests a share of them.
///
/// # Errors
/// Anything that a line leaves in doubt, with the line: an empty or missing cell, a picture that is not there, named
/// twice or outside the folder, a word that is no part or no plain text; and fewer than two classes, classes that are
/// not those of `options`, or that cannot be learned because no picture of `train` is of them.
pub fn table(options: &TableOptions) -> Result<Listing, ListingError> {
    let (header, rows) = read(options, About::Pictures)?;
    let own = options.table.parent().unwrap_or(Path::new(""));
    let own = if own.as_os_str().is_empty() { Path::new(".") } else { own };
    let images = options.images.as_deref().unwrap_or(own);
    if !images.is_dir() {
        let problem = TableProblem::NoImages { path: images.to_owned() };
        return Err(ListingError::Table { path: options.table.clone(), line: None, problem });
    }
    let at = |(line, problem)| at_line(options, line, problem);
    let files = paths::find(images, &rows.rows).map_err(at)?;
    check_repeated(rows.rows.iter().zip(&files).map(|(row, file)| (row, file.name.as_str()))).map_err(at)?;
    let words = Indices::of(options, &rows)?;
    let items = files.into_iter().zip(&rows.rows).map(|(file, row)| Item {
        path: file.path,
        name: file.name,
        class: words.classes[row.label as usize],
        part: row.part,
        group: row.group.map(|group| words.groups[group as usize]),
        bytes: file.bytes,
        modified_ns: file.modified_ns,
    });
    let mut items: Vec<Item> = items.collect();
    sort(&mut items);
    let mut notes = header.passed_over.clone();
    notes.extend(divided_groups(&words.group_names, items.iter().map(|item| (item.group, item.part))));
    let mut placed: Vec<Placed<'_>> = items
        .iter_mut()
        .map(|item| Placed { class: item.class, group: item.group, part: &mut item.part })
        .collect();
    notes.extend(classes::settle_parts(&options.table, &words.class_names, &mut placed)?);
    let Indices { class_names, group_names, .. } = words;
    Ok(Listing { class_names, items, group_names, skipped: Vec::new(), notes })
}

/// Reads a table about the images of an array, of which there are `images`: as [`table`], with the column `index`, from
/// 0, in place of paths.
///
/// # Errors
/// As those of [`table`]; an index that is none of the array's.
pub fn labels_of_array(options: &TableOptions, images: usize) -> Result<ArrayListing, ListingError> {
    let (header, rows) = read(options, About::Array)?;
    check_repeated(rows.rows.iter().map(|row| (row, row.key.trim())))
        .map_err(|(line, problem)| at_line(options, line, problem))?;
    let words = Indices::of(options, &rows)?;
    let mut of_array = Vec::with_capacity(rows.rows.len());
    let mut lines: HashMap<usize, &Row> = HashMap::with_capacity(rows.rows.len());
    for row in &rows.rows {
        let no_index =
            || at_line(options, row.line, TableProblem::NoIndex { index: row.key.trim().to_owned(), images });
        let index: usize = row.key.trim().parse().ok().filter(|&i| i < images).ok_or_else(no_index)?;
        // "1" and "01" are the same image.
        if let Some(first) = lines.insert(index, row) {
            return Err(at_line(options, row.line, repeated(first, row, &row.key)));
        }
        let group = row.group.map(|group| words.groups[group as usize]);
        of_array.push(ArrayRow { index, class: words.classes[row.label as usize], part: row.part, group });
    }
    of_array.sort_unstable_by_key(|row| row.index);
    let mut notes = header.passed_over.clone();
    if let without @ 1.. = images - of_array.len() {
        notes.push(format!(
            "{} of the array have no line in {} and are left out.",
            phrase::count(without, "image", "images"),
            options.table.display()
        ));
    }
    notes.extend(divided_groups(&words.group_names, of_array.iter().map(|row| (row.group, row.part))));
    let mut placed: Vec<Placed<'_>> = of_array
        .iter_mut()
        .map(|row| Placed { class: row.class, group: row.group, part: &mut row.part })
        .collect();
    notes.extend(classes::settle_parts(&options.table, &words.class_names, &mut placed)?);
    let Indices { class_names, group_names, .. } = words;
    Ok(ArrayListing { class_names, rows: of_array, group_names, notes })
}

fn at_line(options: &TableOptions, line: u64, problem: TableProblem) -> ListingError {
    ListingError::Table { path: options.table.clone(), line: Some(line), problem }
}

/// The header and the lines below it, of which there is at least one.
fn read(options: &TableOptions, about: About) -> Result<(Header, Rows), ListingError> {
    let text = text::read(&options.table)?;
    let header = header::find(&text, options, about)?;
    let rows = rows::read(&text, &header).map_err(|(line, problem)| at_line(options, line, problem))?;
    let whole = |problem| Err(ListingError::Table { path: options.table.clone(), line: None, problem });
    if rows.rows.is_empty() {
        return whole(TableProblem::NoRows);
    }
    if let Some(column) = &header.split
        && rows.rows.iter().all(|row| row.part != Some(Part::Train))
    {
        return whole(TableProblem::NoTraining { column: column.name.clone() });
    }
    Ok((header, rows))
}

/// No two lines may be about the same thing.
fn check_repeated<'a>(rows: impl Iterator<Item = (&'a Row, &'a str)>) -> Result<(), RowError> {
    let mut seen: HashMap<&str, &Row> = HashMap::new();
    for (row, key) in rows {
        if let Some(first) = seen.insert(key, row) {
            return Err((row.line, repeated(first, row, key)));
        }
    }
    Ok(())
}

fn repeated(first: &Row, row: &Row, key: &str) -> TableProblem {
    TableProblem::Repeated {
        key: key.trim().to_owned(),
        first: first.line,
        contradicts: first.label != row.label,
    }
}

/// Words of a table as indices of a listing.
struct Indices {
    class_names: Vec<String>,
    /// Of each label.
    classes: Vec<u32>,
    group_names: Vec<String>,
    /// Of each group.
    groups: Vec<u32>,
}

impl Indices {
    fn of(options: &TableOptions, rows: &Rows) -> Result<Indices, ListingError> {
        let (labels, groups) = (&rows.labels.words, &rows.groups.words);
        let class_names = classes::order(&options.table, labels.clone(), options.classes.as_deref())?;
        let mut group_names = groups.clone();
        group_names.sort_unstable_by(|a, b| natural::compare(a, b));
        let of = |names: &[String], words: &[String]| -> Vec<u32> {
            let indices = classes::indices(names);
            words.iter().map(|word| indices[word.as_str()]).collect()
        };
        let (classes, groups) = (of(&class_names, labels), of(&group_names, groups));
        Ok(Indices { class_names, classes, group_names, groups })
    }
}

/// Says which groups are in several parts: what is learned of them helps in the test.
fn divided_groups(
    group_names: &[String],
    images: impl Iterator<Item = (Option<u32>, Option<Part>)>,
) -> Option<String> {
    let mut parts: BTreeMap<u32, Part> = BTreeMap::new();
    let mut divided: Vec<u32> = Vec::new();
    for (group, part) in images {
        if let (Some(group), Some(part)) = (group, part)
            && *parts.entry(group).or_insert(part) != part
        {
            divided.push(group);
        }
    }
    divided.sort_unstable();
    divided.dedup();
    let names: Vec<&str> = divided.iter().map(|&group| group_names[group as usize].as_str()).collect();
    match names.len() {
        0 => None,
        1 => Some(format!(
            "The group {} is in several parts: the test is easier for it.",
            phrase::names(&names)
        )),
        _ => Some(format!(
            "The groups {} are in several parts: the test is easier for it.",
            phrase::names(&names)
        )),
    }
}
