//! A computed sentence, and the headings they stand under.

use serde::Serialize;

use super::number::Number;

/// One computed sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What is stated, in a word that does not change: `hardest-class`.
    pub id: String,
    /// Under which heading it belongs.
    pub topic: Topic,
    /// The models it speaks of.
    pub models: Vec<String>,
    /// Whether what the id names holds; if not, the sentence says the opposite.
    pub holds: bool,
    /// Among the few that a terminal shows.
    pub headline: bool,
    /// The finding in words.
    pub sentence: String,
    /// What it rests on.
    pub numbers: Vec<Number>,
}

/// A heading of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Which runs the findings rest on.
    Basis,
    /// One model against another.
    Comparison,
    /// Which classes are hard, and what they are taken for.
    Classes,
    /// Loss over the epochs.
    Curves,
    /// Training loss against evaluation loss.
    Overfitting,
    /// Whether more epochs would help.
    Convergence,
    /// Measured figures against published ones.
    Published,
}

impl Topic {
    /// All topics, in the order a reader wants them.
    pub const ALL: [Topic; 7] = [
        Topic::Basis,
        Topic::Comparison,
        Topic::Classes,
        Topic::Curves,
        Topic::Overfitting,
        Topic::Convergence,
        Topic::Published,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Topic::Basis => "What this rests on",
            Topic::Comparison => "One model against another",
            Topic::Classes => "Classes and confusions",
            Topic::Curves => "Curves",
            Topic::Overfitting => "Overfitting",
            Topic::Convergence => "Convergence",
            Topic::Published => "Published and measured",
        }
    }
}
