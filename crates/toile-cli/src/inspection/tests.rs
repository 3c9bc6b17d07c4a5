//! What is said of a small data set in which something was planted.

use toile_survey::survey;
use toile_testing::Chance;

use super::*;
use crate::table::TableOptions;

/// Sixty noisy squares of 12 x 12 in two classes; 7 and 8 are the same, 9 is a paler 10 of the other class, the first
/// image to test on is 20; image 30 has the wrong class.
fn parts() -> [Dataset; 2] {
    let square = |index: u32| -> Vec<u8> {
        let mut chance = Chance::new(u64::from(index), 9);
        let inside = |at: usize| (at / 12 < 6) == index.is_multiple_of(2);
        (0..144).map(|at| (chance.below(100) + if inside(at) { 120 } else { 10 }) as u8).collect()
    };
    let mut images: Vec<Vec<u8>> = (0..60).map(square).collect();
    images[8] = images[7].clone();
    images[9] = images[10].iter().map(|&value| value / 2 + 60).collect();
    let test = [images[20].clone(), square(100)];
    let label = |index: u32| if index == 30 { 1 } else { index % 2 };
    let names = ["cats & dogs", "Birds"].map(str::to_owned).to_vec();
    let train = Dataset::new([1, 12, 12], images.concat(), (0..60).map(label).collect(), names.clone());
    let files = (0..60).map(|index| format!("train/<{index}>.png")).collect();
    [Dataset { names: files, ..train }, Dataset::new([1, 12, 12], test.concat(), vec![0, 0], names)]
}

fn with<T>(look: impl FnOnce(&Inspection<'_>) -> T) -> T {
    let [train, test] = parts();
    let parts = vec![Part { name: "train", data: &train }, Part { name: "test", data: &test }];
    let survey = survey(&parts, NonZero::<usize>::MIN);
    let skipped = vec![("a.png".to_owned(), "it is cut off".to_owned())];
    let files = FileFacts {
        files: 60,
        bytes: 3 << 20,
        sizes: [([12, 12], 59), ([40, 30], 1)].into(),
        kinds: [("PNG, grey".to_owned(), 60)].into(),
    };
    look(&Inspection {
        name: "squares",
        origin: "memory".to_owned(),
        source: "memory".to_owned(),
        parts,
        skipped,
        files: Some(files),
        survey,
    })
}

#[test]
fn the_text_names_what_was_planted() {
    let text = with(|inspection| text::text(inspection, TableOptions { width_columns: 200, colour: false }));
    for expected in [
        "squares: 62 images of 12 x 12, grey, in 2 classes: 60 in train and 2 in test\nfrom memory\n",
        "  class        train  test\n  cats & dogs     29     2\n",
        "There is no image in test of \"Birds\".\n",
        "60 files, 3 MiB: 60 PNG, grey. They have 2 sizes, from 12 x 12 to 40 x 30 (height x width), most often 12 x 12 (59).\n",
        "Files that were left out\n  a.png: it is cut off\n",
        "1 of the 2 images of test are in train too, or nearly (50.00 %); 1 with the very same bytes.\n",
        "  test 0 is the same bytes as train 20 (train/<20>.png)\n",
        "6 of 62 images show a picture that another shows too: 3 groups, 2 of them with the very same bytes. In 2 groups the classes differ.\n",
        "  train 7 (train/<7>.png): Birds = train 8 (train/<8>.png): cats & dogs\n",
        "  train 9 (train/<9>.png): Birds = train 10 (train/<10>.png): cats & dogs (correlation ",
        "  train 30 (train/<30>.png) is called Birds, but ",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
}

#[test]
fn the_json_has_everything() {
    let json = with(json::json);
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["classes"][1], serde_json::json!({ "name": "Birds", "images": [31, 0] }));
    assert_eq!(
        (read["leaks"].as_array().unwrap().len(), read["duplicates"].as_array().unwrap().len()),
        (1, 3)
    );
    let expected =
        serde_json::json!({ "part": "train", "index": 20, "file": "train/<20>.png", "label": "cats & dogs" });
    assert_eq!(read["leaks"][0]["twin"], expected);
    assert_eq!(read["leaks"][0]["image"]["file"], serde_json::Value::Null);
    let wrong: Vec<_> =
        read["labels"]["strangers"].as_array().unwrap().iter().map(|found| &found["index"]).collect();
    assert!(wrong.contains(&&serde_json::json!(30)), "{wrong:?}");
    assert_eq!(read["skipped_files"][0]["reason"], "it is cut off");
    let size = serde_json::json!({ "height": 40, "width": 30, "files": 1 });
    assert_eq!((&read["files"]["sizes"][1], &read["files"]["kinds"]["PNG, grey"]), (&size, &60.into()));
}

#[test]
fn the_page_is_one_file_with_every_picture_in_it() {
    let page = with(page::page);
    assert!(page.contains("cats &amp; dogs") && page.contains("train/&lt;20&gt;.png"), "names are escaped");
    for forbidden in ["http://", "https://", "<script", "src="] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert_eq!(page.matches("url(").count(), 1, "one sheet");
    // Of each class, of the leak, of the groups, of the wrong classes.
    let pictures = page.matches("<span class=\"i\"").count();
    assert!(pictures > 2 * 17 + 2 + 6, "{pictures} pictures");
    for id in ["classes", "leaks", "duplicates", "labels", "files", "method"] {
        assert_eq!(page.matches(&format!("<section id=\"{id}\"")).count(), 1, "{id}");
        assert_eq!(page.matches(&format!("href=\"#{id}\"")).count(), 1, "{id}");
    }
    let ids = |what: &str| page.matches(what).count();
    assert_eq!(ids("<section"), ids("</section>"));
}

#[test]
fn images_of_every_shape_and_thousands_of_classes_fit_a_page() {
    for (shape, classes) in [([3, 200, 150], 3u32), ([1, 1, 300], 2), ([4, 2, 2], 2), ([1, 8, 8], 2000)] {
        let len: usize = shape.iter().product();
        let count = (classes * 2).max(40);
        let pixels: Vec<u8> =
            (0..count).flat_map(|index| Chance::new(u64::from(index), 3).bytes(len)).collect();
        let names = (0..classes).map(|class| format!("class number {class}")).collect();
        let data = Dataset::new(shape, pixels, (0..count).map(|index| index % classes).collect(), names);
        let parts = vec![Part { name: "train", data: &data }];
        let survey = survey(&parts, NonZero::<usize>::MIN);
        let inspection = Inspection {
            name: "x",
            origin: String::new(),
            source: String::new(),
            parts,
            skipped: vec![],
            files: None,
            survey,
        };
        let page = page::page(&inspection);
        assert!(page.len() < 4_000_000, "{shape:?}: {} bytes", page.len());
        assert!(!page.contains("id=\"leaks\""), "{shape:?}: there is one part");
        let text = text::text(&inspection, TableOptions::default());
        assert!(text.lines().count() < 100, "{shape:?}: {text}");
    }
}
