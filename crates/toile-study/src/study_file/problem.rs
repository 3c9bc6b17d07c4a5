//! Whether a study file could describe a recipe: its own reader says so.

use super::read;
use super::write;
use crate::recipe::{Recipe, RecipeSetting, rules};

/// What is wrong with a recipe by the rules that need no data set, and what to do; `None` where nothing is.
///
/// A recipe that was changed, or made in code, never stood in a file. It is written as it would stand there and read by
/// the rules of files, so that there is one set of rules, and a setting that is added has them as soon as it can be read.
pub fn problem(recipe: &Recipe) -> Option<String> {
    if let Some(problem) = inside_the_warm_up(recipe) {
        return Some(problem);
    }
    let refused = read::recipe(&write::alone(recipe)).err()?;
    // TOML has another word for it than Rust.
    let settings = recipe.settings();
    let no_number = settings.iter().find(|setting| holds_nan(setting));
    Some(match no_number {
        Some(RecipeSetting { key, .. }) => {
            format!("`{key}` has a value that is no number (NaN); choose one that is")
        }
        None => refused.sentence(),
    })
}

/// Of fewer epochs than a model warms up for: whoever asks for them may not know that it does.
fn inside_the_warm_up(recipe: &Recipe) -> Option<String> {
    let (epochs, warmup_epochs) = (recipe.epochs, recipe.learning_rate.warmup_epochs);
    let is_inside = rules::EPOCHS.contains(&u64::from(epochs))
        && !rules::warmup(epochs).contains(&u64::from(warmup_epochs));
    let plural = if epochs == 1 { "" } else { "s" };
    is_inside.then(|| {
        format!(
            "its training would end inside the warm-up: {epochs} epoch{plural}, of which {warmup_epochs} would be \
             warm-up; choose {warmup_epochs} epochs or more, or a smaller warmup_epochs in the study file"
        )
    })
}

/// Whether a number of it is none. What stands in quotes is a name.
fn holds_nan(setting: &RecipeSetting) -> bool {
    let text = setting.text.as_deref().unwrap_or_default();
    text.split('"').step_by(2).any(|part| part.contains("NaN"))
}
