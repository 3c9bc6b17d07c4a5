//! Names of models where there is little room: cut, and still told apart.

/// Letters of a part behind a `+` that are left at least.
const PART_CHARS: usize = 3;

/// The names with at most so many letters each. What fits stays as it is. The others are cut in one way, the first
/// that tells all apart: at the end, or part by part as in `baseline+dro+opt`, or in the middle. Where none does,
/// their place is in them. `chars_max` is 8 or more.
pub fn short_names(names: &[&str], chars_max: usize) -> Vec<String> {
    let cut_by = |way: fn(&str, usize) -> String| -> Vec<String> {
        let cut =
            |name: &&str| if chars(name) <= chars_max { name.to_string() } else { way(name, chars_max) };
        names.iter().map(cut).collect()
    };
    // Equal names cannot be told apart, and are none of this function's making.
    let tells = |short: &Vec<String>| {
        let clash = |a: usize, b: usize| names[a] != names[b] && short[a] == short[b];
        !(0..names.len()).any(|a| (a + 1..names.len()).any(|b| clash(a, b)))
    };
    let ways: [fn(&str, usize) -> String; 3] = [at_the_end, by_parts, in_the_middle];
    ways.into_iter().map(cut_by).find(tells).unwrap_or_else(|| {
        let numbered = |(place, name): (usize, &&str)| {
            if chars(name) <= chars_max {
                return name.to_string();
            }
            let number = format!(" {}", place + 1);
            at_the_end(name, chars_max - chars(&number)) + &number
        };
        names.iter().enumerate().map(numbered).collect()
    })
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

fn at_the_end(name: &str, chars_max: usize) -> String {
    name.chars().take(chars_max - 1).chain(['…']).collect()
}

fn in_the_middle(name: &str, chars_max: usize) -> String {
    let tail = (chars_max - 1) / 2;
    let head = name.chars().take(chars_max - 1 - tail);
    head.chain(['…']).chain(name.chars().skip(chars(name) - tail)).collect()
}

/// The parts of a combination, as long as they may be: first those behind the first become shorter, then it.
fn by_parts(name: &str, chars_max: usize) -> String {
    let Some((first, rest)) = name.split_once('+') else { return in_the_middle(name, chars_max) };
    let cut = |length: usize| -> String {
        rest.split('+').map(|part| part.chars().take(length).collect()).collect::<Vec<String>>().join("+")
    };
    let room = chars_max.saturating_sub(chars(first) + 1);
    let lengths = (PART_CHARS..=chars(rest)).rev();
    if let Some(rest) = lengths.map(cut).find(|rest| chars(rest) <= room) {
        return format!("{first}+{rest}");
    }
    let rest = cut(PART_CHARS);
    match chars_max.saturating_sub(chars(&rest) + 1) {
        room if room >= 5 => format!("{}+{rest}", in_the_middle(first, room)),
        _ => in_the_middle(name, chars_max),
    }
}
