//! `toile data inspect` as a user meets it.

use crate::cli::{Place, Ran, STUDY};
use crate::shades;

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
fn a_folder_of_pictures_of_several_sizes_is_looked_through() {
    let place = Place::new(STUDY);
    for index in 0..24u8 {
        let (class, side) = (if index % 2 == 0 { "cats" } else { "Cat" }, 20 + u32::from(index % 3));
        let grey = |at: u32| (at * u32::from(index + 3) * 37 % 251) as u8;
        let bytes: Vec<u8> = (0..side * side).map(grey).collect();
        let folder = place.path(&format!("photos/{class}"));
        std::fs::create_dir_all(&folder).unwrap();
        let file = std::fs::File::create(folder.join(format!("{index}.png"))).unwrap();
        let mut encoder = png::Encoder::new(file, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
    }
    std::fs::write(place.path("photos/cats/broken.png"), b"no picture").unwrap();
    let mut command = place.command(&["data", "inspect", "photos", "--json"]);
    let ran = Ran::of(command.env("XDG_CACHE_HOME", place.path("cache")).output().unwrap()).expect(0);
    assert!(ran.stderr.contains("looked at as 64 x 64"), "{}", ran.stderr);
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&read["images"], &read["files"]["kinds"]["PNG, grey"]), (&24.into(), &24.into()));
    assert_eq!(read["files"]["sizes"].as_array().unwrap().len(), 3);
    assert_eq!(read["classes_alike"][0].as_array().unwrap().len(), 2);
    assert!(read["skipped_files"][0]["file"].as_str().unwrap().contains("broken.png"), "{read}");
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
    assert!(ran.stdout.starts_with("out: 256 labels, each judged by 2 networks"), "{}", ran.stdout);
    let csv = String::from_utf8(place.read("out/suspects.csv")).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert!(rows.len() > 20, "{} rows", rows.len());
    let number = |text: &str| f64::from(text.parse::<f32>().unwrap());
    let margins: Vec<f64> = rows.iter().map(|row| number(row[6]) - number(row[7])).collect();
    assert!(margins.is_sorted() && margins.iter().all(|margin| *margin < 0.0));
    assert!(rows.iter().all(|row| row[1] == "test" && row[4] != row[5]));
    let page = String::from_utf8(place.read("out/suspects.html")).unwrap();
    assert_eq!(page.matches("<span class=\"i\"").count(), rows.len().min(240));
    // The report shows the worst of them, also when it is made again.
    let section = |report: &str| {
        report
            .split("<section id=\"labels\">")
            .nth(1)
            .map(|rest| rest.split("</section>").next().unwrap().to_owned())
    };
    let report = String::from_utf8(place.read("out/report.html")).unwrap();
    let shown = section(&report).expect("the report has the labels");
    assert!(shown.contains("256 labels, each judged by 2 networks"), "{shown}");
    assert_eq!(
        (shown.matches("<li>").count(), shown.matches("<span class=\"i\"").count()),
        (24.min(rows.len()), 24.min(rows.len()))
    );
    assert!(shown.contains(&format!("no. {}<", rows[0][2])), "{:?} is not in {shown}", rows[0]);
    place.toile(&["report", "out"]).expect(0);
    assert_eq!(section(&String::from_utf8(place.read("out/report.html")).unwrap()).as_ref(), Some(&shown));
    // A damaged record is told, and left out.
    let sound = place.read("out/suspects.json");
    let damaged = String::from_utf8(sound).unwrap().replace("\"images\": 256", "\"images\": 255");
    std::fs::write(place.path("out/suspects.json"), damaged).unwrap();
    assert!(place.toile(&["report", "out"]).expect(0).stderr.contains("suspects.json"));
    assert_eq!(section(&String::from_utf8(place.read("out/report.html")).unwrap()), None);
    // One model alone.
    let one = place.toile(&["data", "suspects", "out/a", "--json"]).expect(0);
    let read: serde_json::Value = serde_json::from_str(&one.stdout).unwrap();
    assert_eq!((&read["runs"], &read["images"]), (&1.into(), &256.into()));
    assert!(place.path("out/a/suspects.csv").exists());
}

/// Pictures that were changed where they lie are not what the runs saw.
#[test]
fn suspects_are_shown_by_no_pictures_of_other_data() {
    let place = shades::place(["dark", "light"], shades::NUMBER);
    shades::toile(&place, &["run", "tiny.toml", "--out", "out"]).expect(0);
    let sheet = || ["images.png", "images.csv", "images.json"].map(|name| place.read(&format!("out/{name}")));
    let before = sheet();
    shades::pictures(&place, ["dark", "light"], 41);
    let ran = shades::toile(&place, &["data", "suspects", "out"]).expect(0);
    assert!(
        ran.stderr.contains("without pictures: the data are not those that the runs were trained on"),
        "{}",
        ran.stderr
    );
    assert!(sheet() == before, "the report's sheet is that of the run");
}

/// Whole numbers judge nothing anew, what imported weights have seen nobody knows, and a model that the study has no longer
/// is none of those that the report shows.
#[test]
fn suspects_are_judged_by_the_networks_of_the_study() {
    let c = STUDY[STUDY.find("[model.b]").unwrap()..].replace("[model.b]", "\n[model.c]");
    let place = Place::new(&format!("{STUDY}{c}"));
    place.toile(&["run", "tiny.toml", "--out", "out", "--models", "c"]).expect(0);
    std::fs::write(place.path("tiny.toml"), STUDY).unwrap();
    place.toile(&["run", "tiny.toml", "--out", "out"]).expect(0);
    place.toile(&["data", "suspects", "out"]).expect(0);
    let before = ["out/suspects.csv", "out/suspects.json"].map(|name| place.read(name));
    place.toile(&["quantize", "out/a", "--images", "8"]).expect(0);
    let weights = "out/b/seed-0/weights/last.safetensors";
    let import = ["import", weights, "--study", "tiny.toml", "--model", "b", "--as", "again", "--out", "out"];
    place.toile(&import).expect(0);
    let ran = place.toile(&["data", "suspects", "out"]).expect(0);
    assert!(ran.stdout.starts_with("out: 256 labels, each judged by 2 networks"), "{}", ran.stdout);
    for part in [
        "note: left out: 1 int8 run of a-int8, as networks of other runs in whole numbers are no further judges",
        "note: left out: 1 run of again, as nobody knows which images imported weights have seen",
        "note: left out: 1 run of c, not among those of the study in results.json; `toile run` on it adds its own",
    ] {
        assert!(ran.stderr.contains(part), "{part:?} is not in\n{}", ran.stderr);
    }
    assert!(before == ["out/suspects.csv", "out/suspects.json"].map(|name| place.read(name)));
    let report = String::from_utf8(place.read("out/report.html")).unwrap();
    assert!(report.contains("<section id=\"labels\">"), "the report has the labels");
    for name in ["out/a-int8", "out/again/seed-0"] {
        let ran = place.toile(&["data", "suspects", name]).expect(2);
        assert!(ran.stderr.contains("holds no run that can judge labels (left out: 1 "), "{}", ran.stderr);
    }
    place.toile(&["data", "suspects", "out/c"]).expect(0);
}

#[test]
fn suspects_need_a_run() {
    let place = Place::new(STUDY);
    let ran = place.toile(&["data", "suspects", "."]).expect(2);
    assert!(ran.stderr.contains("holds no finished run; name the folder of a study"), "{}", ran.stderr);
    let ran = place.toile(&["data", "suspects", "no/such"]).expect(2);
    assert!(ran.stderr.contains("no/such holds no finished run"), "{}", ran.stderr);
}
