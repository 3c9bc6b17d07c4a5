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
