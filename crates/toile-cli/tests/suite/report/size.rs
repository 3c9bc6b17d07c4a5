//! The page stays small, and a report made again from what is kept has the same bytes all the same.

use toile_cli::report::{Binding, Kept, Whose, known_names};
use toile_study::conduct::StudyView;

use super::evidence::{Fixture, MANY_MODELS as MODELS, everything, html_of, study, study_of};
use super::with_evidence::{data, file};

const BYTES_MAX: usize = 3_000_000;

/// The page, which is made again from its sheet as well.
#[track_caller]
fn page_of(fixture: &Fixture) -> String {
    let files = fixture.files();
    let names: Vec<&str> =
        files.iter().map(|file| file.0.as_str()).filter(|name| *name != "report.html").collect();
    assert!(names.is_empty() || names == known_names().collect::<Vec<_>>(), "{names:?}");
    let kept = (!names.is_empty()).then(|| {
        let [png, csv] = ["images.png", "images.csv"].map(|name| file(&files, name));
        let binding: Binding = serde_json::from_slice(file(&files, "images.json")).unwrap();
        binding.check(png, csv, Some(&Whose::of(&fixture.results))).unwrap();
        Kept::read(fixture.test.image_shape, png, csv).unwrap()
    });
    let again = fixture.without_data(kept.as_ref().map(|kept| kept as _));
    assert!(again == files, "made again it differs");
    let html = html_of(&files);
    assert!(html.len() < BYTES_MAX, "{} bytes", html.len());
    html
}

/// Most images behind a cell.
fn most(html: &str) -> usize {
    let data = data(html);
    let of_model =
        data["cells"].as_object().unwrap().values().flat_map(|of| of["cells"].as_object().unwrap().values());
    of_model.map(|cell| cell["images"].as_array().unwrap().len()).max().unwrap_or(0)
}

#[test]
fn a_report_made_again_has_the_same_bytes() {
    for fixture in [everything(), study(500, 8, 10, &[0])] {
        let html = page_of(&fixture);
        assert!(most(&html) > 16 && !html.contains("images are kept here"), "nothing was left out");
        let without = html_of(&fixture.without_data(None));
        assert!(!without.contains("id=\"gallery\"") && without.contains("Confusion matrices"));
    }
}

#[test]
fn images_that_do_not_compress_are_fewer_of_each_cell() {
    let html = page_of(&study(10_000, 28, 10, &[0, 1]));
    let said = format!("Of each cell at most {} images are kept here", most(&html));
    assert!((1..24).contains(&most(&html)) && html.contains(&said), "{}", most(&html));
}

#[test]
fn many_models_leave_less_room_for_images() {
    let html = page_of(&study_of(&MODELS, [2_000, 28, 10], &[0, 1, 2]));
    assert!((1..24).contains(&most(&html)), "{}", most(&html));
    // The sheet of the same images may be larger beside fewer models.
    let few = page_of(&study_of(&MODELS[..2], [2_000, 28, 10], &[0, 1, 2]));
    assert!(most(&few) > most(&html));
}

/// Two hundred classes: the most confused ones are drawn, all of them are in the tables, and the page stays small.
#[test]
fn two_hundred_classes_can_still_be_read() {
    let fixture = study_of(&MODELS[..3], [2_000, 8, 200], &[0, 1]);
    let html = page_of(&fixture);
    assert!(html.contains("the 30 most confused of 200 classes"));
    assert!(html.contains("the 100 classes with the lowest recall"));
    // Three matrices and two differences, each plain and transposed, each of 30 by 30 cells.
    assert_eq!(html.matches("<td class=\"r").count() + html.matches("<td class=\"w").count(), 5 * 2 * 900);
    assert!(html.contains("test accuracy, top 5") && !html.contains("balanced accuracy"));
    let results = &fixture.results;
    let view = StudyView { test: None, ..fixture.view() };
    let files = toile_cli::outputs::study_files(view);
    let csv = String::from_utf8(file(&files, "data/confusion_matrix.csv").to_vec()).unwrap();
    assert_eq!(csv.lines().count(), 1 + 3 * 200 * 200, "every cell");
    let drawing = String::from_utf8(file(&files, "confusion_matrix_baseline.svg").to_vec()).unwrap();
    assert!(drawing.contains("the 30 most confused of 200 classes"));
    assert_eq!(drawing.matches("<title>").count(), 1 + 900, "its name and its cells");
    assert!(toile_cli::table::comparison(results, &[], Default::default()).contains("accuracy, top 5"));
}

#[test]
fn of_large_images_those_behind_cells_are_left_out_first() {
    let html = page_of(&study(40, 400, 4, &[0]));
    assert!(html.contains("The test images of each cell are left out"));
    assert!(!html.contains("id=\"gallery\"") && !html.contains("id=\"cells-help\""));
    assert!(html.contains("<section id=\"images\"") && html.contains("data:image/png"));
    // Where a single one is too large, all are.
    let html = page_of(&study(4, 1_600, 2, &[0]));
    assert!(!html.contains("<section id=\"images\"") && !html.contains("data:image/png"));
}
