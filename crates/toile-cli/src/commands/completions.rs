//! `toile completions SHELL`: what a shell needs to complete this program's arguments.

use std::process::ExitCode;

use clap::Command;
use clap_complete::Shell;

use crate::stdout::print;

// Paragraphs are one line each: they are wrapped to the terminal.
const HELP: &str = "\
Where shells look for it:
  bash        toile completions bash > ~/.local/share/bash-completion/completions/toile
  zsh         toile completions zsh > a folder of $fpath, as _toile
  fish        toile completions fish > ~/.config/fish/completions/toile.fish
  powershell  toile completions powershell >> $PROFILE";

/// Prints what a shell needs to complete the arguments of this program
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Prints it for this program.
pub fn run(args: &CompletionsArgs, mut program: Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "toile", &mut script);
    print("the completions", &String::from_utf8_lossy(&script));
    ExitCode::SUCCESS
}
