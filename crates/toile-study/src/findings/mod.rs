//! What a study's results say, in sentences that are computed.
//!
//! Every sentence comes with the numbers it rests on, and says the opposite where its condition does not hold.
//! Nothing here knows a model's or a class's name in advance. A sentence rests on one run of each model it
//! speaks of, hence speaks of networks and not of recipes.

mod advice;
mod classes;
mod convergence;
mod curves;
mod finding;
mod gains;
mod number;
mod overfitting;
mod published;
mod settings;
mod status;
mod subject;

pub use advice::divergence_advice;
pub use finding::{Finding, Topic};
pub use number::{Number, Unit};
pub use settings::{SettingRow, compared_settings, same_recipe};
pub use subject::shown_run;

use crate::results::StudyResults;
use subject::Subject;

/// Everything the results say, by topic and then in the order of the models.
pub fn findings(results: &StudyResults) -> Vec<Finding> {
    let subjects: Vec<Subject> = results.models.iter().map(|model| Subject::new(model, results)).collect();
    let mut found = status::findings(&subjects);
    for subject in &subjects {
        found.extend(classes::findings(subject));
        found.extend(curves::of_one(subject));
        found.extend(overfitting::of_one(subject));
        found.extend(convergence::of_one(subject));
        found.extend(published::findings(subject));
    }
    if let Some((reference, others)) = subjects.split_first() {
        for other in others {
            found.extend(gains::findings(reference, other));
            found.extend(curves::of_two(reference, other));
            found.extend(overfitting::of_two(reference, other));
        }
    }
    found.extend(convergence::overtaking(&subjects));
    found.sort_by_key(|finding| Topic::ALL.iter().position(|topic| *topic == finding.topic));
    found
}

impl Finding {
    fn new(id: &str, topic: Topic, subjects: &[&Subject], sentence: String) -> Self {
        Finding {
            id: id.to_string(),
            topic,
            models: subjects.iter().map(|subject| subject.model.name.clone()).collect(),
            holds: true,
            headline: false,
            sentence,
            numbers: Vec::new(),
        }
    }

    fn with(mut self, name: impl Into<String>, value: f64, unit: Unit) -> Self {
        self.numbers.push(Number { name: name.into(), value, unit });
        self
    }

    fn holds(mut self, holds: bool) -> Self {
        self.holds = holds;
        self
    }

    fn headline(mut self) -> Self {
        self.headline = true;
        self
    }
}
