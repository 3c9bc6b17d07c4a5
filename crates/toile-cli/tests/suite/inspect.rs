//! `toile data inspect` as a user meets it.

use crate::cli::{Place, STUDY};

#[test]
fn the_built_in_data_is_looked_through() {
    let place = Place::new(STUDY);
    let ran = place.toile(&["data", "inspect", "fashion-mnist-small", "--page", "look"]).expect(0);
    assert!(ran.stdout.contains("768 images of 28 x 28, grey, in 10 classes"), "{}", ran.stdout);
    assert!(ran.stderr.contains("page: look/inspect.html"), "{}", ran.stderr);
    let page = String::from_utf8(place.read("look/inspect.html")).unwrap();
    assert!(page.contains("<h1>fashion-mnist-small</h1>"));
    let one = place.toile(&["data", "inspect", "fashion-mnist-small", "--json", "--threads", "1"]).expect(0);
    let two = place.toile(&["data", "inspect", "fashion-mnist-small", "--json", "--threads", "3"]).expect(0);
    assert_eq!(one.stdout, two.stdout);
    let read: serde_json::Value = serde_json::from_str(&one.stdout).unwrap();
    let counted: u64 = (0..10).map(|class| read["classes"][class]["images"][0].as_u64().unwrap()).sum();
    assert_eq!(counted, 512);
}

#[test]
fn what_is_not_there_is_told() {
    let place = Place::new(STUDY);
    let ran = place.toile(&["data", "inspect", "fashion-mnits"]).expect(2);
    assert!(
        ran.stderr.contains("fashion-mnits") && ran.stderr.contains("fashion-mnist-small"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
}

#[test]
fn suspects_of_a_study_are_listed_with_pictures() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--out", "out", "--progress", "plain"]).expect(0);
    let ran = place.toile(&["data", "suspects", "out"]).expect(0);
    assert!(ran.stdout.starts_with("out: 256 labels judged by 2 networks"), "{}", ran.stdout);
    let csv = String::from_utf8(place.read("out/suspects.csv")).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert!(rows.len() > 20, "{} rows", rows.len());
    let number = |text: &str| text.parse::<f64>().unwrap();
    let margins: Vec<f64> = rows.iter().map(|row| number(row[6]) - number(row[7])).collect();
    assert!(margins.is_sorted() && margins.iter().all(|margin| *margin < 0.0));
    assert!(rows.iter().all(|row| row[1] == "test" && row[4] != row[5]));
    let page = String::from_utf8(place.read("out/suspects.html")).unwrap();
    assert_eq!(page.matches("<span class=\"i\"").count(), rows.len().min(240));
    // One model alone.
    let one = place.toile(&["data", "suspects", "out/a", "--json"]).expect(0);
    let read: serde_json::Value = serde_json::from_str(&one.stdout).unwrap();
    assert_eq!((&read["runs"], &read["images"]), (&1.into(), &256.into()));
    assert!(place.path("out/a/suspects.csv").exists());
}

#[test]
fn suspects_need_a_run() {
    let place = Place::new(STUDY);
    let ran = place.toile(&["data", "suspects", "."]).expect(2);
    assert!(ran.stderr.contains("holds no finished run; name the folder of a study"), "{}", ran.stderr);
    let ran = place.toile(&["data", "suspects", "no/such"]).expect(2);
    assert!(ran.stderr.contains("no/such holds no finished run"), "{}", ran.stderr);
}
