//! An existing study, turned to other data.

use toile_data::DatasetInfo;
use toile_data::source::DataSource;

use crate::recipe::string;
use crate::study_file;

/// What a study is turned into.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its name: one that can be a folder.
    pub name: &'a str,
    /// What its file will be called.
    pub file: &'a str,
    /// Other data, if it is to have any.
    pub data: Option<(&'a DataSource, &'a DatasetInfo)>,
}

/// The text of the study `from` under another name and, with other data, on another data set: the last layers have an output a
/// class, pixels of another number of channels are normalised by the images themselves, and figures that were
/// published for the old data set are gone. All else stays, comments too. Whether the result fits its data set, reading
/// it says.
pub fn adapt(text: &str, from: &str, target: Target<'_>) -> String {
    let Target { name, file, data } = target;
    let mut lines = vec![format!("# Made of the study {from}, whose comments these are."), "#".to_owned()];
    let mut is_before_tables = true;
    for line in without_published(text, data.is_some()) {
        is_before_tables &= !line.starts_with('[');
        let key = line.split('=').next().unwrap_or_default().trim();
        lines.push(match (key, data) {
            ("name", _) if is_before_tables => format!("name = {}", string(name)),
            ("title", Some((_, data))) if is_before_tables => {
                format!("title = {}", string(&format!("{}: the models of the study {from}", data.name)))
            }
            ("note", Some(_)) if is_before_tables => continue,
            ("dataset", Some((source, _))) if is_before_tables => {
                format!("dataset = {}", study_file::dataset_text(source))
            }
            ("normalization", Some((_, data))) if data.image_shape[0] != 1 => {
                "normalization = \"dataset\"".to_owned()
            }
            _ => renamed(line, from, file),
        });
    }
    let text = lines.join("\n") + "\n";
    match data {
        Some((_, data)) => with_outputs(&text, data.class_names.len()),
        None => text,
    }
}

/// Commands in comments that name the study.
fn renamed(line: &str, from: &str, file: &str) -> String {
    if !line.starts_with('#') {
        return line.to_owned();
    }
    ["run", "show", "sweep", "explain", "compare"].iter().fold(line.to_owned(), |line, command| {
        line.replace(&format!("toile {command} {from}"), &format!("toile {command} {file}"))
    })
}

/// The lines without tables of published figures, if these are to go. Comments right above the next table stay.
fn without_published(text: &str, without: bool) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut is_published = false;
    let mut held: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') && line.trim_end().ends_with(']') {
            is_published = without && line.trim_end().ends_with(".published]");
            kept.append(&mut held);
        }
        match is_published {
            false => kept.push(line),
            true if line.is_empty() || line.starts_with('#') => held.push(line),
            true => held.clear(),
        }
    }
    kept
}

/// The text with so many outputs of the linear layer before each `LogSoftmax`.
fn with_outputs(text: &str, classes: usize) -> String {
    const LAST: &str = "\"LogSoftmax\"";
    const OUTPUTS: &str = "out_features = ";
    let mut parts: Vec<String> = text.split(LAST).map(str::to_owned).collect();
    let before_last = parts.len() - 1;
    for part in &mut parts[..before_last] {
        let Some(at) = part.rfind(OUTPUTS).map(|at| at + OUTPUTS.len()) else { continue };
        let digits = part[at..].bytes().take_while(u8::is_ascii_digit).count();
        part.replace_range(at..at + digits, &classes.to_string());
    }
    parts.join(LAST)
}
