//! What is wrong with a study file, and its rendering: message, place, source line with carets, help.

use std::ops::Range;
use std::path::PathBuf;

use toile_data::plain_text::is_no_plain_text;

/// Why there is no study.
#[derive(Debug, thiserror::Error)]
pub enum StudyFileError {
    /// The text is no study. The message shows the line.
    #[error("{0}")]
    Invalid(Box<Diagnostic>),
    /// The file is there and cannot be read.
    #[error("cannot read the study file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A folder, where a file is asked for.
    #[error("`{asked}` is a folder, not a study file\nhelp: give the path of the study file itself")]
    Folder {
        /// What was asked for.
        asked: String,
    },
    /// A pipe or a device, where a file is asked for.
    #[error("`{}` is a pipe or a device, not a study file\nhelp: give the path of the study file itself", path.display())]
    Special {
        /// What was asked for.
        path: PathBuf,
    },
    /// Neither a file nor a built-in study.
    #[error("there is no study file `{asked}`, nor a built-in study of this name\n{help}")]
    NotFound {
        /// What was asked for.
        asked: String,
        /// What to do, starting with `help: `.
        help: String,
    },
    /// A study with a data set of its own, where only those of the catalogue are at hand.
    #[error(
        "{file}: its data set is its own and has to be opened before the study can be checked against it"
    )]
    NotOpened {
        /// The file.
        file: String,
    },
}

/// One mistake in a study file, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: String,
    /// The file, as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line's text.
    pub source_line: String,
    /// How many characters of the line are meant; at least 1.
    pub width: usize,
    /// Circumstances that are not on the line.
    pub note: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, "{}", self.message)?;
        writeln!(f, "{gutter}--> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{gutter} |")?;
        let Excerpt { text, before, width } = self.excerpt();
        writeln!(f, "{}", format!("{number} | {text}").trim_end())?;
        write!(f, "{gutter} | {}{}", " ".repeat(before), "^".repeat(width))?;
        if let Some(note) = &self.note {
            write!(f, "\n{gutter} = note: {note}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n{gutter} = help: {help}")?;
        }
        Ok(())
    }
}

/// What is shown of a line.
struct Excerpt {
    text: String,
    /// Characters in front of the carets.
    before: usize,
    /// Carets.
    width: usize,
}

impl Diagnostic {
    /// The line, or of a very long one what lies around the mistake.
    fn excerpt(&self) -> Excerpt {
        const CHARS_MAX: usize = 160;
        const CONTEXT: usize = 60;
        let chars: Vec<char> = self.source_line.chars().collect();
        let before = self.column - 1;
        if chars.len() <= CHARS_MAX {
            return Excerpt { text: self.source_line.clone(), before, width: self.width };
        }
        let from = before.saturating_sub(CONTEXT);
        let to = chars.len().min(from + CHARS_MAX);
        let text: String = chars[from.min(to)..to].iter().collect();
        let (front, back) = (if from > 0 { "..." } else { "" }, if to < chars.len() { "..." } else { "" });
        let before = front.len() + before - from;
        let width = self.width.min((front.len() + to - from).saturating_sub(before).max(1));
        Excerpt { text: format!("{front}{text}{back}"), before, width }
    }
}

/// A mistake at a byte range of the text, before it meets the file's name.
#[derive(Debug)]
pub(super) struct Problem {
    span: Range<usize>,
    message: String,
    note: Option<String>,
    help: Option<String>,
}

impl Problem {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Problem { span, message: shown(&message.into()), note: None, help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(shown(&help.into()));
        self
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        let note = shown(&note.into());
        self.note = Some(match self.note {
            Some(before) => format!("{before}; {note}"),
            None => note,
        });
        self
    }

    /// The mistake where there is no line to show: what is wrong, and what to do.
    pub(super) fn sentence(self) -> String {
        let parts = [Some(self.message), self.note, self.help];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// Finds the line and column of the mistake.
    pub(super) fn locate(self, file: &str, source: &str) -> StudyFileError {
        let start = floor_char_boundary(source, self.span.start);
        let end = floor_char_boundary(source, self.span.end).max(start);
        let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
        let line = source[line_start..line_end].trim_end_matches('\r');
        let before = shown(&source[line_start..start.min(line_start + line.len())]);
        let meant = shown(&source[start.min(line_start + line.len())..end.min(line_start + line.len())]);
        StudyFileError::Invalid(Box::new(Diagnostic {
            message: self.message,
            file: file.to_string(),
            line: source[..line_start].matches('\n').count() + 1,
            column: before.chars().count() + 1,
            source_line: shown(line),
            width: meant.trim_end().chars().count().max(1),
            note: self.note,
            help: self.help,
        }))
    }
}

/// Text as a terminal may get it: no control characters (a tab takes one column here), no byte order mark.
fn shown(text: &str) -> String {
    text.chars().filter(|&c| c != '\u{feff}').map(|c| if is_no_plain_text(c) { ' ' } else { c }).collect()
}

fn floor_char_boundary(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// "did you mean `x`?", if one of `known` is near to `word`.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|name| format!("did you mean `{name}`?"))
}

/// The one of `known` that was probably meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        // A third of the letters may be wrong: `epoch`, `kernelsize`, `MaxPool`.
        .filter(|&(distance, name)| distance * 3 <= name.len().max(word.len()))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// `a`, `b` and `c`.
pub(super) fn list_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}
