//! Where functions begin and end.

use crate::tokens::Token;

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Line of its `fn`, from 1.
    pub line: usize,
    /// Lines from there to its closing brace.
    pub lines: usize,
}

/// All functions of a file, functions inside functions too.
pub fn functions(tokens: &[Token<'_>]) -> Vec<Function> {
    let mut found = Vec::new();
    for (index, pair) in tokens.windows(2).enumerate() {
        let [keyword, name] = pair else { unreachable!("windows of two") };
        if keyword.text != "fn" || !name.is_name() {
            continue;
        }
        if let Some(end) = body_end(&tokens[index..]) {
            let lines = end - keyword.line + 1;
            found.push(Function { name: name.text.to_owned(), line: keyword.line, lines });
        }
    }
    found
}

/// The line of the brace that closes the first body; `None` for a declaration without one.
fn body_end(tokens: &[Token<'_>]) -> Option<usize> {
    let (mut braces, mut others) = (0, 0);
    for token in tokens {
        match token.text {
            "(" | "[" => others += 1,
            ")" | "]" => others -= 1,
            ";" if braces == 0 && others == 0 => return None,
            "{" => braces += 1,
            "}" => {
                braces -= 1;
                if braces == 0 {
                    return Some(token.line);
                }
            }
            _ => {}
        }
    }
    None
}
