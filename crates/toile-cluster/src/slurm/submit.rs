//! Handing the scripts to Slurm: both, or none.

use std::path::Path;
use std::process::Command;

use super::command::run;
use super::error::SlurmError;
use super::queue::cancel;

/// The numbers of what was submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Of the array.
    pub array: String,
    /// Of the job that gathers.
    pub gather: String,
}

/// Submits the array and the job that waits for it. The array is held until both are taken; where the second is
/// refused, the first is cancelled.
///
/// # Errors
/// Slurm is not there, or refuses.
pub fn submit(array_script: &Path, gather_script: &Path) -> Result<Submitted, SlurmError> {
    let array = sbatch(&["--hold"], array_script)?;
    let after = format!("--dependency=afterany:{array}");
    let gathered = sbatch(&[&after], gather_script).and_then(|gather| {
        run("scontrol", Command::new("scontrol").args(["release", &array]))?;
        Ok(gather)
    });
    match gathered {
        Ok(gather) => Ok(Submitted { array, gather }),
        Err(error) => {
            // What went wrong first is what the user has to know.
            let _ = cancel(&[&array]);
            Err(error)
        }
    }
}

fn sbatch(args: &[&str], script: &Path) -> Result<String, SlurmError> {
    let answer = run("sbatch", Command::new("sbatch").arg("--parsable").args(args).arg(script))?;
    // `123`, or `123;cluster`.
    let number = answer.trim().split(';').next().unwrap_or_default();
    match !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(number.to_owned()),
        false => Err(SlurmError::NoNumber { answer }),
    }
}
