//! The subcommands of `toile`, a file each.

pub mod bench;
pub mod compare;
pub mod data;
pub mod explain;
pub mod report;
pub mod run;
mod shared;
pub mod show;
pub mod silence;
pub mod studies;
pub mod sweep;

use std::process::ExitCode;

use crate::args::Command;

/// Something a user has to know and to act on.
pub const EXIT_ERROR: u8 = 2;

/// A verdict that a script should not pass over.
pub const EXIT_WORSE: u8 = 1;

/// The runs do not decide.
pub const EXIT_UNDECIDED: u8 = 3;

/// Does what was asked.
///
/// # Errors
/// Whatever kept it from being done, with the remedy.
pub fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Silence(args) => silence::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Show(args) => show::run(args),
        Command::Studies(args) => studies::run(args),
        Command::Data(args) => data::run(args),
        Command::Bench(args) => bench::run(&args),
    }
}

/// The error and what caused it, leaving out causes that it quotes already.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text += &format!("\n  because {said}");
        }
        cause = error.source();
    }
    text
}

/// `643,082`.
fn grouped(number: usize) -> String {
    toile_study::numbers::count(number as u64)
}
