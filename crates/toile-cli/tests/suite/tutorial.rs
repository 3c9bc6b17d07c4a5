//! The commands of the tutorial, one after the other, on pictures of two classes.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::cli::{Place, Ran, STUDY};
use super::init::picture;

const TUTORIAL: &str = include_str!("../../../../docs/own-pictures.md");

/// Lines of the blocks that are marked as commands.
fn commands() -> Vec<&'static str> {
    let mut commands = Vec::new();
    for block in TUTORIAL.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        commands.extend(block.lines().filter(|line| !line.trim().is_empty()));
    }
    commands
}

#[test]
fn its_commands_do_what_it_says() {
    let place = Place::new(STUDY);
    for number in 0..15 {
        picture(&place.path(&format!("photos/cats/{number}.png")), 16, number, true);
        picture(&place.path(&format!("photos/dogs/deep/Er {number}.PNG")), 16, number, false);
    }
    let program = Path::new(env!("CARGO_BIN_EXE_toile")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let commands = commands();
    assert!(commands.len() >= 7, "{commands:?}");
    for line in commands {
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", line]).current_dir(place.path("."));
        shell.env("PATH", &path).env("XDG_CACHE_HOME", place.path("cache"));
        let ran = Ran::of(shell.output().unwrap());
        // A verdict may be any.
        let is_verdict = line.starts_with("toile compare") && matches!(ran.code, Some(0 | 1 | 3));
        assert!(ran.code == Some(0) || is_verdict, "{line}: {:?}\n{}\n{}", ran.code, ran.stdout, ran.stderr);
    }
    for left in
        ["photos.toml", "runs/photos/report.html", "runs/folds/report.html", "runs/folds/suspects.csv"]
    {
        assert!(place.path(left).is_file(), "{left} is there");
    }
    let suspects = fs::read_to_string(place.path("runs/folds/suspects.csv")).unwrap();
    assert!(suspects.starts_with("rank,part,index,file,label"), "{suspects}");
    // Two models, a repeat: of ten networks two had not seen an image.
    let report = fs::read_to_string(place.path("runs/folds/report.html")).unwrap();
    let labels = report.split("<section id=\"labels\">").nth(1).expect("the report has the labels");
    assert!(labels.split_once("</section>").unwrap().0.contains("each judged by 2 networks"), "{labels}");
}
