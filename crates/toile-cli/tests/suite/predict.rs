//! `toile predict`: files in, classes out, the probabilities those that the study measured.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use toile_data::{Dataset, LoadOptions};

use super::cli::{Place, Ran, STUDY};

/// The test images of the built-in data set.
pub(crate) fn test_images() -> Dataset {
    toile_data::load("fashion-mnist-small", &LoadOptions::default(), &mut |_| {}).unwrap().test
}

/// Two runs of the model a.
pub(crate) fn trained() -> Place {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--models", "a", "--seeds", "2,1"]).expect(0);
    place
}

/// A PNG file of these pixels, enlarged by a whole number.
pub(crate) fn write_png(path: &Path, [channels, height, width]: [usize; 3], times: usize, pixels: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let (rows, columns) = (height * times, width * times);
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), columns as u32, rows as u32);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_color(match channels {
        1 => png::ColorType::Grayscale,
        _ => png::ColorType::Rgb,
    });
    let places = (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (row / times * width + column / times) * channels));
    let bytes: Vec<u8> = places.flat_map(|at| pixels[at..at + channels].iter().copied()).collect();
    encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
}

/// `[image][class]`, as texts, of a table with these columns before the probabilities.
fn probabilities(table: &str, before: usize) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| row.iter().skip(before).take(10).map(str::to_owned).collect()).collect()
}

#[test]
fn probabilities_are_those_of_the_run_to_the_bit() {
    let (place, data) = (trained(), test_images());
    for image in 0..data.len() as u32 {
        let path = place.path(&format!("photos/{}/{image}.png", "deep/".repeat(image as usize % 2)));
        write_png(&path, data.image_shape, 1, data.image(image));
    }
    // More than the network is given at a time: the first ones once more.
    let images = || (0..data.len()).chain(0..10);
    let files: Vec<String> =
        images().map(|image| format!("photos/{}{image}.png", "deep/".repeat(image % 2))).collect();
    let named: Vec<&str> = files.iter().map(String::as_str).collect();
    let args = [&["predict", "tiny/a@2", "--csv"][..], &named];
    let ran = place.toile(&args.concat()).expect(0);
    assert_eq!(ran.stderr, "", "nothing had to be changed");
    let header = ran.stdout.lines().next().unwrap();
    assert!(header.starts_with("file,class,probability,T-shirt/top,Trouser,"), "{header}");
    let kept = String::from_utf8(place.read("runs/tiny/a/seed-2/predictions.csv")).unwrap();
    let expected = probabilities(&kept, 3);
    let found = probabilities(&ran.stdout, 3);
    assert_eq!(found.len(), files.len());
    assert!(images().zip(&found).all(|(image, found)| *found == expected[image]));
    let kept: Vec<&str> = kept.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    for ((line, image), file) in ran.stdout.lines().skip(1).zip(images()).zip(&files) {
        assert!(line.starts_with(&format!("{file},{},", kept[image])), "{line}: {}", kept[image]);
    }

    // A folder is in its natural order; JSON has the same numbers.
    let ran = place.toile(&["predict", "runs/tiny/a/seed-2", "photos", "--json", "--top", "2"]).expect(0);
    let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let file = |line: &Value| line["file"].as_str().unwrap().to_owned();
    // `2.png` comes before `10.png`, and the folder `deep` behind all digits.
    let numbers = (0..data.len()).step_by(2).chain((1..data.len()).step_by(2));
    let natural: Vec<String> = numbers.map(|image| files[image].clone()).collect();
    assert_eq!(lines.iter().map(file).collect::<Vec<_>>(), natural);
    for line in &lines {
        let image: usize = files.iter().position(|name| *name == file(line)).unwrap();
        for (class, expected) in data.class_names.iter().zip(&expected[image]) {
            let value = line["probabilities"][class].as_f64().unwrap() as f32;
            assert_eq!(value, expected.parse::<f32>().unwrap(), "{line}");
        }
        assert_eq!(line["top"][0]["class"], line["class"]);
        assert!(line["top"][1]["probability"].as_f64() <= line["probability"].as_f64(), "{line}");
        assert_eq!(line["top"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn all_seeds_answer_with_the_mean_of_their_probabilities() {
    let (place, data) = (trained(), test_images());
    for image in 0..20 {
        write_png(&place.path(&format!("{image}.png")), data.image_shape, 1, data.image(image));
    }
    let files: Vec<String> = (0..20).map(|image| format!("{image}.png")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let of = |run: &str| {
        let ran = place.toile(&[&["predict", run, "--csv"][..], &files].concat()).expect(0);
        let rows = probabilities(&ran.stdout, 3).concat();
        rows.iter().map(|text| text.parse::<f64>().unwrap()).collect::<Vec<f64>>()
    };
    let (one, two, all) = (of("tiny/a"), of("tiny/a@2"), of("tiny/a@all"));
    assert_ne!(one, two);
    assert_eq!(one, of("tiny/a@1"), "the lowest seed stands for the model");
    for ((one, two), all) in one.iter().zip(&two).zip(&all) {
        // Each of the three is rounded to an f32.
        assert!((all - (one + two) / 2.0).abs() <= 2e-7 * all, "{one}, {two}: {all}");
    }
    let table = place.toile(&["predict", "tiny/a@all", "3.png"]).expect(0).stdout;
    assert!(
        table.starts_with("tiny/a@all: mean of the probabilities of 2 networks, seeds 1 and 2\n"),
        "{table}"
    );
}

#[test]
fn other_pictures_become_what_the_network_was_trained_on() {
    let (place, data) = (trained(), test_images());
    let image = data.image(7);
    let rgb: Vec<u8> = image.iter().flat_map(|&grey| [grey; 3]).collect();
    write_png(&place.path("b.png"), data.image_shape, 1, image);
    write_png(&place.path("photos/2 large, \"red\".png"), [3, 28, 28], 2, &rgb);
    write_png(&place.path("photos/10 grey.png"), [3, 28, 28], 1, &rgb);
    fs::write(place.path("photos/.hidden.png"), "x").unwrap();
    fs::write(place.path("photos/notes.txt"), "x").unwrap();
    fs::write(place.path("photos/3 broken.png"), "no picture").unwrap();
    let args = ["predict", "tiny/a", "b.png", "photos", "gone.png", "b.png", "--csv"];
    let ran = place.toile(&args).expect(2);
    let rows: Vec<&str> = ran.stdout.lines().skip(1).collect();
    let same = rows[0].strip_prefix("b.png").unwrap();
    assert_eq!(rows[2], format!("photos/10 grey.png{same}"), "equal channels are grey, in the same bits");
    assert!(rows[1].starts_with("\"photos/2 large, \"\"red\"\".png\","), "{}", rows[1]);
    assert_eq!((rows[3], rows.len()), (rows[0], 4));
    for (part, times) in [
        ("note: photos/2 large, \"red\".png is 56 x 56 RGB; it becomes 28 x 28 grey", 1),
        ("; it becomes", 1),
        ("photos/notes.txt: \".txt\" is no extension of a picture", 1),
        ("hidden", 0),
        ("error: photos/3 broken.png: ", 1),
        ("error: gone.png: ", 1),
        ("error: 2 of 6 pictures could not be predicted", 1),
    ] {
        assert_eq!(ran.stderr.matches(part).count(), times, "{part}\n{}", ran.stderr);
    }

    let mut child = place.command(&["predict", "tiny/a", "-", "--top", "3"]);
    let mut child =
        child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&place.read("b.png")).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap()).expect(0);
    let row: Vec<&str> =
        ran.stdout.lines().last().unwrap().split("  ").filter(|cell| !cell.is_empty()).collect();
    let class = same.split(',').nth(1).unwrap();
    assert!(row[0].trim() == "-" && row[1].trim() == class && row.len() == 7, "{row:?}: {class}");
}

/// A name may hold what steers a terminal, or turns the line that it stands in: it is named with escapes, where it was named,
/// and left out with the reason where a folder was.
#[cfg(unix)]
#[test]
fn names_that_are_no_plain_text_reach_no_terminal() {
    let (place, data) = (trained(), test_images());
    let names = ["photos/\u{1b}[2J.png", "photos/cat\u{202e}gnp.png", "photos/line\u{2028}break.png"];
    for name in names {
        write_png(&place.path(name), data.image_shape, 1, data.image(7));
    }
    let escaped = [r"photos/\u{1b}[2J.png", r"photos/cat\u{202e}gnp.png", r"photos/line\u{2028}break.png"];
    let raw = ['\u{1b}', '\u{202e}', '\u{2028}'];
    let named = place.toile(&[&["predict", "tiny/a", "gone\u{202e}.png"][..], &names].concat()).expect(2);
    let rows: Vec<&str> = named.stdout.lines().skip(2).collect();
    assert!(rows.len() == 3 && rows.iter().zip(escaped).all(|(row, name)| row.starts_with(name)), "{rows:?}");
    assert!(named.stderr.contains(r"error: gone\u{202e}.png: "), "{}", named.stderr);
    let folder = place.toile(&["predict", "tiny/a", "photos"]).expect(2);
    for name in escaped {
        let told = format!("{name}: its name is not one line of plain text: rename it");
        assert!(folder.stderr.contains(&told), "{told}\n{}", folder.stderr);
    }
    for text in [named.stdout, named.stderr, folder.stdout, folder.stderr] {
        assert!(!text.contains(raw), "{text:?}");
    }
    // For a program a name is what it is.
    let json = place.toile(&["predict", "tiny/a", names[1], "--json"]).expect(0);
    let line: Value = serde_json::from_str(json.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(line["file"], names[1]);
}

#[test]
fn bad_input_is_told_with_its_remedy() {
    let place = trained();
    fs::create_dir(place.path("empty")).unwrap();
    let cases: &[(&[&str], &[&str])] = &[
        (&["predict", "tiny/a"], &["<FILE|FOLDER|->", "required"]),
        (&["predict", "tiny/a", "gone.png"], &["gone.png: ", "1 of 1 picture could not be predicted"]),
        (&["predict", "tiny/a", "empty"], &["empty: no picture is in it", "PNG, JPEG"]),
        (&["predict", "tiny/a", "tiny.toml"], &["tiny.toml: "]),
        (&["predict", "tiny/a", "-", "-"], &["- is named 2 times", "name it once"]),
        (&["predict", "tiny/a", "-"], &["standard input is empty", "name a file"]),
        (&["predict", "tiny/a", "x.png", "--top", "0"], &["--top", "0"]),
        (&["predict", "tiny/a", "x.png", "--csv", "--json"], &["--csv", "--json"]),
        (&["predict", "tiny/a", "x.png", "--csv", "--top", "2"], &["--csv", "--top"]),
        (&["predict", "tiny/b", "x.png"], &["tiny/b"]),
    ];
    for (args, expected) in cases {
        let ran = Ran::of(place.command(args).stdin(Stdio::null()).output().unwrap()).expect(2);
        for part in *expected {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
    }
}
