//! The subcommands of `toile`, a file each.

pub mod data;
pub mod show;
pub mod studies;

use std::io::{ErrorKind, Write};

/// Writes data to standard output. A reader that has seen enough (`toile show x | head`) is no error.
fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
