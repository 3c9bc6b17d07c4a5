//! The command line, as one would type it again.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The program's arguments, quoted for a shell.
pub fn command_line() -> String {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    // Where the program lies is nobody's business.
    if let Some(program) = words.first_mut() {
        *program = Path::new(&*program).file_name().unwrap_or(OsStr::new("toile")).to_owned();
    }
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The command that goes on from the checkpoints of this one.
pub fn resume_line() -> String {
    let line = command_line();
    if line.split(' ').any(|word| word == "--resume") { line } else { line + " --resume" }
}

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

#[cfg(test)]
mod tests {
    use super::*;

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
