//! The program: arguments in, library calls, exit codes out.
//!
//! Exit codes: 0 done; 1 `data verify` found something, or `compare` a worse model; 2 an error, a diverged run or a
//! bug; 3 `compare` is undecided; 130 stopped by Ctrl-C.

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use toile_cli::command_line::quoted;
use toile_cli::exit::{EXIT_ERROR, with_causes};
use toile_cli::program::{self, Args};
use toile_cli::progress::{complain, tell};
use toile_cli::stdout;

fn main() -> ExitCode {
    // A panic is a bug. It is told in one line, without a backtrace; the run it broke, or the end of
    // this function, says the rest.
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let message = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
        let place = info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        tell(&format!("bug: {message}{place}"));
    }));
    let code = match Args::try_parse() {
        Ok(args) => done(args),
        Err(error) => told(&error),
    };
    match stdout::failure() {
        None => code,
        Some(failure) => {
            complain(&failure);
            ExitCode::from(EXIT_ERROR)
        }
    }
}

/// Does what was asked.
fn done(args: Args) -> ExitCode {
    match panic::catch_unwind(AssertUnwindSafe(|| program::dispatch(args))) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            complain(&with_causes(&*error));
            ExitCode::from(EXIT_ERROR)
        }
        Err(_) => {
            complain("this is a bug in Toile; please report it with the command and the study file");
            ExitCode::from(EXIT_ERROR)
        }
    }
}

/// Help, the version, or what is wrong with the arguments.
fn told(error: &clap::Error) -> ExitCode {
    if error.kind() == ErrorKind::InvalidUtf8 {
        let word = std::env::args_os().find(|word| word.to_str().is_none()).unwrap_or_default();
        complain(&format!(
            "the argument {} is not UTF-8, which names of studies and models are; rename what it names \
             (folders, as of --out and --data-dir, may be called as they like)",
            quoted(word)
        ));
        return ExitCode::from(EXIT_ERROR);
    }
    if !error.use_stderr() {
        stdout::print("the help", &error.to_string());
        return ExitCode::SUCCESS;
    }
    tell(error.to_string().trim_end());
    ExitCode::from(EXIT_ERROR)
}
