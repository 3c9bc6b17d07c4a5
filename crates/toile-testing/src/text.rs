//! Changes of text files as people and accidents make them.

use super::Chance;

/// Numbers at which parsers go wrong.
const NUMBERS: [&str; 18] = [
    "0",
    "-1",
    "1",
    "2",
    "0.5",
    "-0.0",
    "1.0",
    "1e3",
    "1e-300",
    "1e400",
    "nan",
    "-inf",
    "007",
    "1_000",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    "0x10",
];

/// Characters with a meaning in TOML or CSV, and some that have none anywhere.
const CHARACTERS: [char; 20] = [
    '"', '\'', '[', ']', '{', '}', '=', ',', '.', '#', '\n', '\r', '\t', ' ', '\\', ';', '\0', 'é',
    '\u{feff}', '\u{202e}',
];

/// The text with one to three changes: lines taken away, doubled or swapped, numbers and words replaced, characters
/// taken away or put in.
pub fn changed_text(text: &str, chance: &mut Chance) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + chance.below(3) {
        text = match chance.below(8) {
            0..=2 => with_other_lines(&text, chance),
            3 | 4 => with_another(
                &text,
                chance,
                |c| c.is_ascii_digit(),
                |_, chance| chance.one_of(&NUMBERS).into(),
            ),
            5 => with_another(
                &text,
                chance,
                |c| c.is_alphanumeric() || c == '_',
                |words, chance| chance.one_of(words).to_owned(),
            ),
            _ => with_other_characters(&text, chance),
        };
    }
    text
}

/// A line is taken away, doubled, or swapped with another.
fn with_other_lines(text: &str, chance: &mut Chance) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let (first, second) = (chance.below(lines.len()), chance.below(lines.len()));
    match chance.below(3) {
        0 => drop(lines.remove(first)),
        1 => lines.insert(second, lines[first]),
        _ => lines.swap(first, second),
    }
    lines.join("\n")
}

/// One run of such characters is replaced; all of them are there to choose from.
fn with_another(
    text: &str,
    chance: &mut Chance,
    is_part: impl Fn(char) -> bool,
    other: impl Fn(&[&str], &mut Chance) -> String,
) -> String {
    let words: Vec<&str> = text.split(|c| !is_part(c)).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return text.to_owned();
    }
    let word = chance.one_of(&words);
    let from = word.as_ptr() as usize - text.as_ptr() as usize;
    format!("{}{}{}", &text[..from], other(&words, chance), &text[from + word.len()..])
}

/// A few characters are taken away, or one is put in.
fn with_other_characters(text: &str, chance: &mut Chance) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let from = chance.below(characters.len() + 1);
    let to = characters.len().min(from + 1 + chance.below(4));
    match chance.below(2) {
        0 => drop(characters.drain(from..to)),
        _ => characters.insert(from, chance.one_of(&CHARACTERS)),
    }
    characters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_change_something_and_leave_much() {
        let whole = "name = \"a\"\n[model.a]\nepochs = 20\nlr = 0.001\nbatch_size = 128\n";
        let of = |case| changed_text(whole, &mut Chance::new(0, case));
        assert!((0..500).filter(|&case| of(case) != whole).count() > 400);
        assert!((0..500).filter(|&case| of(case).contains("epochs = 20")).count() > 250);
        assert!((0..500).any(|case| of(case).contains("18446744073709551616")));
        assert!((0..100).all(|case| !changed_text("", &mut Chance::new(0, case)).contains("epochs")));
    }
}
