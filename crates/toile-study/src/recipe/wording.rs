//! A setting as people read it and as it is. Words round a share and name the first few classes, so that two settings
//! that differ may read alike.

/// A setting of one model, to stand beside those of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wording {
    /// For people: `the ends of the epochs behind 75 %`.
    pub(crate) words: String,
    /// What it is, in one line: `{ start = 0.75001 }`. Two settings differ where these do.
    pub(crate) exact: String,
}

impl Wording {
    /// Of words that leave out nothing.
    pub(crate) fn of_exact(words: String) -> Self {
        Wording { exact: words.clone(), words }
    }

    /// Of words that stand for this text of a study file.
    pub(crate) fn of_text(words: String, text: &str) -> Self {
        // A list has a line an entry. No string in it holds the end of a line: a study file writes it as an escape.
        let exact = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        Wording { words, exact }
    }

    /// What is shown of it beside these: its words, but what it is where one of them has these words and is another.
    pub(crate) fn beside(&self, others: &[Wording]) -> String {
        let is_hidden = |other: &&Wording| other.words == self.words && other.exact != self.exact;
        let hidden: Vec<&str> = others.iter().filter(is_hidden).map(|other| other.exact.as_str()).collect();
        if hidden.is_empty() { self.words.clone() } else { part_that_differs(&self.exact, &hidden) }
    }
}

/// Characters of a text that is shown whole, and of what is shown on either side of a difference in a longer one.
const WHOLE: usize = 160;
const AROUND: usize = 20;

/// A text beside others that it differs from: of a long one, as the weights of a hundred classes are, the part that tells it
/// from all of them.
fn part_that_differs(text: &str, others: &[&str]) -> String {
    let all: Vec<char> = text.chars().collect();
    if all.len() <= WHOLE {
        return text.to_owned();
    }
    let equal = |pairs: &mut dyn Iterator<Item = (char, char)>| pairs.take_while(|(a, b)| a == b).count();
    let before = |other: &&str| equal(&mut text.chars().zip(other.chars()));
    let behind = |other: &&str| equal(&mut text.chars().rev().zip(other.chars().rev()));
    let least = |lengths: &dyn Fn(&&str) -> usize| others.iter().map(lengths).min().unwrap_or(0);
    let start = least(&before).saturating_sub(AROUND);
    // Where one is the other and more, the same characters may count from both ends.
    let end = (all.len() - least(&behind).min(all.len()) + AROUND).max(start + 2 * AROUND).min(all.len());
    let shown: String = all[start..end].iter().collect();
    let [front, back] = [start > 0, end < all.len()].map(|is_cut| if is_cut { "…" } else { "" });
    format!("{front}{shown}{back}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(of_fiftieth: &str) -> Wording {
        let weight =
            |class: usize| format!("class{class} = {}", if class == 50 { of_fiftieth } else { "2.0" });
        let all: Vec<String> = (0..100).map(weight).collect();
        Wording { words: "class0 2, class1 2 and 98 more".into(), exact: format!("{{ {} }}", all.join(", ")) }
    }

    #[test]
    fn of_a_long_text_the_difference_is_shown() {
        let both = [weights("2.5"), weights("3.5")];
        let shown = both.each_ref().map(|one| one.beside(&both));
        assert_eq!(shown[0], "…49 = 2.0, class50 = 2.5, class51 = 2.0, c…");
        assert_eq!(shown[1], "…49 = 2.0, class50 = 3.5, class51 = 2.0, c…");
        // Nobody has its words and is another.
        assert_eq!(both[0].beside(&both[..1]), both[0].words);
        // One more class, and one more at the end.
        let longer = |more: &str| Wording { exact: both[0].exact.replace(" }", more), ..both[0].clone() };
        for more in [", class100 = 2.0 }", ", z = 1.0, y = 1.0 }"] {
            let both = [both[0].clone(), longer(more)];
            let [short, long] = both.each_ref().map(|one| one.beside(&both));
            assert!(short != long && long.contains(more.trim_end_matches(" }")), "{short} {long}");
            assert!(short.chars().count() < WHOLE && long.chars().count() < WHOLE, "{short} {long}");
        }
        let short = ["{ start = 0.75 }", "{ start = 0.7501 }"]
            .map(|exact| Wording { words: "the ends".into(), exact: exact.into() });
        assert_eq!(short[0].beside(&short), "{ start = 0.75 }");
    }
}
