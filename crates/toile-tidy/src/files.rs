//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// A file with its path below the repository, `/` between folders.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// `crates/toile-nn/src/lib.rs`.
    pub path: String,
    /// Its contents.
    pub text: String,
}

/// The folder of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// All files below `folder` whose name ends in one of `endings`, in order of their paths. Build outputs and hidden
/// folders are left out.
pub fn below(folder: &str, endings: &[&str]) -> Vec<SourceFile> {
    let root = repository();
    let mut found = Vec::new();
    collect(&root, &root.join(folder), endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(root: &Path, folder: &Path, endings: &[&str], found: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "runs", "node_modules"].contains(&name.as_str()) {
                collect(root, &path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let text =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let path = path.strip_prefix(root).expect("it lies below the repository");
            found.push(SourceFile { path: path.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

/// Whether it is code that ships: no test, benchmark or example.
pub fn is_shipped(path: &str) -> bool {
    path.contains("/src/") && !path.ends_with("/tests.rs") && !path.contains("/tests/")
}
