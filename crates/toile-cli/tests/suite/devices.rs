//! `toile quantize`, and C for small devices: what they leave, and what they refuse.

use std::fs;

use serde_json::Value;
use toile_cli::table::TableOptions;
use toile_cli::table::quantized::{Quantized, terminal};
use toile_device::int8::{probabilities, reference};
use toile_export::int8::integers;
use toile_store::{RunFolder, weights};
use toile_study::calibration::effect::{Figure, MeasuredEffect};
use toile_study::evidence::Interval;
use toile_study::{int8, trained};
use toile_testing::c;

use super::cli::{Place, STUDY, files_below};
use super::documents::{commands, outputs, run};
use super::predict::test_images;
use super::shades;

const DOCUMENT: &str = include_str!("../../../../docs/devices.md");

/// The documents' program in C: the blocks that are marked so.
fn program() -> &'static str {
    DOCUMENT.split("```c\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of C")
}

#[test]
#[cfg_attr(not(unix), ignore = "needs a shell and a C compiler called cc")]
fn the_commands_of_its_document_leave_what_they_name() {
    let place = Place::new(STUDY);
    fs::write(place.path("main.c"), program()).unwrap();
    let commands = commands(DOCUMENT);
    assert!(commands.len() >= 6, "{commands:?}");
    let mut said = String::new();
    for line in commands {
        let ran = run(&place, &line.replace("toile run quick", "toile run quick --epochs 1"));
        said += &(ran.stdout + &ran.stderr);
    }
    // What a device needs is the same after any training. A terminal has shorter lines than the document.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = words(&said);
    let bytes: Vec<&str> =
        outputs(DOCUMENT).into_iter().filter(|line| line.contains("bytes of flash")).collect();
    assert_eq!(bytes.len(), 2, "{bytes:?}");
    for line in bytes {
        assert!(said.contains(&words(line)), "{line:?} is not in\n{said}");
    }
    for name in [
        "quick_better_seed_0.c",
        "quick_better_seed_0.h",
        "better_int8.c",
        "better_int8.h",
        "better-int8.onnx",
    ] {
        assert!(place.path(name).is_file(), "{name}");
    }
    let read = |name: &str| fs::read_to_string(place.path(name)).unwrap();
    assert!(!read("better_int8.c").contains("math.h") && read("quick_better_seed_0.c").contains("math.h"));
    // The program has run, on an image of nothing.
    let said = read("said.txt");
    assert!(said.contains('%') && read("better_int8.h").contains(said.split(':').next().unwrap()), "{said}");
    answers_are_those_of_the_runs(&place);
}

/// What both files in C make of all test images, under sanitizers, is what the runs' own tables say, and in whole numbers what
/// the reference makes of the ranges that the int8 run keeps, to the bit.
fn answers_are_those_of_the_runs(place: &Place) {
    let test = test_images();
    let pixels: Vec<u8> = (0..test.len()).flat_map(|image| test.image(image as u32).to_vec()).collect();
    let folder = |model: &str| place.path(&format!("runs/quick/{model}/seed-0"));
    let trained = trained::open(&folder("better")).unwrap();
    let kept = int8::read(&RunFolder::at(&folder("better-int8")).unwrap()).unwrap().unwrap();
    let whole = integers(&trained, &kept.ranges, &trained.normalization.normalizer().unwrap()).unwrap();
    let classes = test.class_names.len();
    let class = |name: &str| test.class_names.iter().position(|known| known == name).unwrap();
    let is_near = |found: &[f32], expected: &[f32], far: f32| {
        found.len() == classes && found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= far)
    };
    let mut apart = 0;
    let answers = |name: &str| c::answers(&place.path("."), name, classes, &pixels);
    let floats = answers("quick_better_seed_0");
    for ((found, expected), float) in
        answers("better_int8").iter().zip(predictions(place, "better-int8")).zip(&floats)
    {
        let logits = reference::run(&whole, test.image(expected.0 as u32));
        let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!((found.0, bits(&found.1)), (reference::class(&logits), bits(&probabilities(&logits))));
        // The run's table has them of logarithms, whose powers are not rounded as those of a device are.
        assert_eq!(found.0, class(&expected.1), "image {}", expected.0);
        assert!(is_near(&found.1, &expected.2, 1e-6), "image {}: {:?}", expected.0, found.1);
        apart += usize::from(!is_near(&found.1, &float.1, 1e-5));
    }
    for (found, expected) in floats.iter().zip(predictions(place, "better")) {
        assert_eq!(found.0, class(&expected.1), "image {}", expected.0);
        assert!(is_near(&found.1, &expected.2, 1e-5), "image {}: {:?}", expected.0, found.1);
    }
    assert!(apart > test.len() / 2, "the two answer alike but for {apart} images");
}

/// (index, predicted class, probabilities) of a run's own table.
fn predictions(place: &Place, model: &str) -> Vec<(usize, String, Vec<f32>)> {
    let table = place.read(&format!("runs/quick/{model}/seed-0/predictions.csv"));
    let mut reader = csv::Reader::from_reader(&table[..]);
    let rows: Vec<_> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let values = row.iter().skip(3).take(10).map(|value| value.parse().unwrap());
            (row[0].parse().unwrap(), row[2].to_owned(), values.collect())
        })
        .collect();
    assert_eq!(rows.len(), test_images().len());
    rows
}

#[test]
fn what_it_costs_is_said_in_a_sentence() {
    let check = |change: f64, ends: Option<[f64; 2]>, seeds: usize, expected: &str| {
        let figure = |value, ends: Option<[f64; 2]>| Figure {
            value,
            interval: ends.map(|[low, high]| Interval { low, high, confidence: 0.95 }),
        };
        let effect = MeasuredEffect {
            before: figure(0.9, None),
            after: figure(0.9 + change, None),
            change: figure(change, ends),
        };
        let said = terminal(
            &Quantized {
                run: "quick/better@all".into(),
                folders: vec![String::new(); seeds],
                flash_bytes: 1000,
                ram_bytes: 100,
                test_images: 256,
                is_over_seeds: seeds > 1,
                accuracy: effect,
                nll: effect,
            },
            TableOptions { width_columns: 100, colour: false },
        );
        assert!(said.lines().any(|line| line.starts_with(expected)), "{expected:?} is not in\n{said}");
    };
    check(-0.0008, Some([-0.0015, -0.0001]), 3, "int8 costs −0.08 points [−0.15, −0.01], with 3 seeds.");
    check(0.0, Some([-0.0168, 0.0168]), 1, "int8 costs ±0.00 points [−1.68, +1.68], with 1 seed.");
    check(0.0039, Some([-0.01, 0.0178]), 2, "int8 gains +0.39 points [−1.00, +1.78], with 2 seeds.");
    check(-0.0039, None, 1, "int8 costs −0.39 points, with 1 seed.");
}

#[test]
fn an_int8_run_is_a_model_of_its_own() {
    let place = Place::new(&STUDY.replacen("[architecture", "seeds = 3\n[architecture", 1));
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    let ran = place.toile(&["quantize", "tiny/a@all", "--images", "20", "--json"]).expect(0);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((found["folders"].as_array().unwrap().len(), &found["is_over_seeds"]), (3, &true.into()));
    let int8: Value = serde_json::from_slice(&place.read("runs/tiny/a-int8/seed-1/evaluation.json")).unwrap();
    let float: Value = serde_json::from_slice(&place.read("runs/tiny/a/seed-1/evaluation.json")).unwrap();
    let accuracy = |of: &Value| of["evaluation"]["test_accuracy"].as_f64().unwrap();
    let (accuracy_int8, accuracy_float) = (accuracy(&int8), accuracy(&float));
    assert!((accuracy_int8 - accuracy_float).abs() < 0.05, "{accuracy_int8} and {accuracy_float}");

    // The comparison has the very difference, with a verdict.
    // Its first look spends half of alpha, so that this one has the intervals of 95 %.
    let ran = place.toile(&["compare", "runs/tiny/a", "runs/tiny/a-int8", "--alpha", "0.1", "--json"]);
    assert!(matches!(ran.code, Some(0 | 1 | 3)), "{}", ran.stderr);
    let compared: Value = serde_json::from_str(&ran.stdout).unwrap();
    let pair = &compared["pairs"][0];
    assert_eq!((&pair["first"], &pair["second"]), (&"a".into(), &"a-int8".into()));
    let figure =
        |of: &Value| [&of["value"], &of["interval"]["low"], &of["interval"]["high"]].map(Value::as_f64);
    let change = &found["accuracy"]["change"];
    assert_eq!(pair["difference"]["interval"]["confidence"], 0.95);
    for (compared, quantized) in figure(&pair["difference"]).into_iter().zip(figure(change)) {
        let apart = (compared.unwrap() - quantized.unwrap()).abs();
        assert!(apart < 1e-12, "{} and {change}", pair["difference"]);
    }
    assert!(
        pair["verdict"].is_string() && pair["sentence"].as_str().unwrap().starts_with("a-int8 against a: ")
    );

    // Quantizing again makes the same bytes; ranges of other images do not.
    let kept = |name: &str| place.read(&format!("runs/tiny/a-int8/seed-0/{name}"));
    let before = (kept("int8.json"), kept("predictions.csv"));
    place.toile(&["quantize", "tiny/a", "--images", "20"]).expect(0);
    assert!(before == (kept("int8.json"), kept("predictions.csv")));
    place.toile(&["quantize", "tiny/a", "--images", "3"]).expect(0);
    assert!(before.0 != kept("int8.json"));
}

#[test]
fn what_cannot_be_quantized_is_refused() {
    let groups = STUDY.replacen("{ MaxPool2d", "{ GroupNorm = { num_groups = 1 } }, { MaxPool2d", 1);
    let place = Place::new(&groups);
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    place.toile(&["export", "tiny/a", "--format", "safetensors", "--out", "a.safetensors"]).expect(0);
    let before = files_below(&place.path("."));
    let cases: &[(&str, &[&str])] = &[
        ("quantize tiny/a", &["gn1: GroupNorm", "use BatchNorm2d, or keep the network in floats"]),
        ("quantize tiny/c", &["neither tiny/c nor runs/tiny/c is there"]),
        ("quantize tiny", &["it is a study; name a model of it: tiny/a"]),
        ("quantize a.safetensors", &["a.safetensors is a file of weights", "name the run's folder"]),
        ("quantize tiny/a --images 0", &["--images"]),
        ("quantize tiny/a --images -3", &["--images"]),
        ("quantize tiny/a --images many", &["--images"]),
        ("quantize tiny/a@9", &["it has no finished run with seed 9"]),
        ("quantize", &["<RUN>"]),
        ("export tiny/a --format c --int8", &["a-int8/seed-0 is no int8 run", "toile quantize"]),
        ("export a.safetensors --format c --int8", &["name the run's folder"]),
        ("export tiny/a --format onnx --int8", &["a-int8/seed-0 is no int8 run", "toile quantize"]),
        ("export tiny/a --format npz --int8", &["--int8 is for --format c and --format onnx"]),
    ];
    for (args, expected) in cases {
        let args: Vec<&str> = args.split(' ').collect();
        let ran = place.toile(&args).expect(2);
        for part in *expected {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
        assert_eq!(files_below(&place.path(".")), before, "{args:?}");
    }
}

#[test]
fn runs_without_figures_of_their_own_are_not_quantized() {
    let folds = STUDY.replacen("\n[", "cross_validation = { folds = 2 }\n\n[", 1);
    let place = Place::new(&folds);
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    let ran = place.toile(&["quantize", "tiny/a"]).expect(2);
    assert!(ran.stderr.contains("are folds of a cross-validation"), "{}", ran.stderr);
    assert!(ran.stderr.contains("a study without `cross_validation`"), "{}", ran.stderr);

    let place = Place::new(&STUDY.replace("SGD = { lr = 0.01 }", "SGD = { lr = 1e38 }"));
    place.toile(&["run", "tiny.toml"]).expect(2);
    for (name, expected) in [
        ("tiny/b", "none of its runs is finished; go on with"),
        ("runs/tiny/b/seed-0", "the run is not finished; put a copy of it back, or delete"),
    ] {
        let ran = place.toile(&["quantize", name]).expect(2);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    // Weights of a finished run that are no numbers, and whose digest is right.
    let path = place.path("runs/tiny/a/seed-0/weights/last.safetensors");
    let mut kept = weights::read(&path).unwrap().unwrap();
    kept.tensors.entries[0].1.data[0] = f32::NAN;
    let mut bytes = Vec::new();
    weights::write(&mut bytes, &kept.about, &kept.tensors).unwrap();
    fs::write(&path, bytes).unwrap();
    let ran = place.toile(&["quantize", "tiny/a"]).expect(2);
    let name = &kept.tensors.entries[0].0;
    let words = format!("its tensor {name} has values that are not finite; delete it, and `toile run`");
    assert!(ran.stderr.contains(&words), "{}", ran.stderr);
}

#[test]
fn a_run_is_not_quantized_by_other_data() {
    let place = shades::place(["dark", "light"], shades::NUMBER);
    let toile = |args: &[&str]| shades::toile(&place, args);
    let with = |number| shades::picture(&place, "train/dark", 0, 3, number);
    toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    let before = files_below(&place.path("runs"));
    with(41);
    let ran = toile(&["quantize", "tiny/a"]).expect(2);
    assert!(
        ran.stderr.contains("the data are not those that the run was trained on; bring the data of then"),
        "{}",
        ran.stderr
    );
    assert_eq!(files_below(&place.path("runs")), before);
    with(shades::NUMBER);
    toile(&["quantize", "tiny/a"]).expect(0);
}

/// What was quantized is not another run's, and no trained run's folder is written over.
#[test]
fn int8_runs_are_bound_to_their_weights() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1"]).expect(0);
    place.toile(&["quantize", "tiny/a", "--images", "5"]).expect(0);
    let export = ["export", "tiny/a", "--format", "c", "--int8", "--force"];
    place.toile(&export).expect(0);
    let ran = place.toile(&["eval", "tiny/a-int8"]).expect(2);
    assert!(ran.stderr.contains("it is an int8 run") && ran.stderr.contains("a@0"), "{}", ran.stderr);

    let record = place.path("runs/tiny/a-int8/seed-0/int8.json");
    let whole = fs::read_to_string(&record).unwrap();
    fs::write(&record, whole.replacen("\"images\": 5", "\"images\": 6", 1)).unwrap();
    let ran = place.toile(&export).expect(2);
    assert!(ran.stderr.contains("int8.json") && ran.stderr.contains("toile quantize"), "{}", ran.stderr);
    // What the message says to do does help.
    place.toile(&["quantize", "tiny/a", "--images", "5"]).expect(0);
    assert_eq!(fs::read_to_string(&record).unwrap(), whole);

    // Another training in the run's place.
    fs::remove_dir_all(place.path("runs/tiny/a")).unwrap();
    place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "2"]).expect(0);
    let ran = place.toile(&export).expect(2);
    assert!(ran.stderr.contains("was made of other weights"), "{}", ran.stderr);

    fs::remove_file(&record).unwrap();
    let ran = place.toile(&["quantize", "tiny/a"]).expect(2);
    assert!(ran.stderr.contains("is a run of another kind, and is not overwritten"), "{}", ran.stderr);
}
