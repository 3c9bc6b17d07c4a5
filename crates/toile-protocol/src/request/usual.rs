//! The usual request, read quickly: bytes in one flat array of JSON.
//!
//! A parser of JSON goes byte by byte and has to guess each time whether a number goes on. Of a picture's numbers nothing
//! can guess that, and the wrong guesses cost as much as a small network. So the array that looks like the tensor's is
//! read first, by other means, and taken out of the document; the rest is a hundred bytes. Whether it was the tensor's is
//! seen afterwards by its place, and whatever looks unusual is read again in full: errors come from there alone.

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

/// The numbers from here to the end of the array, and the place behind it; none where a number is followed by space, has
/// more than digits, or is no byte.
///
/// First where numbers end, for 64 bytes at a time; then each number from its end backwards. So no number waits for the
/// length of the one before, and no branch depends on how many digits there are.
fn array(text: &[u8], from: usize) -> Option<(Vec<u8>, usize)> {
    let mut bytes = Vec::with_capacity((text.len() - from) / 2);
    // Where a number begins, if there is one.
    let mut start = from;
    let mut is_unusual = false;
    for block in (from..text.len()).step_by(64) {
        let mut ends = no_digits(&text[block..]);
        while ends != 0 {
            let end = block + ends.trailing_zeros() as usize;
            ends &= ends - 1;
            let len = end - start;
            start = end + 1;
            let what = text[end];
            if what != b',' && what != b']' {
                // Space is fine in front of a number.
                if len == 0 && is_space(what) {
                    continue;
                }
                return None;
            }
            let (value, is_byte) = backwards(*text[..end].last_chunk()?, len);
            is_unusual |= !is_byte;
            bytes.push(value);
            if what == b']' {
                return (!is_unusual).then_some((bytes, end + 1));
            }
        }
    }
    None
}

/// Bit `i` is set where byte `i` is no digit; for up to 64 bytes, and none behind them.
fn no_digits(text: &[u8]) -> u64 {
    const LOW: u64 = 0x0101_0101_0101_0101;
    let mut block = [b'0'; 64];
    match text.first_chunk() {
        Some(whole) => block = *whole,
        None => block[..text.len()].copy_from_slice(text),
    }
    let (words, _) = block.as_chunks();
    words.iter().enumerate().fold(0, |bits, (index, bytes)| {
        let off = u64::from_le_bytes(*bytes) ^ (LOW * 0x30);
        // The highest bit of each byte that is not 0 to 9 now, then those eight side by side.
        let high = (((off & (LOW * 0x7f)) + LOW * 0x76) | off) & (LOW * 0x80);
        bits | ((high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index)
    })
}

/// The number of the last `len` of these digits; and whether it is a byte, written as JSON has it.
#[inline]
fn backwards(four: [u8; 4], len: usize) -> (u8, bool) {
    const DIGITS: [u32; 4] = [0, 0xff00_0000, 0xffff_0000, 0xffff_ff00];
    // JSON has no 007.
    const LEAST: [u32; 4] = [256, 0, 10, 100];
    let digits = (u32::from_le_bytes(four) ^ 0x3030_3030) & DIGITS[len & 3];
    let [_, hundreds, tens, ones] = digits.to_le_bytes().map(u32::from);
    let value = 100 * hundreds + 10 * tens + ones;
    (value as u8, (len < 4) & (value < 256) & (value >= LEAST[len & 3]))
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r')
}

#[inline]
fn after_space(text: &[u8], mut at: usize) -> usize {
    while text.get(at).copied().is_some_and(is_space) {
        at += 1;
    }
    at
}
