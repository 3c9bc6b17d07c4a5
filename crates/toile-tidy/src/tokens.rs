//! Names and signs of a Rust file, without comments and the insides of literals.

/// A name, a number, `::`, or one sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// As it is written. A string or character literal is `""`.
    pub text: &'a str,
    /// Line, from 1.
    pub line: usize,
}

impl Token<'_> {
    /// Whether it is a name or a keyword.
    pub fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// All tokens of a file.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => block_comment(rest),
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                let (length, text) = token(rest, first);
                found.push(Token { text, line });
                length
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The length of the token that `rest` begins with, and what stands for it.
fn token(rest: &str, first: char) -> (usize, &str) {
    if let Some(length) = raw_string(rest) {
        return (length, "\"\"");
    }
    if first == '"' || rest.starts_with("b\"") {
        return (quoted(rest, '"'), "\"\"");
    }
    if first == '\'' {
        // A lifetime has no second apostrophe behind its first character.
        let mut chars = rest.char_indices().skip(1);
        let is_character = rest.starts_with("'\\") || chars.nth(1).is_some_and(|(_, c)| c == '\'');
        return if is_character { (quoted(rest, '\''), "\"\"") } else { (1, &rest[..1]) };
    }
    if first.is_alphanumeric() || first == '_' {
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        return (length, &rest[..length]);
    }
    let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
    (length, &rest[..length])
}

fn block_comment(rest: &str) -> usize {
    rest.find("*/").map_or(rest.len(), |end| end + 2)
}

fn raw_string(rest: &str) -> Option<usize> {
    let behind = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let marks = behind.len() - behind.trim_start_matches('#').len();
    behind[marks..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(marks));
    let start = rest.len() - behind.len() + marks + 1;
    Some(rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len()))
}

/// The length of a literal between two `mark`s, the marks included.
fn quoted(rest: &str, mark: char) -> usize {
    let start = rest.find(mark).expect("the literal begins with its mark") + 1;
    let mut escaped = false;
    for (at, c) in rest[start..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return start + at + 1,
            _ => {}
        }
    }
    rest.len()
}
