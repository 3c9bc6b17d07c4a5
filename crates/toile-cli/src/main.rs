//! The program: arguments in, library calls, exit codes out.
//!
//! Exit codes: 0 done; 1 `data verify` found something, or `compare` a worse model; 2 an error, a diverged run or a
//! bug; 3 `compare` is undecided; 130 stopped by Ctrl-C at a checkpoint.

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::Parser;
use toile_cli::args::Args;
use toile_cli::commands::{self, EXIT_ERROR};
use toile_cli::progress::say;

fn main() -> ExitCode {
    // A panic is a bug. It is told in one line, without a backtrace; the run it broke, or the end of
    // this function, says the rest.
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let message = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
        let place = info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        say(&format!("bug: {message}{place}"));
    }));
    let args = Args::parse();
    match panic::catch_unwind(AssertUnwindSafe(|| commands::dispatch(args.command))) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            say(&format!("error: {}", commands::with_causes(&*error)));
            ExitCode::from(EXIT_ERROR)
        }
        Err(_) => {
            say("error: this is a bug in Toile; please report it with the command and the study file");
            ExitCode::from(EXIT_ERROR)
        }
    }
}
