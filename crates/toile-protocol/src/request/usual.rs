//! The usual request, read quickly: bytes in one flat array of JSON.
//!
//! A parser of JSON goes byte by byte and has to guess each time whether a number goes on. Of a picture's numbers nothing
//! can guess that, and the wrong guesses cost as much as a small network. So the array that looks like the tensor's is
//! read first, by other means, and taken out of the document; the rest is a hundred bytes. Whether it was the tensor's is
//! seen afterwards by its place, and whatever looks unusual is read again in full: errors come from there alone.

use super::numbers::byte;

/// An array that has been taken out of a document.
pub(super) struct Cut {
    /// The document with an empty array in its place. It is JSON if and only if the whole was.
    pub(super) rest: String,
    /// Where the empty array is in it.
    pub(super) at: usize,
    /// What was in the array.
    pub(super) bytes: Vec<u8>,
}

impl Cut {
    /// Takes the first array of bytes behind a key `data` out of a document; none if it looks otherwise.
    pub(super) fn of(json: &str) -> Option<Cut> {
        const KEY: &str = "\"data\"";
        let text = json.as_bytes();
        let key = json.find(KEY)? + KEY.len();
        let colon = after_space(text, key);
        let at = after_space(text, colon + 1);
        if text.get(colon) != Some(&b':') || text.get(at) != Some(&b'[') {
            return None;
        }
        let (bytes, end) = array(text, at + 1)?;
        Some(Cut { rest: [&json[..at], "[]", &json[end..]].concat(), at, bytes })
    }
}

/// The numbers from here to the end of the array, and the place behind it.
fn array(text: &[u8], mut at: usize) -> Option<(Vec<u8>, usize)> {
    let mut bytes = Vec::with_capacity((text.len() - at) / 2);
    loop {
        at = after_space(text, at);
        let (value, len) = byte(text.get(at..)?)?;
        // JSON has no 007. Without a branch on the length alone: that could not be guessed either.
        if (len > 1) & (text[at] == b'0') {
            return None;
        }
        bytes.push(value);
        at = after_space(text, at + len);
        match text.get(at)? {
            b',' => at += 1,
            b']' => return Some((bytes, at + 1)),
            _ => return None,
        }
    }
}

#[inline]
fn after_space(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
        at += 1;
    }
    at
}
