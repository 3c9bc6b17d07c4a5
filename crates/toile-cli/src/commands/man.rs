//! `toile man DIR`: a manual page of the program and one of each command.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Command;
use clap_mangen::Man;
use toile_study::atomic;

use crate::progress::say;

/// Writes the manual pages into a folder, as toile.1 and toile-run.1
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "Example:\n  toile man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The folder, usually called man1
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Writes those of this program.
///
/// # Errors
/// A folder or file that cannot be written.
pub fn run(args: &ManArgs, mut program: Command) -> anyhow::Result<ExitCode> {
    atomic::create_folder(&args.folder)?;
    program.build();
    let pages = write(&program, &args.folder)?;
    say(&format!("wrote {pages} pages into {}", args.folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// Writes the page of a command and those of its commands; how many.
fn write(command: &Command, folder: &Path) -> anyhow::Result<usize> {
    // `toile data list` is at home in toile-data-list.1.
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page).with_context(|| format!("cannot make {}", path.display()))?;
    atomic::write(&path, &page)?;
    let below = command.get_subcommands().filter(|command| command.get_name() != "help");
    below.map(|command| write(command, folder)).try_fold(1, |sum, pages| Ok(sum + pages?))
}
