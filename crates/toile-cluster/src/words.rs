//! Words for shells and for YAML.

/// A word in single quotes for a POSIX shell.
pub(crate) fn for_shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,=:+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// A double-quoted scalar of YAML, which is a string of JSON.
pub(crate) fn for_yaml(word: &str) -> String {
    let mut text = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if c.is_control() => text += &format!("\\u{:04x}", u32::from(c)),
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
    fn words_are_quoted_where_they_have_to_be() {
        assert_eq!(for_shell("a-b/c.toml"), "a-b/c.toml");
        assert_eq!(for_shell("it's two"), r"'it'\''s two'");
        assert_eq!(for_shell(""), "''");
        assert_eq!(for_yaml("a \"b\"\\\n"), "\"a \\\"b\\\"\\\\\\u000a\"");
        assert_eq!(for_name("My Study_1!"), "my-study-1");
        assert_eq!(for_name("--"), "study");
    }
}
