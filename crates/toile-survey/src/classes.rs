//! Class names that may have been meant to be one.

use std::collections::BTreeMap;

/// Groups of classes whose names differ in case, signs between words or a plural's s alone, as `Cat` and `cats`: indices,
/// each group ascending.
pub fn names_alike(class_names: &[String]) -> Vec<Vec<usize>> {
    let mut by_stem: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (class, name) in class_names.iter().enumerate() {
        by_stem.entry(stem(name)).or_default().push(class);
    }
    let mut groups: Vec<Vec<usize>> = by_stem.into_values().filter(|group| group.len() > 1).collect();
    groups.sort();
    groups
}

fn stem(name: &str) -> String {
    let lower: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    match lower.strip_suffix('s') {
        Some(singular) if singular.chars().count() > 2 && !singular.ends_with('s') => singular.to_owned(),
        // A name of signs alone is only like itself.
        _ if lower.is_empty() => name.to_owned(),
        _ => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_form_alone_are_told() {
        for (names, expected) in [
            (&["cat", "dog"][..], &[][..]),
            (&["Cat", "dog", "cats"], &[&[0, 2][..]]),
            (&["ice-cream", "x", "Ice Cream", "ice_cream"], &[&[0, 2, 3]]),
            (&["glas", "glass"], &[]),
            (&["1", "1s", "+", "-"], &[]),
            (&["Straße", "STRASSE", "straße "], &[&[0, 2]]),
        ] {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(names_alike(&names), expected, "{names:?}");
        }
    }
}
