//! `toile report --live`: pages beside the report, which leads to those that are of their runs. What such a page does
//! is tested in a browser.

use std::fs;

use super::cli::{Place, STUDY};

#[test]
fn a_live_page_lies_beside_the_report_that_leads_to_it() {
    let place = Place::new(STUDY);
    let nothing = place.toile(&["report", "--live", "."]).expect(2);
    assert!(nothing.stderr.contains("results.json"), "{}", nothing.stderr);

    place.toile(&["run", "tiny.toml", "--seeds", "3,4"]).expect(0);
    let report = || String::from_utf8(place.read("runs/tiny/report.html")).unwrap();
    let links = || ["a", "b"].map(|model| report().contains(&format!("href=\"./live-{model}.html\"")));
    assert_eq!(links(), [false, false]);

    let ran = place.toile(&["report", "runs/tiny", "--live"]).expect(0);
    assert!(ran.stderr.contains("live page: runs/tiny/live-b.html"), "{}", ran.stderr);
    assert_eq!(links(), [true, true]);
    let page = String::from_utf8(place.read("runs/tiny/live-b.html")).unwrap();
    assert!(page.contains("Study tiny, model b, seed 3, weights after epoch 2"), "{page}");
    assert!(page.len() < 500_000, "{} bytes", page.len());
    // Images of the report are there to be tried.
    let examples = page.split_once("\"examples\":[").unwrap().1.split_once(']').unwrap().0;
    assert!(examples.matches("\"index\"").count() >= 30, "{examples}");

    // It stays where it is of its run, and another run's page is no longer led to.
    place.toile(&["run", "tiny.toml", "--seeds", "3,4"]).expect(0);
    assert_eq!(links(), [true, true], "a run that trains nothing keeps them");
    fs::copy(place.path("runs/tiny/live-b.html"), place.path("runs/tiny/live-a.html")).unwrap();
    place.toile(&["report", "runs/tiny"]).expect(0);
    assert_eq!(links(), [false, true]);
    fs::remove_dir_all(place.path("runs/tiny/b/seed-3")).unwrap();
    place.toile(&["report", "runs/tiny"]).expect(0);
    assert_eq!(links(), [false, false], "seed 4 is the lowest now");
}

#[test]
fn without_a_finished_run_there_is_no_live_page() {
    let place = Place::new(&STUDY.replace("Adam = { lr = 0.001 }", "SGD = { lr = 1e38 }"));
    place.toile(&["run", "tiny.toml", "--models", "a"]).expect(2);
    let ran = place.toile(&["report", "runs/tiny", "--live"]).expect(2);
    assert!(ran.stderr.contains("no live page of a: none of its runs is finished"), "{}", ran.stderr);
    assert!(ran.stderr.contains("no run in runs/tiny is finished"), "{}", ran.stderr);
}
