//! The `toile` program.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use toile::commands;

/// Trains, evaluates and compares small image classifiers on the CPU you already have.
#[derive(Parser)]
#[command(name = "toile", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Data sets: what there is, fetching, verifying
    Data(commands::data::DataArgs),
}

fn main() -> ExitCode {
    let Command::Data(args) = Arguments::parse().command;
    commands::data::run(args).unwrap_or_else(|error| {
        eprintln!("toile: {error:#}");
        ExitCode::from(2)
    })
}
