//! The commands of the tutorial, one after the other, on pictures of two classes.

use std::fs;

use super::cli::{Place, STUDY};
use super::documents::{commands, run};
use super::init::picture;

const TUTORIAL: &str = include_str!("../../../../docs/own-pictures.md");

#[test]
fn its_commands_do_what_it_says() {
    let place = Place::new(STUDY);
    for number in 0..15 {
        picture(&place.path(&format!("photos/cats/{number}.png")), 16, number, true);
        picture(&place.path(&format!("photos/dogs/deep/Er {number}.PNG")), 16, number, false);
    }
    let commands = commands(TUTORIAL);
    assert!(commands.len() >= 7, "{commands:?}");
    commands.into_iter().for_each(|line| drop(run(&place, line)));
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
