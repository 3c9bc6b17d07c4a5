//! The command that does a part of the work: this one's, without what is said anew for each part.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::command_line::quoted;

/// Options with a value that concern this process, or the asking of a scheduler.
const WITH_VALUE: [&str; 14] = [
    "--on",
    "--partition",
    "--account",
    "--cpus-per-run",
    "--runs-per-task",
    "--time",
    "--max-running",
    "--sbatch-arg",
    "--image",
    "--volume-claim",
    "--progress",
    "--jobs",
    "--threads",
    "--log",
];

/// Those without a value.
const WITHOUT_VALUE: [&str; 8] =
    ["--dry-run", "--detach", "--resume", "--json", "--markdown", "--open", "--tensorboard", "--gather"];

/// This program with these arguments, for a shell: what is to be done is added. Nodes are not expected to reach the
/// network.
pub(in super::super) fn command_of_a_part() -> String {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("toile"));
    let mut args = of_a_part(std::env::args_os().skip(1));
    if !args.iter().any(|arg| arg == OFFLINE) {
        args.push(OFFLINE.into());
    }
    let parts = [program.into_os_string()].into_iter().chain(args);
    parts.map(quoted).collect::<Vec<_>>().join(" ")
}

const OFFLINE: &str = "--offline";

/// The arguments of a process that does a part, where these are the arguments of this one, the program left out.
pub(super) fn of_a_part(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy();
        let name = text.split('=').next().unwrap_or_default();
        if WITH_VALUE.contains(&name) {
            if !text.contains('=') {
                args.next();
            }
        } else if !WITHOUT_VALUE.contains(&name) {
            kept.push(arg);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_anew_is_left_out() {
        let args = "run study.toml --on slurm --out=x --partition long --seeds 0-3 --sbatch-arg=--qos=low --json \
                    --threads 2 --time 1-12 --offline";
        let kept = of_a_part(args.split_whitespace().map(OsString::from));
        assert_eq!(kept, ["run", "study.toml", "--out=x", "--seeds", "0-3", "--offline"]);
    }
}
