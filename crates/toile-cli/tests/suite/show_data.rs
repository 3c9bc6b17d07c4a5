//! What `toile data show` draws.

use std::fs;

use toile_draw::png::{self, Samples};

use super::cli::{Place, Ran, STUDY};

#[test]
fn a_picture_of_the_classes_and_of_what_a_model_sees() {
    let study = STUDY.replace(
        "[model.b]",
        "[model.b]\naugment = [{ RandomCrop = { padding = 4 } }, \"RandomHorizontalFlip\", \"CutMix\"]",
    );
    let place = Place::new(&study);
    let cases: [(&[&str], &str); 3] = [
        (&["data", "show", "fashion-mnist-small"], "fashion-mnist-small-images.png"),
        (&["data", "show", "tiny.toml", "--images", "3", "--out", "look.png"], "look.png"),
        (&["data", "show", "tiny.toml", "--model", "b"], "tiny-b-images.png"),
    ];
    let mut sizes = Vec::new();
    for (args, file) in cases {
        let ran = place.toile(args).expect(0);
        assert_eq!(ran.stdout.trim(), file);
        let bytes = place.read(file);
        let sheet = png::decode(&bytes).unwrap();
        assert_eq!(sheet.samples, Samples::Rgb);
        sizes.push((sheet.width, sheet.height));
        place.toile(args).expect(0);
        assert!(place.read(file) == bytes, "another picture the second time");
    }
    // Ten images of a class, or three; eight images in eight epochs.
    let (across, down) = (28 * 4 + 8, 28 * 4 + 8);
    assert_eq!((sizes[0].0 - sizes[1].0, sizes[0].1), (7 * across, sizes[1].1));
    assert_eq!(sizes[0].1 - sizes[2].1 + 32, 2 * down, "headings take 32 pixels");
    let other = place.toile(&["data", "show", "tiny.toml", "--model", "b", "--seed", "5", "--out", "5.png"]);
    other.expect(0);
    assert!(place.read("5.png") != place.read("tiny-b-images.png"), "another seed");
}

#[test]
fn a_folder_of_pictures_is_a_data_set() {
    let place = Place::new(STUDY);
    for (class, images) in [("cat", 6), ("dog", 5)] {
        fs::create_dir_all(place.path(&format!("my pets/{class}"))).unwrap();
        for image in 0..images {
            let bytes = vec![image * 10 + class.len() as u8; 64];
            let pixels = png::Pixels { width: 8, height: 8, samples: Samples::Grey, bytes };
            fs::write(place.path(&format!("my pets/{class}/{image}.png")), png::encode(&pixels)).unwrap();
        }
    }
    let cache = place.path("cache");
    let mut command = place.command(&["data", "show", "my pets", "--images", "2"]);
    let ran = Ran::of(command.env("XDG_CACHE_HOME", cache).output().unwrap()).expect(0);
    assert_eq!(ran.stdout.trim(), "my pets-images.png");
    let sheet = png::decode(&place.read("my pets-images.png")).unwrap();
    assert!(sheet.height > 2 * 112 && sheet.height < 3 * 120 + 80, "two rows: {}", sheet.height);
}

#[test]
fn what_is_not_there_is_told() {
    let place = Place::new(STUDY);
    for (args, expected) in [
        (&["fashion-mnist-small", "--model", "a"][..], "name the study that has the model"),
        (&["tiny.toml", "--model", "c"], "has no model \"c\"; it has a, b"),
        (&["nothing.toml"], "nothing.toml"),
        (&["tiny.toml", "--images", "0"], "write a whole number from 1 to 40"),
        (&["tiny.toml", "--seed", "1"], "--model"),
        (&["tiny.toml", "--out", "no/folder/x.png"], "no/folder"),
    ] {
        let ran = place.toile(&[&["data", "show"], args].concat()).expect(2);
        assert!(ran.stderr.contains(expected), "{args:?}: {}", ran.stderr);
    }
}
