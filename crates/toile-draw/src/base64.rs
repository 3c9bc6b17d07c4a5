//! Bytes as text, for what stands inside a page.

/// Base64 with padding (RFC 4648, section 4).
pub fn encode(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |word, i| word << 8 | u32::from(three.get(i).copied().unwrap_or(0)));
        for letter in 0..4 {
            let there = letter <= three.len();
            let value = word >> (18 - 6 * letter) & 63;
            text.push(if there { LETTERS[value as usize] as char } else { '=' });
        }
    }
    text
}
