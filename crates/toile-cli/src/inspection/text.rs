//! For a terminal: the counts, and the first few of everything that was found.

use std::fmt::{self, Write as _};

use toile_study::numbers::count;
use toile_survey::Stranger;

use super::Inspection;
use crate::table::{Grid, Style, TableOptions, wrapped};

/// Rows of a list.
const LISTED: usize = 5;
/// Classes of a table; of more, the largest and the smallest.
const CLASSES: usize = 40;

/// The text, a line break at the end.
pub fn text(inspection: &Inspection<'_>, options: TableOptions) -> String {
    let mut out = Text { text: String::new(), options };
    out.write(inspection).expect("memory takes what is written");
    out.text
}

struct Text {
    text: String,
    options: TableOptions,
}

impl Text {
    fn write(&mut self, inspection: &Inspection<'_>) -> fmt::Result {
        self.paragraph(&format!("{}: {}", inspection.name, inspection.size()));
        writeln!(self.text, "from {}\n", inspection.origin)?;
        self.classes(inspection)?;
        let note = format!("Values from 0 to 1 in {}: {}.", inspection.parts[0].name, inspection.values());
        self.paragraph(&note);
        if let Some(files) = inspection.about_files() {
            self.paragraph(&files);
        }
        self.skipped(inspection)?;
        let flat = &inspection.survey.flat;
        if !flat.is_empty() {
            self.heading("Images without contrast");
            for &image in flat.iter().take(LISTED) {
                writeln!(self.text, "  {}: {}", inspection.called(image), inspection.class(image))?;
            }
            self.more(flat.len())?;
        }
        self.leaks(inspection)?;
        self.duplicates(inspection)?;
        self.heading("Classes that look wrong");
        self.paragraph(&inspection.about_labels());
        let strangers = &inspection.survey.labels.strangers;
        for stranger in strangers.iter().take(LISTED) {
            writeln!(self.text, "  {}", line_of(inspection, stranger))?;
        }
        self.more(strangers.len())
    }

    fn classes(&mut self, inspection: &Inspection<'_>) -> fmt::Result {
        let names = inspection.class_names();
        let mut chosen: Vec<usize> = (0..names.len()).collect();
        if names.len() > CLASSES {
            let by_size = inspection.classes_by_size();
            chosen = [&by_size[..CLASSES / 2], &by_size[names.len() - CLASSES / 2..]].concat();
        }
        let mut grid = Grid { head: vec!["class".to_owned()], rows: Vec::new() };
        grid.head.extend(inspection.parts.iter().map(|part| part.name.to_owned()));
        let counts = |class: Option<usize>| {
            inspection.survey.class_counts.iter().map(move |part| match class {
                Some(class) => count(part[class] as u64),
                None => count(part.iter().sum::<usize>() as u64),
            })
        };
        for class in chosen {
            grid.rows.push(std::iter::once(names[class].clone()).chain(counts(Some(class))).collect());
        }
        grid.rows.push(std::iter::once("all".to_owned()).chain(counts(None)).collect());
        self.text += &grid.text(Style { colour: self.options.colour });
        if names.len() > CLASSES {
            writeln!(self.text, "  (the {0} largest and the {0} smallest of {1})", CLASSES / 2, names.len())?;
        }
        self.text.push('\n');
        inspection.about_classes().iter().for_each(|sentence| self.paragraph(sentence));
        Ok(())
    }

    fn skipped(&mut self, inspection: &Inspection<'_>) -> fmt::Result {
        let skipped = &inspection.skipped;
        if skipped.is_empty() {
            return Ok(());
        }
        self.heading("Files that were left out");
        for (file, reason) in skipped.iter().take(LISTED) {
            writeln!(self.text, "  {file}: {reason}")?;
        }
        self.more(skipped.len())
    }

    fn leaks(&mut self, inspection: &Inspection<'_>) -> fmt::Result {
        let Some(sentence) = inspection.about_leaks() else { return Ok(()) };
        self.heading("The same picture in several parts");
        self.paragraph(&sentence);
        let mut leaks: Vec<_> = inspection.survey.duplicates.leaks.iter().collect();
        leaks.sort_by(|a, b| b.correlation.total_cmp(&a.correlation));
        for leak in leaks.iter().take(LISTED) {
            let how = if leak.is_exact { "the same bytes as" } else { "nearly" };
            let (image, twin) = (inspection.called(leak.image), inspection.called(leak.twin));
            writeln!(self.text, "  {image} is {how} {twin}{}", likeness(leak.is_exact, leak.correlation))?;
        }
        self.more(leaks.len())
    }

    fn duplicates(&mut self, inspection: &Inspection<'_>) -> fmt::Result {
        self.heading("The same picture more than once");
        self.paragraph(&inspection.about_duplicates());
        let groups = inspection.groups_by_weight();
        for group in groups.iter().take(LISTED) {
            let images: Vec<String> = group
                .images
                .iter()
                .take(LISTED)
                .map(|&image| format!("{}: {}", inspection.called(image), inspection.class(image)))
                .collect();
            let more = group.images.len().saturating_sub(LISTED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let like = likeness(group.is_exact, group.correlation);
            writeln!(self.text, "  {}{more}{like}", images.join(" = "))?;
        }
        self.more(groups.len())
    }

    fn heading(&mut self, text: &str) {
        let line = Style { colour: self.options.colour }.bold(text);
        self.text += &format!("\n{line}\n");
    }

    fn paragraph(&mut self, text: &str) {
        for line in wrapped(text, self.options.width_columns.max(40)) {
            self.text += &line;
            self.text.push('\n');
        }
    }

    fn more(&mut self, all: usize) -> fmt::Result {
        match all.saturating_sub(LISTED) {
            0 => Ok(()),
            more => writeln!(self.text, "  and {} more", count(more as u64)),
        }
    }
}

fn likeness(is_exact: bool, correlation: f64) -> String {
    if is_exact { String::new() } else { format!(" (correlation {correlation:.4})") }
}

fn line_of(inspection: &Inspection<'_>, stranger: &Stranger) -> String {
    let names = inspection.class_names();
    format!(
        "{} is called {}, but {} of its {} nearest are {}",
        inspection.called(stranger.image),
        names[stranger.label as usize],
        stranger.other,
        stranger.neighbours,
        names[stranger.suggested as usize]
    )
}
