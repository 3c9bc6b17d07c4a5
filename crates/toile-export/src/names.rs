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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, CORNERS};

    #[test]
    fn names_tell_the_run_and_modules_can_be_imported() {
        let mut trained = sample::trained(CORNERS, 1);
        assert_eq!(
            (stem(&trained).as_str(), module(&trained).as_str()),
            ("corners-corners-seed-3", "corners_corners_seed_3")
        );
        trained.study.clear();
        trained.run.model = "3 layers".into();
        assert_eq!(
            (stem(&trained).as_str(), module(&trained).as_str()),
            ("3 layers-seed-3", "model_3_layers_seed_3")
        );
    }
}
