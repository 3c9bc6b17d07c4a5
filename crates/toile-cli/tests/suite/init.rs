//! `toile init`: from a folder of pictures to a study that runs.

use std::fs;
use std::path::Path;

use super::cli::{Place, Ran, STUDY};

/// A grey PNG file with a bright half: the left one, or the right one.
pub(super) fn picture(path: &Path, side: u32, number: u32, is_left: bool) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let pixel = |i: u32| (u8::from((i % side < side / 2) == is_left) * 200) + (i * (number + 3) % 50) as u8;
    let pixels: Vec<u8> = (0..side * side).map(pixel).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
}

/// A folder of ten pictures a class, and the program in it with a cache of its own.
fn place() -> Place {
    let place = Place::new(STUDY);
    for number in 0..10 {
        picture(&place.path(&format!("my photos/left/{number}.png")), 16, number, true);
        picture(&place.path(&format!("my photos/right/{number}.png")), 16, number, false);
    }
    place
}

fn toile(place: &Place, args: &[&str]) -> Ran {
    Ran::of(place.command(args).env("XDG_CACHE_HOME", place.path("cache")).output().unwrap())
}

#[test]
fn a_folder_of_pictures_becomes_a_study_that_runs() {
    let place = place();
    let ran = toile(&place, &["init", "my photos/"]).expect(0);
    assert!(
        ran.stdout.starts_with("my-photos.toml: 20 grey images of 16 x 16 pixels in 2 classes\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("  6 runs: about "), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("Train them with:\n  toile run my-photos.toml\n"), "{}", ran.stdout);
    let text = String::from_utf8(place.read("my-photos.toml")).unwrap();
    assert!(
        text.contains("dataset = { folder = \"my photos\", channels = 1, image_size = [16, 16] }"),
        "{text}"
    );
    let ran = toile(&place, &["run", "my-photos.toml", "--epochs", "2", "--seeds", "0"]).expect(0);
    assert!(ran.stderr.contains("16 images to train on"), "{}", ran.stderr);
    assert!(
        place.path("runs/my-photos/results.csv").is_file()
            || place.path("runs/my-photos/report.html").is_file()
    );
}

#[test]
#[cfg(unix)]
fn a_link_to_pictures_has_its_own_name() {
    let place = place();
    std::os::unix::fs::symlink("my photos", place.path("photos")).unwrap();
    toile(&place, &["init", "photos"]).expect(0);
    let text = String::from_utf8(place.read("photos.toml")).unwrap();
    assert!(text.contains("dataset = { folder = \"photos\","), "{text}");
    toile(&place, &["run", "photos.toml", "--models", "linear", "--epochs", "1", "--seeds", "0"]).expect(0);
    assert!(place.path("runs/photos/report.html").is_file());
    let predictions = String::from_utf8(place.read("runs/photos/linear/seed-0/predictions.csv")).unwrap();
    let mut lines = predictions.lines();
    assert!(lines.next().unwrap().ends_with(",log_probability,file"), "{predictions}");
    // The file says the class.
    assert!(
        lines.all(|line| line.split(',').next_back().unwrap().starts_with(line.split(',').nth(1).unwrap()))
    );
}

#[test]
fn nothing_is_overwritten_unasked_and_what_is_wrong_is_said() {
    let place = place();
    toile(&place, &["init", "my photos", "-o", "deeper.toml"]).expect(0);
    let before = place.read("deeper.toml");
    let ran = toile(&place, &["init", "my photos", "-o", "deeper.toml"]).expect(2);
    assert!(
        ran.stderr.contains("deeper.toml is there already") && ran.stderr.contains("--force"),
        "{}",
        ran.stderr
    );
    assert_eq!(place.read("deeper.toml"), before);
    let ran =
        toile(&place, &["init", "my photos", "-o", "deeper.toml", "--from", "quick", "--force"]).expect(0);
    assert!(ran.stdout.starts_with("deeper.toml: "), "{}", ran.stdout);
    assert_ne!(place.read("deeper.toml"), before);
    for (args, expected) in [
        (&["init", "gone"][..], "gone: there is no such folder"),
        (&["init", "my photos/left"], "10 pictures lie here, but no folder a class"),
        (&["init", "tiny.toml"], "is a study file already"),
        (&["init", "my photos/left/1.png"], "not a picture"),
        (&["init", "--from", "nothing"], "no built-in study is called \"nothing\""),
        (&["init"], "required"),
        // Two convolutions and poolings leave nothing of so few pixels: told with the line, and nothing is written.
        (&["init", "my photos", "--from", "alexnet-small"], "do not fit this data"),
    ] {
        let ran = toile(&place, args).expect(2);
        assert!(ran.stderr.contains(expected), "{args:?}: {expected:?} is not in\n{}", ran.stderr);
    }
    assert!(!place.path("my-photos.toml").exists());
}

#[test]
fn a_built_in_study_is_copied() {
    let place = Place::new(STUDY);
    let ran = toile(&place, &["init", "--from", "quick"]).expect(0);
    assert!(ran.stdout.starts_with("my-quick.toml: "), "{}", ran.stdout);
    toile(&place, &["show", "my-quick.toml"]).expect(0);
}

/// What no machine has the memory for, and what `toile run` would refuse, is told in the same words, beside a file in which it can
/// be changed.
#[test]
fn models_of_a_study_that_cannot_be_trained_as_they_are_are_told() {
    let place = Place::new(STUDY);
    let study = |layers: &str, batch_size: usize| {
        let (before, after) = STUDY.split_once("layers = [").unwrap();
        let after = after.split_once("\n]\n").unwrap().1;
        format!("{before}layers = [{layers}]\n{after}")
            .replace("batch_size = 8", &format!("batch_size = {batch_size}"))
    };
    let output = "{ Linear = { out_features = 10 } }, \"LogSoftmax\"";
    let large = format!("{{ AdaptiveAvgPool2d = {{ output_size = 4096 }} }}, \"Flatten\", {output}");
    let single =
        format!("{{ AdaptiveAvgPool2d = {{ output_size = 1 }} }}, \"BatchNorm2d\", \"Flatten\", {output}");
    for (data, layers, batch_size, expected) in [
        (
            "fashion-mnist",
            &large,
            60_000,
            &["the model a is too large: it takes ", " GiB of memory, but "][..],
        ),
        (
            "fashion-mnist-small",
            &single,
            73,
            &[
                "the model a does not fit the data set fashion-mnist-small: bn1 (BatchNorm2d) cannot be trained on a \
                 batch of 1 image",
                "512 training images in batches of 73 leave 1 for the last; choose batch_size = 74",
            ],
        ),
        ("fashion-mnist-small", &single, 1, &["choose batch_size = 2"]),
    ] {
        fs::write(place.path("models.toml"), study(layers, batch_size)).unwrap();
        let ran = toile(&place, &["init", data, "--from", "models.toml", "-o", "mine.toml"]).expect(0);
        for part in expected {
            assert!(ran.stderr.contains(part), "{data} {batch_size}: {part:?} is not in\n{}", ran.stderr);
        }
        assert!(ran.stderr.contains("change it in mine.toml"), "{}", ran.stderr);
        assert!(ran.stdout.contains("a  cannot be trained as it is"), "{}", ran.stdout);
        fs::remove_file(place.path("mine.toml")).unwrap();
    }
    fs::write(place.path("models.toml"), study(&single, 74)).unwrap();
    toile(&place, &["init", "fashion-mnist-small", "--from", "models.toml", "-o", "mine.toml"]).expect(0);
}
