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
        let is_hidden = others.iter().any(|other| other.words == self.words && other.exact != self.exact);
        if is_hidden { self.exact.clone() } else { self.words.clone() }
    }
}
