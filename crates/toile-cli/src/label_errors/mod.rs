//! What `toile data suspects` says of labels that are probably wrong: as a table, as text, as JSON, and as a page.
//!
//! Pure: what was found and a data set in, text out.

mod page;

use serde::Serialize;
use toile_data::Dataset;
use toile_store::fields;
use toile_store::table::Table;
use toile_study::numbers::{count, rough_percent};
use toile_study::suspects::{Suspect, Suspects};

pub use page::page;

use crate::table::{TableOptions, wrapped};

/// Images that the text names.
const LISTED: usize = 10;

/// Suspects, with the part of the data set that their images are of, where it is at hand.
pub struct LabelErrors<'a> {
    /// What the user called the runs.
    pub name: String,
    /// Name of the part with its images.
    pub part: Option<(&'a str, &'a Dataset)>,
    /// What was found.
    pub found: &'a Suspects,
}

impl<'a> LabelErrors<'a> {
    fn class(&self, class: u32) -> &'a str {
        &self.found.class_names[class as usize]
    }

    fn file(&self, image: u32) -> Option<&'a str> {
        let (_, data) = self.part?;
        data.names.get(image as usize).map(String::as_str)
    }

    /// `train 1234 (cats/a.png)`.
    fn called(&self, image: u32) -> String {
        let part = self.part.map_or("image", |(part, _)| part);
        match self.file(image) {
            Some(file) => format!("{part} {image} ({file})"),
            None => format!("{part} {image}"),
        }
    }

    /// A row an image whose label is not the most probable class, the most suspicious first.
    pub fn csv(&self) -> Vec<u8> {
        let columns = [
            "rank",
            "part",
            "index",
            "file",
            "label",
            "suggested",
            "probability_label",
            "probability_suggested",
            "called_wrong",
        ];
        let mut table = Table::new(columns);
        for (suspect, rank) in self.found.suspects.iter().zip(1usize..) {
            table.row(fields![
                rank,
                self.part.map_or("", |(part, _)| part),
                suspect.image,
                self.file(suspect.image).unwrap_or(""),
                self.class(suspect.label),
                self.class(suspect.suggested),
                suspect.of_label,
                suspect.of_suggested,
                if suspect.is_called_wrong { "yes" } else { "no" },
            ]);
        }
        table.write()
    }

    /// Everything, for programs.
    pub fn json(&self) -> String {
        let suspect = |suspect: &Suspect| Found {
            part: self.part.map(|(part, _)| part),
            index: suspect.image,
            file: self.file(suspect.image),
            label: self.class(suspect.label),
            suggested: self.class(suspect.suggested),
            probability_label: suspect.of_label,
            probability_suggested: suspect.of_suggested,
            called_wrong: suspect.is_called_wrong,
        };
        let document = Document {
            toile_version: env!("CARGO_PKG_VERSION"),
            runs: self.found.runs,
            images: self.found.judged.len(),
            noise_rate: self.found.noise_rate,
            suspects: self.found.suspects.iter().map(suspect).collect(),
        };
        serde_json::to_string_pretty(&document).expect("names and numbers are JSON") + "\n"
    }

    /// For a terminal, a line break at the end.
    pub fn text(&self, options: TableOptions) -> String {
        let mut text = String::new();
        for line in wrapped(
            &format!("{}: {}", self.name, self.found.summary().sentence()),
            options.width_columns.max(40),
        ) {
            text += &line;
            text.push('\n');
        }
        for suspect in self.found.suspects.iter().take(LISTED) {
            text += &format!(
                "  {} is called {} ({}), looks like {} ({})\n",
                self.called(suspect.image),
                self.class(suspect.label),
                rough_percent(suspect.of_label.into()),
                self.class(suspect.suggested),
                rough_percent(suspect.of_suggested.into())
            );
        }
        let more = self.found.suspects.len().saturating_sub(LISTED);
        if more > 0 {
            text += &format!("  and {} more\n", count(more as u64));
        }
        text
    }
}

#[derive(Serialize)]
struct Document<'a> {
    toile_version: &'static str,
    runs: usize,
    images: usize,
    noise_rate: f64,
    suspects: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    part: Option<&'a str>,
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    label: &'a str,
    suggested: &'a str,
    probability_label: f32,
    probability_suggested: f32,
    called_wrong: bool,
}

#[cfg(test)]
mod tests;
