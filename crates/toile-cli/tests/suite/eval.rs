//! `toile eval`: a run's own evaluation again, and other data matched by the names of their classes.

use std::fs;

use serde_json::Value;
use toile_store::sealed;

use super::cli::{Place, Ran, STUDY};
use super::predict::{test_images, trained, write_png};

fn toile(place: &Place, args: &[&str]) -> Ran {
    Ran::of(place.command(args).env("XDG_CACHE_HOME", place.path("cache")).output().unwrap())
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

#[test]
fn a_run_is_measured_again_to_the_bit() {
    let place = trained();
    let ran = toile(&place, &["eval", "tiny/a@2", "--json", "--out", "measured"]).expect(0);
    let (found, kept) = (json(&ran), "runs/tiny/a/seed-2");
    for file in ["predictions.csv", "confusion_matrix.csv"] {
        assert!(place.read(&format!("measured/{file}")) == place.read(&format!("{kept}/{file}")), "{file}");
    }
    assert!(String::from_utf8(place.read("measured/confusion_matrix.svg")).unwrap().contains("<svg"));
    assert_eq!(serde_json::from_slice::<Value>(&place.read("measured/metrics.json")).unwrap(), found);
    let ending: Value = sealed::read(&place.path(&format!("{kept}/evaluation.json")), "").unwrap().unwrap();
    let kept = &ending["evaluation"];
    assert_eq!((&found["accuracy_top1"], &found["nll"]), (&kept["test_accuracy"], &kept["test_loss"]));
    assert_eq!((&found["confusion"], &found["images"]), (&kept["confusion"], &256.into()));
    assert_eq!(
        (&found["unknown_classes"], &found["missing_classes"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
    // By its name in the catalogue, the same.
    let named =
        json(&toile(&place, &["eval", "runs/tiny/a/seed-2", "fashion-mnist-small", "--json"]).expect(0));
    assert_eq!((&named["ece"], &named["classes"]), (&found["ece"], &found["classes"]));
    let both = toile(&place, &["eval", "tiny/a@all", "--markdown"]).expect(0).stdout;
    assert!(both.contains("by the mean of the probabilities of 2 networks, seeds 1 and 2."), "{both}");
    assert!(both.contains("| accuracy\\_top1 | "), "{both}");
}

/// The data have two of the classes in another order, and one that the network does not know; they are larger.
#[test]
fn classes_are_matched_by_name() {
    let (place, data) = (trained(), test_images());
    let names = ["zebra", "Bag", "Ankle boot"];
    let mut expected = [0usize; 3];
    for image in 0..60u32 {
        let class = &data.class_names[data.labels[image as usize] as usize];
        let folder = names.iter().position(|name| name == class).unwrap_or(0);
        expected[folder] += 1;
        let path = place.path(&format!("new/test/{}/{image}.png", names[folder]));
        write_png(&path, data.image_shape, 2, data.image(image));
    }
    let ran = toile(&place, &["eval", "tiny/a", "new", "--json"]).expect(0);
    let found = json(&ran);
    assert_eq!(found["unknown_classes"], serde_json::json!([{ "class": "zebra", "images": expected[0] }]));
    assert_eq!(found["missing_classes"].as_array().unwrap().len(), 8);
    assert!(ran.stderr.contains("does not know zebra"), "{}", ran.stderr);
    assert_eq!(found["images"], expected[1] + expected[2]);
    let support = |class: usize| &found["classes"][class]["support"];
    assert_eq!((support(8), support(9)), (&expected[1].into(), &expected[2].into()), "Bag and Ankle boot");

    // What predict says of the same files, counted by hand.
    let files = ["new/test/Bag", "new/test/Ankle boot"];
    let said = toile(&place, &["predict", "tiny/a", files[0], files[1], "--csv"]).expect(0).stdout;
    let is_right = |line: &&str| line.split(',').nth(1) == line.split('/').nth(2);
    let right = said.lines().skip(1).filter(is_right).count();
    let accuracy = right as f64 / (expected[1] + expected[2]) as f64;
    assert!(right > 0, "{said}");
    assert_eq!(found["accuracy_top1"].as_f64(), Some(accuracy));
    // Macro averages are over the classes that have images.
    let recalls = [8, 9].map(|class: usize| found["classes"][class]["recall"].as_f64().unwrap());
    assert!((found["recall_macro"].as_f64().unwrap() - (recalls[0] + recalls[1]) / 2.0).abs() < 1e-12);
}

/// Labels of arrays are numbers: they mean no class before somebody says which.
#[test]
fn arrays_become_what_the_network_was_trained_on_once_their_classes_are_named() {
    let (place, data) = (trained(), test_images());
    let images = 30u32;
    // Each pixel twice in both directions: what is made of it again is the image.
    let mut pixels = vec![0, 0, 8, 3, 0, 0, 0, images as u8, 0, 0, 0, 56, 0, 0, 0, 56];
    for image in 0..images {
        let at = |place: usize| data.image(image)[place / 56 / 2 * 28 + place % 56 / 2];
        pixels.extend((0..56 * 56).map(at));
    }
    let mut labels = vec![0, 0, 8, 1, 0, 0, 0, images as u8];
    labels.extend(data.labels[..images as usize].iter().map(|&label| label as u8));
    fs::create_dir(place.path("arrays")).unwrap();
    fs::write(place.path("arrays/train-images-idx3-ubyte"), pixels).unwrap();
    fs::write(place.path("arrays/train-labels-idx1-ubyte"), labels).unwrap();
    let refused = toile(&place, &["eval", "tiny/a", "arrays"]).expect(2);
    assert!(refused.stderr.contains("no image of arrays is of a class"), "{}", refused.stderr);
    assert!(refused.stderr.contains("classes = [...]"), "{}", refused.stderr);

    let classes: Vec<String> = data.class_names.iter().map(|name| format!("{name:?}")).collect();
    let source = format!(
        "{{ arrays = [\"arrays/train-images-idx3-ubyte\", \"arrays/train-labels-idx1-ubyte\"], classes = [{}], test_share = 0.5 }}",
        classes.join(", ")
    );
    fs::write(place.path("named.toml"), STUDY.replace("\"fashion-mnist-small\"", &source)).unwrap();
    let ran = toile(&place, &["eval", "tiny/a", "named.toml", "--json"]).expect(0);
    let said = "are 56 x 56 grey; they become 28 x 28 grey as the run's own images did";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let found = json(&ran);
    let images = found["images"].as_u64().unwrap();
    assert!((10..=20).contains(&images), "about half is tested on, as the study file says: {images}");
}

#[test]
fn bad_input_is_told_with_its_remedy() {
    let place = trained();
    fs::create_dir(place.path("empty")).unwrap();
    for (args, expected) in [
        (&["eval", "tiny/a", "nothing"][..], &["\"nothing\" is no data set", "catalogue"][..]),
        (&["eval", "tiny/a", "empty"], &["empty: the folder is empty", "a folder a class"]),
        (&["eval", "tiny/a", "--out", "tiny.toml"], &["--out tiny.toml: this is a file", "name a folder"]),
        (&["eval", "tiny/a", "--out", "runs/tiny/a/seed-1"], &["config.toml lies there", "name another"]),
        (&["eval", "tiny/a", "--out", "runs/tiny"], &["results.json lies there"]),
        (&["eval", "tiny/a", "--json", "--markdown"], &["--json", "--markdown"]),
        (&["eval"], &["<RUN>"]),
        (&["eval", "tiny/a@7"], &["no finished run with seed 7", "1 and 2"]),
    ] {
        let ran = toile(&place, args).expect(2);
        for part in expected {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
    }
    assert!(!place.path("runs/tiny/predictions.csv").exists());
}

#[test]
fn a_model_with_test_time_augmentation_is_measured_with_and_without() {
    let views = "epochs = 2\ntest_time_augmentation = { flip = true, shifts = 1 }";
    let place = Place::new(&STUDY.replacen("epochs = 2", views, 1));
    place.toile(&["run", "tiny.toml", "--models", "a"]).expect(0);
    toile(&place, &["eval", "tiny/a", "--out", "measured"]).expect(0);
    let kept = place.read("runs/tiny/a/seed-0/predictions.csv");
    assert!(place.read("measured/predictions.csv") == kept);
    let without = json(&toile(&place, &["eval", "tiny/a", "--without-tta", "--json"]).expect(0));
    // The curve is of the network by itself.
    let rows = String::from_utf8(place.read("runs/tiny/a/seed-0/results.csv")).unwrap();
    let last: Vec<&str> = rows.lines().last().unwrap().split(',').collect();
    let test_loss = rows.lines().next().unwrap().split(',').position(|name| name == "test_loss").unwrap();
    assert_eq!(without["nll"].as_f64(), last[test_loss].parse().ok(), "{rows}");
    let with: Value = sealed::read(&place.path("runs/tiny/a/seed-0/evaluation.json"), "").unwrap().unwrap();
    assert!(with["evaluation"]["test_loss"] != without["nll"]);
    let shown = json(&toile(&place, &["show", "tiny.toml", "--json"]).expect(0));
    let cost = |model: usize| shown["models"][model]["multiply_adds"].as_u64().unwrap();
    assert_eq!(cost(0), 6 * cost(1));
    for (format, said) in [("onnx", true), ("safetensors", true)] {
        let ran = toile(&place, &["export", "tiny/a", "--format", format]).expect(0);
        assert_eq!(ran.stderr.contains("looks at an image once"), said, "{}", ran.stderr);
    }
}
