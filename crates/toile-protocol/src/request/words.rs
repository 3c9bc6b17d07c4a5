//! What the parser of JSON says of a value that is of another kind than it has to be, in the words of the other refusals:
//! it speaks of sequences and maps, which no request has.

/// How the parser names what it found, and what it is called here; it quotes the value itself behind some.
const FOUND: [(&str, &str); 7] = [
    ("sequence", "a list"),
    ("map", "an object"),
    ("string", "the text"),
    ("integer", "the number"),
    ("floating point", "the number"),
    ("boolean", "the truth value"),
    ("null", "null"),
];

/// How it names what it expected, where that is not as it is called here.
const EXPECTED: [(&str, &str); 2] = [("a string", "a text"), ("a boolean", "a truth value")];

/// "the number 7 where an object has to be" for "invalid type: integer `7`, expected an object". What the parser says of
/// anything else stays as it is.
pub(super) fn plain(said: &str) -> String {
    let of_value = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "));
    // What is quoted of the request may hold the same words; what is expected never does.
    let parts = of_value.and_then(|of_value| of_value.rsplit_once(", expected "));
    let named = parts.and_then(|(found, expected)| Some((name(found)?, expected)));
    let Some((found, expected)) = named else { return said.to_owned() };
    let known = EXPECTED.into_iter().find(|(theirs, _)| *theirs == expected);
    format!("{found} where {} has to be", known.map_or(expected, |(_, ours)| ours))
}

/// What was found, with the value where it is quoted.
fn name(found: &str) -> Option<String> {
    let (ours, quoted) = FOUND.into_iter().find_map(|(theirs, ours)| {
        let quoted = found.strip_prefix(theirs)?;
        (quoted.is_empty() || quoted.starts_with(' ')).then_some((ours, quoted))
    })?;
    let number = quoted.strip_prefix(" `").and_then(|value| value.strip_suffix('`'));
    Some(number.map_or_else(|| format!("{ours}{quoted}"), |value| format!("{ours} {value}")))
}
