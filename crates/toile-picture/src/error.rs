//! What can be wrong with the file of a picture.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::format::Format;

/// Why a file gives no pixels: [`PictureError::problem`] and, for whoever has the file, [`PictureError::remedy`]. Which
/// file it was, the caller adds.
#[derive(Debug)]
pub enum PictureError {
    /// No byte at all.
    Empty,
    /// A folder, a device, a pipe.
    NoFile {
        /// What is there.
        what: &'static str,
    },
    /// The operating system refused.
    Io {
        /// What the system said.
        source: io::Error,
    },
    /// A larger file than any picture has.
    TooManyBytes {
        /// Bytes of the file.
        bytes: u64,
        /// The most that is read.
        limit: u64,
    },
    /// Its first bytes belong to no format that is read here.
    UnknownFormat {
        /// What it seems to be.
        looks_like: String,
        /// What can be done about it; none where it never was a picture.
        remedy: Option<&'static str>,
    },
    /// A header that asks for more memory than a picture deserves.
    TooManyPixels {
        /// Format of the file.
        format: Format,
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// The most pixels that are decoded.
        limit: u64,
    },
    /// The file ends before its picture does.
    Truncated {
        /// Format of the file.
        format: Format,
    },
    /// Bytes that its format does not allow.
    Damaged {
        /// Format of the file.
        format: Format,
        /// What is wrong.
        problem: String,
    },
    /// A rare kind of its format.
    Unsupported {
        /// Format of the file.
        format: Format,
        /// Which kind.
        what: String,
    },
    /// Decoding was given up.
    TooSlow {
        /// Format of the file.
        format: Format,
        /// The time it was given.
        limit: Duration,
    },
}

impl PictureError {
    /// What is wrong, in words that hold wherever the bytes came from.
    pub fn problem(&self) -> String {
        match self {
            PictureError::Empty => "the file is empty (0 bytes)".to_owned(),
            PictureError::NoFile { what } => format!("this is a {what}, no file"),
            PictureError::Io { source } => format!("cannot read it: {source}"),
            PictureError::TooManyBytes { bytes, limit } => {
                format!("the file has {bytes} bytes, and {limit} are the most for one picture")
            }
            PictureError::UnknownFormat { looks_like, .. } => {
                format!("this is {looks_like}; pictures are PNG, JPEG, WebP, BMP, GIF or TIFF")
            }
            PictureError::TooManyPixels { format, width, height, limit } => format!(
                "this {format} picture has {width} x {height} pixels, and {limit} in all are the most"
            ),
            PictureError::Truncated { format } => format!("this {format} file ends before its picture does"),
            PictureError::Damaged { format, problem } => {
                format!("this {format} file is damaged ({problem})")
            }
            PictureError::Unsupported { format, what } => {
                format!("this is a {format} file of a kind that is not read ({what})")
            }
            PictureError::TooSlow { format, limit } => {
                format!("this {format} picture was not decoded within {} s", limit.as_secs_f64())
            }
        }
    }

    /// What whoever has the file among others can do; `None` where the system's own words have to do.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            PictureError::Empty | PictureError::Truncated { .. } | PictureError::Damaged { .. } => {
                Some("copy or fetch it again, or remove it")
            }
            PictureError::NoFile { .. } => Some("name a file that holds a picture"),
            PictureError::Io { .. } => None,
            PictureError::TooManyBytes { .. } | PictureError::TooManyPixels { .. } => {
                Some("save a smaller version of it, or remove it")
            }
            PictureError::UnknownFormat { remedy, .. } => Some(remedy.unwrap_or("remove it from the folder")),
            PictureError::Unsupported { .. } => Some("save it as 8-bit PNG or JPEG"),
            PictureError::TooSlow { .. } => Some("save it again with another program, or remove it"),
        }
    }
}

/// The problem, and the remedy behind it.
impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem())?;
        self.remedy().map_or(Ok(()), |remedy| write!(f, ": {remedy}"))
    }
}

impl std::error::Error for PictureError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PictureError::Io { source } => Some(source),
            _ => None,
        }
    }
}

/// What a decoder says, before it is known of which format it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes end too early.
    Truncated,
    /// The bytes are wrong.
    Damaged(String),
    /// The bytes may be right, but nobody here reads them.
    Unsupported(String),
    /// The deadline passed.
    TooSlow,
}

impl Fault {
    /// Wrong bytes, in words.
    pub(super) fn damaged(problem: impl fmt::Display) -> Self {
        Fault::Damaged(problem.to_string())
    }

    /// A kind that is not read, in words.
    pub(super) fn unsupported(what: impl fmt::Display) -> Self {
        Fault::Unsupported(what.to_string())
    }

    /// As an error of a file of this format.
    pub(super) fn of(self, format: Format, time: Duration) -> PictureError {
        match self {
            Fault::Truncated => PictureError::Truncated { format },
            Fault::Damaged(problem) => PictureError::Damaged { format, problem },
            Fault::Unsupported(what) => PictureError::Unsupported { format, what },
            Fault::TooSlow => PictureError::TooSlow { format, limit: time },
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::Truncated,
            io::ErrorKind::TimedOut => Fault::TooSlow,
            _ => Fault::damaged(error),
        }
    }
}
