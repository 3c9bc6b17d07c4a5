//! How a refusal says what and where.

use crate::types::Refusal;

/// The header that says how much of a body is JSON.
pub(super) const LENGTH_HEADER: &str = "Inference-Header-Content-Length";
/// What is quoted of a request, in characters.
const QUOTED_MAX: usize = 60;
/// The longest message, in characters: the parser of JSON quotes what it did not expect.
const MESSAGE_MAX: usize = 400;

/// The protocol's status for a request that is wrong.
pub(super) fn refused(message: impl Into<String>) -> Refusal {
    Refusal { status: 400, message: message.into() }
}

/// A piece of a request as it may be repeated in a message.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// A message of the parser of JSON without the middle of what it quotes.
pub(super) fn shortened(message: &str) -> String {
    let count = message.chars().count();
    if count <= MESSAGE_MAX {
        return message.to_owned();
    }
    let head: String = message.chars().take(MESSAGE_MAX / 4).collect();
    let tail: String = message.chars().skip(count - MESSAGE_MAX / 2).collect();
    format!("{head} ... {tail}")
}

/// Where a byte of a text is, counted as the parser of JSON counts: lines from 1, columns in bytes from 1.
pub(super) fn position(text: &str, at: usize) -> String {
    let before = &text.as_bytes()[..at.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    format!("line {line}, column {}", before.len() - start + 1)
}

/// Where a piece of a text begins in it.
pub(super) fn offset(text: &str, piece: &str) -> usize {
    piece.as_ptr() as usize - text.as_ptr() as usize
}
