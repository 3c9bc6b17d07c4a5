//! What `toile show` prints.

use toile_cli::commands::show::render;
use toile_study::study_file::{Source, load};

use super::golden::check;

#[test]
fn the_source_study() {
    check("show-baseline-vs-better.txt", &render(&load("baseline-vs-better").unwrap(), 2));
}

#[test]
fn a_residual_network_with_every_setting() {
    let source = include_str!("../../../toile-study/tests/suite/study_file/everything.toml");
    let study = Source::new(source, "everything.toml").study().unwrap();
    check("show-everything.txt", &render(&study, 2));
}
