//! `toile studies`: the studies that are part of the program.

use std::process::ExitCode;

use serde_json::{Value, json};
use toile_study::study::{Model, Study};
use toile_study::study_file::{BUILT_IN, parse};

use crate::progress::say;
use crate::stdout::print;

/// Lists the studies that are part of the program
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct StudiesArgs {
    /// Print the list as JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints the list.
///
/// # Errors
/// A study that is built in and not right.
pub fn run(args: &StudiesArgs) -> anyhow::Result<ExitCode> {
    let studies = BUILT_IN.iter().map(|study| Ok(parse(study.source, study.name)?.study().clone()));
    let studies = studies.collect::<anyhow::Result<Vec<_>>>()?;
    if args.json {
        print("the list of studies", &(serde_json::to_string_pretty(&listed(&studies))? + "\n"));
        return Ok(ExitCode::SUCCESS);
    }
    print("the list of studies", &render(&studies));
    say("\nLook at one with `toile show NAME`, train it with `toile run NAME`.");
    Ok(ExitCode::SUCCESS)
}

/// Name, title, data set and models of each study.
fn listed(studies: &[Study]) -> Value {
    let model = |model: &Model| json!({ "name": model.name, "on_request": model.on_request });
    let study = |study: &Study| {
        json!({
            "name": study.name,
            "title": study.title,
            "dataset": study.dataset(),
            "models": study.models.iter().map(model).collect::<Vec<_>>(),
        })
    };
    studies.iter().map(study).collect()
}

/// Name, title and models of each study.
pub fn render(studies: &[Study]) -> String {
    let width = studies.iter().map(|study| study.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for study in studies {
        let models: Vec<String> = study
            .models
            .iter()
            .map(|model| format!("{}{}", model.name, if model.on_request { " (on request)" } else { "" }))
            .collect();
        text.push_str(&format!("{:width$}  {}\n", study.name, study.title));
        text.push_str(&format!("{:width$}  on {}: {}\n", "", study.dataset(), models.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_studies_are_listed_with_titles_and_models() {
        let studies: Vec<Study> =
            BUILT_IN.iter().map(|study| parse(study.source, study.name).unwrap().study().clone()).collect();
        assert_eq!(render(&studies), include_str!("../../tests/golden/studies.txt"));
    }
}
