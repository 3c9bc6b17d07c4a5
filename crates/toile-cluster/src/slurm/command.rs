//! Calling Slurm's programs.

use std::io;
use std::process::{Command, Output};

use super::error::{SlurmError, remedy};

/// What a program of Slurm's writes.
pub(super) fn run(program: &'static str, command: &mut Command) -> Result<String, SlurmError> {
    let Output { status, stdout, stderr } = command.output().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SlurmError::NotThere { program },
        _ => SlurmError::NotStarted { program, source },
    })?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let answer = String::from_utf8_lossy(&stderr).into_owned();
    Err(SlurmError::Refused { remedy: remedy(&answer), answer })
}
