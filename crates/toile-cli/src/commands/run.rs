//! `toile run`: a study, from its file to its comparison table.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::table::compared::verdicts;
use crate::table::{TableOptions, comparison};
use toile_data::LoadOptions;
use toile_study::conduct::{self, Company, Outcome, Renderer, StudyView};
use toile_study::findings::divergence_advice;
use toile_study::numbers::count;
use toile_study::results::{RunResults, RunStatus};
use toile_study::run::{self, Data, Options, RunError, RunView};
use toile_study::study::Study;
use toile_study::study_file;

use super::{EXIT_ERROR, print, table_options, with_causes};
use crate::args::{ProgressMode, RunArgs};
use crate::plots;
use crate::progress::{self, Notice, say};
use crate::report;
use crate::seeds;

/// As shells report a program that Ctrl-C ended.
pub(super) const EXIT_INTERRUPTED: u8 = 130;

/// Runs what of the study is not done yet, then shows what is known.
///
/// # Errors
/// Whatever keeps the study from running at all; what breaks a single run is told and makes the exit code.
pub fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    let study = study(args)?;
    // Before anything is fetched.
    run::select(&study, args.models.as_deref())?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("runs").join(&study.name));
    let options = LoadOptions { data_dir: args.data_dir.clone(), offline: args.offline, cache_dir: None };
    let loaded = toile_data::load(&study.dataset, &options, &mut progress::fetch::fetch_progress())?;
    say(&format!(
        "{}: {} images to train on, {} to test on ({})",
        study.dataset,
        count(loaded.train.len() as u64),
        count(loaded.test.len() as u64),
        loaded.origin
    ));
    let data = Data { train: &loaded.train, test: &loaded.test, digests: &loaded.digests };
    let options = Options {
        models: args.models.clone(),
        threads: args.threads.map(usize::from),
        jobs: args.jobs.map(usize::from),
        resume: args.resume,
        command: command_line(),
        ..Options::new(&out)
    };
    let (observer, notice) = progress::observer(args.progress);
    let stop = stop_on_ctrl_c(notice)?;
    let resolved = study.models.iter().map(|model| (model.name.clone(), model.resolved.clone())).collect();
    let drawings = Drawings { resolved };
    let company = Company { executors: &run::engine, observer: &*observer, renderer: &drawings, stop: &stop };
    let outcome = conduct::run(&study, data, &options, company)?;
    // Bars are cleared before anything else is written.
    drop(observer);
    let code = conclude(&outcome, &out, args.progress)?;
    if args.open && outcome.unwritten.is_none() {
        super::report::open(&out.join("report.html"));
    }
    Ok(code)
}

/// The study, with what the command line changes in it.
fn study(args: &RunArgs) -> anyhow::Result<Study> {
    let mut study = study_file::load(&args.study)?;
    if let Some(seeds) = &args.seeds {
        study.seeds = seeds::flatten(seeds);
    }
    if let Some(epochs) = args.epochs {
        for index in 0..study.models.len() {
            let model = &mut study.models[index];
            (model.epochs, model.settings.epochs) = (epochs, epochs);
            study.models[index].resolved = study_file::resolved(&study, &study.models[index]);
        }
    }
    Ok(study)
}

/// Set by the first Ctrl-C (or a request to terminate); the second ends the program at once.
pub(super) fn stop_on_ctrl_c(notice: Notice) -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            say(&format!("\nended at once; go on from the last checkpoint with:\n  {}", resume_line()));
            std::process::exit(i32::from(EXIT_INTERRUPTED));
        }
        notice("stopping at a checkpoint (Ctrl-C again ends at once, back to the checkpoint before)");
    })?;
    Ok(stop)
}

/// What is drawn beside the numbers.
pub(super) struct Drawings {
    /// (model, its resolved configuration).
    pub(super) resolved: Vec<(String, String)>,
}

impl Renderer for Drawings {
    fn run_files(&self, run: RunView<'_>) -> Vec<(String, Vec<u8>)> {
        plots::run_files(run)
    }

    fn study_files(&self, study: StudyView<'_>) -> Vec<(String, Vec<u8>)> {
        // Of models with runs: the others' configurations are not in the folder, and decided nothing.
        let has_runs = |name: &str| study.results.models.iter().any(|m| m.name == name && !m.runs.is_empty());
        let resolved: Vec<_> = self.resolved.iter().filter(|(name, _)| has_runs(name)).cloned().collect();
        let mut files = report::files(study, &resolved, None);
        files.extend(plots::study_files(study));
        files
    }

    fn occasional_files(&self) -> Vec<&'static str> {
        report::known_names().chain(plots::known_names()).collect()
    }
}

/// The table, where the results are, and what is left to do.
fn conclude(outcome: &Outcome, out: &Path, mode: ProgressMode) -> anyhow::Result<ExitCode> {
    if outcome.started == 0 {
        let diverged = |run: &RunResults| matches!(run.status, RunStatus::Diverged { .. });
        let any = outcome.results.models.iter().flat_map(|model| &model.runs).any(diverged);
        say(match any {
            true => "nothing to do: every run is already finished or diverged",
            false => "nothing to do: every run is already finished",
        });
    }
    let text = |options: TableOptions| {
        let verdicts =
            outcome.comparison.as_ref().map_or(String::new(), |found| verdicts(found, options) + "\n");
        verdicts + &comparison(&outcome.results, &outcome.receipts, options)
    };
    // With JSON on stdout the table is for whoever watches.
    if mode == ProgressMode::Json {
        say(&text(table_options(&std::io::stderr())));
    } else {
        print(&format!("\n{}", text(table_options(&std::io::stdout()))))?;
    }
    for note in &outcome.notes {
        say(&format!("note: {note}"));
    }
    for warning in outcome.comparison.iter().flat_map(|comparison| &comparison.warnings) {
        say(&format!("note: {warning}"));
    }
    let mut code = ExitCode::SUCCESS;
    match &outcome.unwritten {
        None => say(&format!("results: {}", out.join("report.html").display())),
        Some(error) => {
            say(&format!("error: {}", with_causes(error)));
            code = ExitCode::from(EXIT_ERROR);
        }
    }
    for model in &outcome.results.models {
        for run in &model.runs {
            if let RunStatus::Diverged { epoch, step } = run.status {
                let advice = divergence_advice(model.settings.learning_rate);
                let (model, seed) = (&model.name, run.seed);
                say(&format!(
                    "error: {model} (seed {seed}) diverged in epoch {epoch}, step {step}: its loss is no longer \
                     finite; {advice}"
                ));
                code = ExitCode::from(EXIT_ERROR);
            }
        }
    }
    for (run, error) in &outcome.failures {
        say(&format!("error: {run}: {}", with_causes(error)));
        code = ExitCode::from(EXIT_ERROR);
    }
    let unwritten = outcome.failures.iter().any(|(_, error)| matches!(error, RunError::Write(_)));
    if !outcome.interrupted && (unwritten || outcome.unwritten.is_some()) {
        say(&format!("what was computed is kept; then go on with:\n  {}", resume_line()));
    }
    if outcome.interrupted {
        say(&format!("stopped at a checkpoint; go on with:\n  {}", resume_line()));
        code = ExitCode::from(EXIT_INTERRUPTED);
    }
    Ok(code)
}

/// The command line as one would type it again.
pub(super) fn command_line() -> String {
    let mut words: Vec<String> = std::env::args().collect();
    // Where the program lies is nobody's business.
    if let Some(program) = words.first_mut() {
        let name = PathBuf::from(&*program).file_name().map(|name| name.to_string_lossy().into_owned());
        *program = name.unwrap_or_else(|| "toile".into());
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

pub(super) fn resume_line() -> String {
    let line = command_line();
    if line.split(' ').any(|word| word == "--resume") { line } else { line + " --resume" }
}

pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,=:+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, expected) in
            [("a-b/c.toml", "a-b/c.toml"), ("", "''"), ("two words", "'two words'"), ("it's", r"'it'\''s'")]
        {
            assert_eq!(quoted(word), expected);
        }
    }
}
