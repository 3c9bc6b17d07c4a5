//! Values that are huge, and words that have to be one word everywhere.

use toile_cli::outputs::study_files;
use toile_cli::table::{self, TableOptions};
use toile_study::conduct::StudyView;
use toile_study::evidence::Evidence;
use toile_study::results::StudyResults;

use super::evidence::everything;
use super::render;
use crate::golden::plausible_results;
use crate::outline;

/// Lets a study have gone wild and stayed finite.
fn go_wild(results: &mut StudyResults) {
    for run in results.models.iter_mut().flat_map(|model| &mut model.runs) {
        for row in &mut run.epochs {
            (row.train_loss, row.test_loss) = (1e37 * f64::from(row.epoch), Some(2.5e37));
        }
        let evaluation = run.evaluation.as_mut().expect("it was tested");
        (evaluation.test_loss, evaluation.train_loss) = (Some(2.5e37), 1.25e37);
    }
}

/// Digits in a row, the most there are.
fn longest_number(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

#[test]
fn huge_losses_are_short_everywhere() {
    let mut results = plausible_results();
    go_wild(&mut results);
    let page = outline::of_page(&render(&results, &[], &[]));
    let mut fixture = everything();
    go_wild(&mut fixture.results);
    let runs = fixture.evidence.outcomes.models.iter_mut().flat_map(|model| &mut model.runs);
    runs.for_each(|run| run.nll.fill(2.5e37));
    let pictures = outline::of_page(&fixture.html());
    for loss in [", loss 2.50e37", " · loss 2.50e37"] {
        assert_eq!(pictures.matches(loss).count(), 2 * 20, "the hardest images of two models:\n{pictures}");
    }
    let terminal = table::comparison(&results, &[], TableOptions::default());
    let evidence = Evidence::default();
    let view =
        StudyView { results: &results, receipts: &[], evidence: &evidence, test: None, between_epochs: true };
    let (_, svg) =
        study_files(view).into_iter().find(|(name, _)| name == "results.svg").expect("it is drawn");
    let drawing = outline::of_drawing(std::str::from_utf8(&svg).expect("text"));
    for (what, text) in
        [("page", &page), ("pictures", &pictures), ("terminal", &terminal), ("drawing", &drawing)]
    {
        // A drawing writes ticks alone, which are looked at below.
        assert!(what == "drawing" || text.contains("2.50e37"), "{what} shows the loss:\n{text}");
        // 1e37 written out has 38 digits; a digest may have a dozen in a row by chance.
        assert!(longest_number(text) < 20, "{what}: {} digits in a row", longest_number(text));
    }
    assert!(
        drawing.contains("| 2e38 |") || drawing.contains("4e38") || drawing.contains(": 2e38"),
        "ticks:\n{drawing}"
    );
}

#[test]
fn a_metric_has_one_name() {
    let page = outline::of_page(&everything().html());
    let named = page.matches("calibration error").count();
    assert!(named > 0 && page.matches("expected calibration error").count() == named, "{page}");
}

#[test]
fn a_cell_is_the_same_in_the_page_and_in_the_file() {
    let fixture = everything();
    let results = &fixture.results;
    let view =
        StudyView { results, receipts: &[], evidence: &fixture.evidence, test: None, between_epochs: false };
    let files = study_files(view);
    let html = fixture.html();
    let mut compared = 0;
    for (name, bytes) in
        files.iter().filter(|(name, _)| name.starts_with("confusion_matrix_") && name.ends_with(".svg"))
    {
        let svg = std::str::from_utf8(bytes).expect("text");
        for title in svg.split("<title>").skip(2).map(|rest| rest.split("</title>").next().expect("an end")) {
            assert!(html.contains(&format!("title=\"{title}\"")), "{name}: {title}");
            compared += 1;
        }
    }
    assert_eq!(compared, 2 * 2 * 9, "two models, counts and shares, nine cells");
    assert!(html.contains(".3 of ") || html.contains(".7 of "), "a mean of three seeds has a decimal");
}
