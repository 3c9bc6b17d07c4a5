//! The report of a study whose test images and outcomes are known.

use std::collections::BTreeSet;

use serde_json::Value;
use toile_study::results::RunStatus;

use super::evidence::{everything, html_of, study};
use crate::golden::check;
use crate::outline;

pub(super) fn data(html: &str) -> Value {
    let (_, rest) = html.split_once("type=\"application/json\">").expect("a block of data");
    serde_json::from_str(rest.split("</script>").next().unwrap()).expect("JSON")
}

pub(super) fn file<'a>(files: &'a [(String, Vec<u8>)], name: &str) -> &'a [u8] {
    &files.iter().find(|file| file.0 == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// The images of the sheet, from the file beside it.
fn indices(files: &[(String, Vec<u8>)]) -> Vec<u64> {
    let csv = String::from_utf8(file(files, "images.csv").to_vec()).unwrap();
    csv.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect()
}

#[test]
fn report_with_everything() {
    check("report-everything.txt", &outline::of_page(&everything().html()));
}

#[test]
fn the_verdict_comes_first_and_every_section_is_there() {
    let html = everything().html();
    let place = |text: &str| html.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place("+20.70\u{a0}points of accuracy") < place("<nav"));
    assert!(place("The network is a reconstruction.") < place("<nav"));
    let sections = [
        "comparison",
        "attribution",
        "published",
        "curves",
        "confusion",
        "images",
        "classes",
        "calibration",
        "ablation",
        "findings",
        "networks",
        "reproduction",
    ];
    let places: Vec<usize> = sections.iter().map(|id| place(&format!("<section id=\"{id}\""))).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn each_image_is_there_once_and_a_cell_shows_at_most_24() {
    let fixture = study(2_000, 8, 10, &[4, 2]);
    let files = fixture.files();
    let html = html_of(&files);
    assert_eq!(html.matches("data:image/png").count(), 1);
    let indices = indices(&files);
    let unique: BTreeSet<&u64> = indices.iter().collect();
    assert_eq!(unique.len(), indices.len());
    let data = data(&html);
    for (place, model) in fixture.results.models.iter().enumerate() {
        let of_model = &data["cells"][&model.name];
        assert_eq!(of_model["run"], "seed 2", "the lowest seed, whatever their order");
        let run = &fixture.evidence.outcomes.models[place].runs[1];
        let confusion = model.runs[1].evaluation.as_ref().unwrap().confusion.to_rows();
        let mut cells_seen = 0;
        for (t, row) in confusion.iter().enumerate() {
            for (p, images) in row.iter().enumerate() {
                let cell = &of_model["cells"][format!("{t}-{p}")];
                if *images == 0 {
                    assert!(cell.is_null());
                    continue;
                }
                cells_seen += 1;
                assert_eq!(cell["of"], *images);
                let shown = cell["images"].as_array().unwrap();
                assert_eq!(shown.len() as u64, (*images).min(24));
                let sure: Vec<f32> = shown
                    .iter()
                    .map(|image| {
                        let index = image[0].as_u64().unwrap();
                        assert_eq!(
                            indices[image[1].as_u64().unwrap() as usize],
                            index,
                            "its place in the sheet"
                        );
                        assert_eq!(fixture.test.labels[index as usize] as usize, t);
                        assert_eq!(run.predictions[index as usize] as usize, p);
                        run.confidence[index as usize]
                    })
                    .collect();
                assert!(sure.is_sorted_by(|a, b| a >= b), "the most confident first");
            }
        }
        assert!(cells_seen >= 20, "{cells_seen}");
    }
}

#[test]
fn cells_can_be_found_by_model_and_classes() {
    let html = everything().html();
    for model in ["baseline", "better"] {
        for t in 0..3 {
            for p in 0..3 {
                let cell = format!("data-true=\"{t}\" data-predicted=\"{p}\" data-model=\"{model}\"");
                assert_eq!(html.matches(&cell).count(), 2, "{cell}, once plain and once transposed");
            }
        }
    }
    assert!(html.contains("id=\"gallery\"") && html.contains("data-chart=\"loss\""));
}

#[test]
fn several_seeds_are_means_with_their_spread() {
    let html = everything().html();
    assert!(html.contains("test accuracy, mean of 3 runs"));
    assert!(html.contains("class=\"spread c0\""), "a band over the seeds");
    assert!(html.contains("<select data-seeds=\"baseline\""));
    assert!(!study(60, 4, 3, &[0]).html().contains("class=\"spread"), "one seed has no band");
}

#[test]
fn diverged_runs_are_told_and_not_averaged_in() {
    let mut fixture = everything();
    fixture.evidence.comparison = None;
    let run = &mut fixture.results.models[0].runs[1];
    run.status = RunStatus::Diverged { epoch: 3, step: 7 };
    run.evaluation = None;
    run.epochs.truncate(2);
    fixture.evidence.outcomes.models[0].runs.remove(1);
    let html = fixture.html();
    assert!(html.contains("<b>1 diverged</b>"), "in the head");
    assert!(html.contains("2 of 3 runs finished, 1 diverged"));
    assert!(html.contains("mean of 2 runs"));
    assert!(html.contains("line faint c0"), "its curve is drawn by itself");
}

#[test]
fn under_way_it_says_how_far() {
    let mut fixture = everything();
    fixture.evidence.comparison = None;
    let run = &mut fixture.results.models[1].runs[2];
    run.status = RunStatus::Unfinished;
    run.evaluation = None;
    run.epochs.truncate(1);
    fixture.evidence.outcomes.models[1].runs.pop();
    let html = fixture.html();
    // Runs that have not begun leave no trace but in the study's seeds.
    fixture.results.seeds = vec![0, 1, 2, 3];
    assert!(fixture.html().contains("21 of 32 epochs are done."), "with a seed that has not begun");
    // Two models, three seeds, four epochs each; three of one run are missing.
    assert!(html.contains("21 of 24 epochs are done."), "the epochs");
    assert!(html.contains("<progress max=\"24\" value=\"21\""));
    assert!(html.contains("5 runs have reached the end"));
}

#[test]
fn no_name_ends_the_block_of_data() {
    let mut fixture = study(30, 4, 3, &[0]);
    let evil = "</script><script>alert(1)</script>";
    fixture.results.dataset.class_names[1] = evil.into();
    let html = fixture.html();
    assert!(!html.contains("<script>alert"));
    assert_eq!(data(&html)["classes"][1], evil);
}
