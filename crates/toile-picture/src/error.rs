//! What can be wrong with the file of a picture.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::format::Format;

/// Why a file gives no pixels. Which file it was, the caller adds.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// No byte at all.
    #[error("the file is empty (0 bytes): copy or fetch it again, or remove it")]
    Empty,
    /// A folder, a device, a pipe.
    #[error("this is a {what}, no file: name a file that holds a picture")]
    NoFile {
        /// What is there.
        what: &'static str,
    },
    /// The operating system refused.
    #[error("cannot read it: {source}")]
    Io {
        /// What the system said.
        source: io::Error,
    },
    /// A larger file than any picture has.
    #[error(
        "the file has {bytes} bytes, and {limit} are the most for one picture: \
         save a smaller version of it, or remove it"
    )]
    TooManyBytes {
        /// Bytes of the file.
        bytes: u64,
        /// The most that is read.
        limit: u64,
    },
    /// Its first bytes belong to no format that is read here.
    #[error(
        "this is {looks_like}; pictures are PNG, JPEG, WebP, BMP, GIF or TIFF: {}",
        .remedy.unwrap_or("remove it from the folder")
    )]
    UnknownFormat {
        /// What it seems to be.
        looks_like: String,
        /// What can be done about it; none where it never was a picture.
        remedy: Option<&'static str>,
    },
    /// A header that asks for more memory than a picture deserves.
    #[error(
        "this {format} picture has {width} x {height} pixels, and {limit} in all are the most: \
         save a smaller version of it, or remove it"
    )]
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
    #[error("this {format} file ends before its picture does: copy or fetch it again, or remove it")]
    Truncated {
        /// Format of the file.
        format: Format,
    },
    /// Bytes that its format does not allow.
    #[error("this {format} file is damaged ({problem}): copy or fetch it again, or remove it")]
    Damaged {
        /// Format of the file.
        format: Format,
        /// What is wrong.
        problem: String,
    },
    /// A rare kind of its format.
    #[error("this is a {format} file of a kind that is not read ({what}): save it as 8-bit PNG or JPEG")]
    Unsupported {
        /// Format of the file.
        format: Format,
        /// Which kind.
        what: String,
    },
    /// Decoding was given up.
    #[error(
        "this {format} picture was not decoded within {} s: save it again with another program, or remove it",
        limit.as_secs_f64()
    )]
    TooSlow {
        /// Format of the file.
        format: Format,
        /// The time it was given.
        limit: Duration,
    },
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
