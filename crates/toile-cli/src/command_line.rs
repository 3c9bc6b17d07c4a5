//! The command line, as one would type it again.

use std::ffi::{OsStr, OsString};
use std::path::Path;

pub use toile_cluster::words::quoted;

/// The program's arguments, quoted for a shell.
pub fn command_line() -> String {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    // Where the program lies is nobody's business.
    if let Some(program) = words.first_mut() {
        *program = Path::new(&*program).file_name().unwrap_or(OsStr::new("toile")).to_owned();
    }
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The command that goes on from the checkpoints of this one.
pub fn resume_line() -> String {
    let line = command_line();
    if line.split(' ').any(|word| word == "--resume") { line } else { line + " --resume" }
}
