//! What exported files are called where nobody says it.

use toile_study::trained::Trained;

/// `study-model-seed-0`, without an ending.
pub fn stem(trained: &Trained) -> String {
    let run = format!("{}-seed-{}", trained.run.model, trained.run.seed);
    if trained.study.is_empty() { run } else { format!("{}-{run}", trained.study) }
}

/// The same as a module of Python can be called: letters, digits and underscores, no digit first.
pub fn module(trained: &Trained) -> String {
    let name: String =
        stem(trained).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("model_{name}") } else { name }
}
