//! The TOML of a study file, and its mistakes in words.

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::error::Problem;

/// The span of a document is the document; what it lacks is shown on its first line.
pub(super) fn root(source: &str) -> Result<Spanned<DeValue<'_>>, Problem> {
    let document = DeTable::parse(source).map_err(|error| syntax_error(&error, source))?;
    Ok(Spanned::new(0..0, DeValue::Table(document.into_inner())))
}

fn syntax_error(error: &Error, source: &str) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let text = source.get(span.clone()).unwrap_or("");
    if error.message() == "duplicate key" {
        return Problem::new(span, format!("`{text}` is there twice"))
            .help("a key stands once in its table, and every model has a name of its own");
    }
    // A value that is not there at all is called an unquoted string by the parser.
    if text.trim().is_empty() && error.message().starts_with("string values must be quoted") {
        return Problem::new(span, "a value is missing").help("write it behind the `=`");
    }
    if error.message().contains("recurs") {
        return Problem::new(span, "lists or tables are nested too deep here").help(
            "nothing in a study is nested that deep: remove brackets, or residual blocks in residual blocks",
        );
    }
    let problem = Problem::new(span, format!("this is not TOML: {}", error.message()));
    match error.message() {
        m if m.starts_with("string values must be quoted") || m.starts_with("invalid boolean") => {
            problem.help(format!("write text in quotes: \"{text}\""))
        }
        m if m.contains("string") && m.contains("expected `\"`") => {
            problem.help("close the text with a quote, on the line where it begins")
        }
        m if m.contains("array") => {
            problem.help("put commas between the entries of a list, and close it with `]`")
        }
        m if m.contains("inline table") => problem.help("put commas between the keys, and close with `}`"),
        _ => problem,
    }
}
