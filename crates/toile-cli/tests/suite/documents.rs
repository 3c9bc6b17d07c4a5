//! The commands of the documents, as a reader would type them.

use std::path::Path;
use std::process::Command;

use super::cli::{Place, Ran};

/// Lines of a document's blocks that are marked as commands, ```sh. What continues on the next line is one command.
pub(crate) fn commands(document: &str) -> Vec<&str> {
    let mut commands = Vec::new();
    for block in document.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let mut rest = block;
        while !rest.is_empty() {
            let end = rest.match_indices('\n').map(|(at, _)| at).find(|&at| !rest[..at].ends_with('\\'));
            let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
            commands.extend(Some(line).filter(|line| !line.trim().is_empty()));
            rest = after.strip_prefix('\n').unwrap_or(after);
        }
    }
    commands
}

/// Lines of a document's blocks that are marked as nothing: what a program says.
pub(crate) fn outputs(document: &str) -> Vec<&str> {
    let (mut lines, mut kind) = (Vec::new(), None);
    for line in document.lines() {
        match (line.strip_prefix("```"), kind) {
            (Some(marked), None) => kind = Some(marked),
            (Some(_), Some(_)) => kind = None,
            (None, Some("")) => lines.push(line),
            (None, _) => {}
        }
    }
    lines
}

/// Runs a command in the place's folder, with `toile` on the path; it has to end well.
pub(crate) fn run(place: &Place, line: &str) -> Ran {
    let program = Path::new(env!("CARGO_BIN_EXE_toile")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", line]).current_dir(place.path("."));
    shell.env("PATH", &path).env("XDG_CACHE_HOME", place.path("cache"));
    let ran = Ran::of(shell.output().unwrap());
    // A verdict may be any.
    let is_verdict = line.starts_with("toile compare") && matches!(ran.code, Some(0 | 1 | 3));
    assert!(ran.code == Some(0) || is_verdict, "{line}: {:?}\n{}\n{}", ran.code, ran.stdout, ran.stderr);
    ran
}
