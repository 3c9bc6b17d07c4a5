//! Names that can be printed as one line of plain text: those of classes and files reach terminals, tables and pages.

use std::borrow::Cow;

/// Control characters, byte-order marks, separators of lines and paragraphs, and marks that turn the direction of writing,
/// after which a line is not read in the order in which it is written. Marks that only say of which direction they are
/// (U+061C, U+200E, U+200F) stand in sound Arabic and Hebrew names.
pub fn is_no_plain_text(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// The text with such characters as escapes: `a\u{202e}b`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_no_plain_text) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match is_no_plain_text(c) {
            true => plain.extend(c.escape_default()),
            false => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_text_is_escaped() {
        for plain in ["", "a b.png", "Bücher", "東京", "קפה", "3\u{200f}/5", "👩\u{200d}🔬", "it's \"\\\""]
        {
            assert!(matches!(escaped(plain), Cow::Borrowed(same) if same == plain), "{plain}");
        }
        for (text, expected) in [
            ("a\nb\t", r"a\nb\t"),
            ("\u{1b}[2J", r"\u{1b}[2J"),
            ("cat\u{202e}gnp.exe", r"cat\u{202e}gnp.exe"),
            ("\u{2066}é\u{2069}", r"\u{2066}é\u{2069}"),
            ("a\u{2028}b\u{2029}\u{85}", r"a\u{2028}b\u{2029}\u{85}"),
            ("\u{feff}a", r"\u{feff}a"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }
}
