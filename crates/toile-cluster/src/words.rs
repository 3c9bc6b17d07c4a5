//! Words for shells and for YAML.

use std::ffi::OsStr;

/// A word for a shell: in quotes where it has to be, with escapes where it holds what no terminal should get.
pub fn quoted(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,=:+@".contains(c);
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) => text.to_owned(),
        Some(text) if !text.chars().any(char::is_control) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => escaped(word.as_encoded_bytes()),
    }
}

/// `$'caf\xe9'`: every byte beyond plain ASCII by its number.
fn escaped(bytes: &[u8]) -> String {
    let byte = |&byte: &u8| match byte {
        b'\'' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    format!("$'{}'", bytes.iter().map(byte).collect::<String>())
}

/// A double-quoted scalar of YAML: a string of JSON in which separators of lines are escaped, because YAML folds them.
pub(crate) fn for_yaml(word: &str) -> String {
    let mut text = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                text += &format!("\\u{:04x}", u32::from(c))
            }
            c => text.push(c),
        }
    }
    text + "\""
}

/// Part of a name that schedulers accept: small letters, digits and hyphens, 40 at most, a letter or digit at both ends.
pub(crate) fn for_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(plain).take(40).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "study".into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_others_than_shells() {
        assert_eq!(for_yaml("a \"b\"\\\n"), "\"a \\\"b\\\"\\\\\\u000a\"");
        assert_eq!(for_yaml("a\u{2028}b"), r#""a\u2028b""#);
        assert_eq!(for_name("My Study_1!"), "my-study-1");
        assert_eq!(for_name("--"), "study");
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, expected) in [
            ("a-b/c.toml", "a-b/c.toml"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's", r"'it'\''s'"),
            ("café", "'café'"),
            ("\u{1b}[2Jit's", r"$'\x1b[2Jit\'s'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_stay_what_they_are() {
        use std::os::unix::ffi::OsStrExt as _;

        assert_eq!(quoted(OsStr::from_bytes(b"caf\xe9 \\")), r"$'caf\xe9 \\'");
    }
}
