//! The live page: it computes what the engine does, and whoever has it can use it.

mod computed;
mod network;
#[cfg(feature = "serve")]
mod served;
mod used;

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use toile_data::{Dataset, LoadOptions};

use super::page::Page;
use super::report::report;

/// A copy of the study of the report under test, with its live pages: its folder. The report itself stays without links.
fn study() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let write = || {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser-live");
        // What an earlier test run left would be taken for this program's.
        let _ = std::fs::remove_dir_all(&folder);
        let from = report().parent().expect("it lies in a folder").to_owned();
        let copied = Command::new("cp").arg("-R").arg(from).arg(&folder).status().expect("cp is there");
        assert!(copied.success());
        let mut toile = Command::new(env!("CARGO_BIN_EXE_toile"));
        let ran = toile.arg("report").arg(&folder).arg("--live").output().expect("the program starts");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        folder
    };
    FOLDER.get_or_init(write).clone()
}

/// The test images that the study was tested on.
fn test_images() -> Dataset {
    toile_data::load("fashion-mnist-small", &LoadOptions::default(), &mut |_| {})
        .expect("it is built in")
        .test
}
