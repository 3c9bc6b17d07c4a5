//! `toile sweep`: any setting, on images held out of training.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use toile_nn::description::Linear;
use toile_store::sealed;
use toile_study::recipe::Recipe;
use toile_study::study_file::{Source, load};

use super::cli::{Place, STUDY, files_below};
use super::shades;

fn found(place: &Place, name: &str) -> Value {
    sealed::read(&place.path(&format!("runs/tiny/swept-{name}.json")), "").unwrap().unwrap()
}

#[test]
fn a_grid_is_tried_once_and_what_is_chosen_is_a_model() {
    let place = Place::new(STUDY);
    let args = [
        "sweep",
        "tiny.toml",
        "b",
        "--vary",
        "lr=0.01,0.1",
        "--vary",
        "label_smoothing=0,0.1",
        "--seeds",
        "0-1",
    ];
    let ran = place.toile(&args).expect(0);
    let sweep = found(&place, "b");
    // The model as it is has the same recipe as one of the four.
    let tried = sweep["candidates"].as_array().unwrap();
    assert_eq!((tried.len(), &tried[0]["settings"]), (4, &serde_json::json!([])));
    let accuracy = |of: &Value| of["validation_accuracy"].as_f64().unwrap();
    let best = &tried[sweep["best"].as_u64().unwrap() as usize];
    assert!(tried.iter().all(|of| accuracy(of) <= accuracy(best)), "{sweep}");
    let worth = &sweep["over_default"];
    assert!((worth["difference"].as_f64().unwrap() - (accuracy(best) - accuracy(&tried[0]))).abs() < 1e-12);
    assert_eq!(worth["comparisons"], 3);
    for part in [
        "[model.b-tuned]",
        "lr = 0.1",
        "flatters it",
        "whichever candidate had come out best (3 comparisons)",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} is not in\n{}", ran.stdout);
    }
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains("test accuracy") && !text.contains("test loss"), "{text}");
    }
    assert!(String::from_utf8(place.read("runs/tiny/swept-b.svg")).unwrap().contains("<svg"));
    // Nothing is trained twice, and what is lost is trained again to the same.
    let json = place.read("runs/tiny/swept-b.json");
    let again = place.toile(&args).expect(0);
    assert!(!again.stderr.contains("epoch 1/"), "{}", again.stderr);
    fs::remove_dir_all(place.path(&format!("runs/tiny/sweep/b/{}", best["name"].as_str().unwrap()))).unwrap();
    let repaired = place.toile(&[&args[..], &["--jobs", "2", "--threads", "3"]].concat()).expect(0);
    assert!(repaired.stderr.contains("epoch 1/"), "{}", repaired.stderr);
    assert_eq!((&again.stdout, &repaired.stdout), (&ran.stdout, &ran.stdout));
    assert!(place.read("runs/tiny/swept-b.json") == json);
}

#[test]
fn transforms_and_a_width_are_settings_like_any_other() {
    // The study's own transforms: a model that is to have none has to say so.
    let study = STUDY
        .replace("[architecture.linear]", "augment = [\"RandomHorizontalFlip\"]\n\n[architecture.linear]")
        .replace("out_features = 16", "out_features = \"width\"")
        .replace("architecture = \"linear\"\n", "architecture = \"linear\"\nwidth = 2\n");
    let place = Place::new(&study);
    let transforms = "augment=[],[\"RandomHorizontalFlip\"]";
    let ran =
        place.toile(&["sweep", "tiny.toml", "a", "--vary", transforms, "--vary", "width=2,24"]).expect(0);
    let sweep = found(&place, "a");
    let tried = sweep["candidates"].as_array().unwrap();
    // The model as it is has the same recipe as one of the four.
    let asked: Vec<(&str, &str)> = tried.iter().map(|of| (set(of, "augment"), set(of, "width"))).collect();
    let flips = "[\"RandomHorizontalFlip\"]";
    assert_eq!(asked, [("", ""), ("[]", "2"), ("[]", "24"), (flips, "24")]);
    let mut learned = BTreeSet::new();
    for (of, (transforms, width)) in tried.iter().zip([(1, 2), (0, 2), (0, 24), (1, 24)]) {
        let run = format!("runs/tiny/sweep/a/{}/seed-0", of["name"].as_str().unwrap());
        let kept = load(place.path(&format!("{run}/config.toml")).to_str().unwrap()).unwrap();
        assert_eq!(transforms_and_width(&kept.models[0].recipe), (transforms, width), "{of}");
        learned.insert(place.read(&format!("{run}/predictions.csv")));
    }
    assert_eq!(learned.len(), 4, "two of them have learned the same");
    // Two units behind a ReLU cannot tell ten classes: the best has more, and its table is a model of the study.
    let best = &tried[sweep["best"].as_u64().unwrap() as usize];
    let tuned = ran.stdout.split_once("For the study file:\n\n").expect("a table").1;
    let with_it = Source::new(format!("{study}\n{tuned}"), "tuned.toml").study().unwrap();
    let tuned = with_it.models.iter().find(|model| model.name == "a-tuned").expect("a model");
    let transforms = usize::from(set(best, "augment") == flips);
    assert_eq!(transforms_and_width(&tuned.recipe), (transforms, 24));
}

/// What a candidate sets a key to; nothing where it is the model as it is.
fn set<'a>(of: &'a Value, key: &str) -> &'a str {
    let settings = of["settings"].as_array().unwrap();
    let found = settings.iter().find(|setting| setting[0] == key);
    found.map_or("", |setting| setting[1].as_str().unwrap())
}

/// Transforms of a recipe, and the outputs of its first linear layer.
fn transforms_and_width(recipe: &Recipe) -> (usize, usize) {
    let width = [2, 24].into_iter().find(|&width| recipe.layers.contains(&Linear::new(width).into()));
    (recipe.augment.len(), width.expect("a layer of this width"))
}

#[test]
fn rates_are_a_setting_like_any_other() {
    let place = Place::new(STUDY);
    let asked = ["--epochs", "1", "--validation", "0.2", "--out"];
    let swept = |what: &[&str], out: &str| {
        place.toile(&[&["sweep", "tiny.toml", "a"], what, &asked[..], &[out]].concat()).expect(0).stdout
    };
    let rates = swept(&["--lr", "0.1,0.03,0.1"], "rates");
    assert_eq!(rates, swept(&["--vary", "lr=0.03,0.1"], "varied"));
    // It has an interval, a chart, and the model as it is beside it.
    for part in ["as it is", "with 95 % confidence", "comparisons)"] {
        assert!(rates.contains(part), "{part:?} is not in\n{rates}");
    }
    for name in ["swept-a.json", "swept-a.svg", "sweep-a.json"] {
        assert!(place.read(&format!("rates/{name}")) == place.read(&format!("varied/{name}")), "{name}");
    }
    let tuned: Value = sealed::read(&place.path("rates/sweep-a.json"), "").unwrap().unwrap();
    let tried = tuned["rates"].as_array().unwrap().iter().map(|rate| rate["learning_rate"].as_f64().unwrap());
    assert_eq!(tried.collect::<Vec<_>>(), [0.001, 0.03, 0.1]);
    assert!(rates.contains("as it is (lr = 0.001)"), "{rates}");
    // Runs of other seeds in the folder say nothing.
    let of_seeds = |seeds: &str| swept(&["--lr", "0.1,0.03", "--seeds", seeds], "seeds");
    let (two, one) = (of_seeds("0-1"), of_seeds("0"));
    assert!(two != one && one == rates, "{one}");
    let twice = ["sweep", "tiny.toml", "a", "--lr", "0.1", "--vary", "optimizer.lr=0.2"];
    assert!(place.toile(&twice).expect(2).stderr.contains("lr is varied twice"));
    // Beside another setting no rate is tuned by itself.
    let both = swept(&["--lr", "0.03", "--vary", "weight_decay=0.1"], "both");
    assert!(both.contains("lr = 0.03, weight_decay = 0.1"), "{both}");
    assert!(!place.path("both/sweep-a.json").exists());
}

/// Which way there may be a better one, whichever side of those asked for the model's own rate is on.
#[test]
fn the_last_rate_in_a_direction_is_warned_about() {
    let place = Place::new(STUDY);
    let swept = |lr: &str, best: f64| {
        let args = ["sweep", "tiny.toml", "b", "--lr", lr, "--epochs", "1", "--out", lr];
        let ran = place.toile(&args).expect(0);
        let tuned: Value = sealed::read(&place.path(&format!("{lr}/sweep-b.json")), "").unwrap().unwrap();
        assert_eq!(tuned["best"], best, "{tuned}");
        // As it is without line breaks.
        ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    // The model's own is 0.01.
    let lowest = swept("0.2,1e3,1e4", 0.2);
    assert!(lowest.contains("0.2 is the lowest rate asked for"), "{lowest}");
    assert!(lowest.contains("try lower ones too"), "{lowest}");
    let highest = swept("1e-6,1e-5,0.2", 0.2);
    assert!(highest.contains("0.2 is the highest rate asked for"), "{highest}");
}

/// Every file that a sweep leaves, by its path; receipts differ between any two honest runs.
fn left(place: &Place) -> Vec<(String, Vec<u8>)> {
    let root = place.path("runs");
    let mut files: Vec<(String, Vec<u8>)> = files_below(&root)
        .into_iter()
        .filter(|path| !path.ends_with("receipt.json"))
        .map(|path| (path.strip_prefix(&root).unwrap().display().to_string(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn other_test_images_change_no_byte_of_a_sweep() {
    let mut swept = Vec::new();
    for (tested, number) in [(["dark", "light"], 37), (["light", "dark"], 41)] {
        let place = shades::place(tested, number);
        let args = [
            "sweep",
            "tiny.toml",
            "a",
            "--vary",
            "lr=log:1e-4..1e-1",
            "--vary",
            "weight_decay=0,0.01",
            "--trials",
            "6",
            "--halving",
            "2",
            "--epochs",
            "4",
            "--validation",
            "0.25",
        ];
        let stdout = shades::toile(&place, &args).expect(0).stdout;
        let sweep = found(&place, "a");
        let rungs: Vec<(u64, u64)> = sweep["rungs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rung| (rung["epochs"].as_u64().unwrap(), rung["candidates"].as_u64().unwrap()))
            .collect();
        // Six, three, one; beside them the model as it is.
        assert_eq!(rungs, [(1, 7), (2, 4), (4, 2)]);
        assert!(stdout.contains("Successive halving, one in 2 goes on"), "{stdout}");
        let of_rates = ["sweep", "tiny.toml", "b", "--lr", "0.01,0.1", "--seeds", "0-1"];
        let rates = shades::toile(&place, &of_rates).expect(0).stdout;
        let files = left(&place);
        for (name, contents) in &files {
            let text = String::from_utf8_lossy(contents);
            let is_named = text.contains("\"test_loss\"") || text.contains("\"test_accuracy");
            assert!(!is_named, "{name} has figures of test images");
        }
        let rows = files.iter().filter(|(name, _)| name.ends_with("results.csv"));
        let rows: Vec<String> = rows.map(|(_, rows)| String::from_utf8(rows.clone()).unwrap()).collect();
        // Seven candidates in the first rung, four and two in those behind; two rates with two seeds.
        assert_eq!(rows.len(), 7 + 4 + 2 + 4);
        assert!(rows.iter().flat_map(|rows| rows.lines().skip(1)).all(|row| row.ends_with(",,")), "{rows:?}");
        // The study itself is tested, on these images.
        shades::toile(&place, &["run", "tiny.toml", "--models", "b"]).expect(0);
        swept.push((stdout, rates, files, place.read("runs/tiny/results.json")));
    }
    let [(first, rates, files, tested), (second, other_rates, other_files, tested_otherwise)] = &swept[..]
    else {
        panic!("two places");
    };
    assert_eq!((first, rates), (second, other_rates));
    for ((name, contents), (other, other_contents)) in files.iter().zip(other_files) {
        assert!(name == other && contents == other_contents, "{name} {other}");
    }
    assert_eq!(files.len(), other_files.len());
    assert!(tested != tested_otherwise, "the test images are the same");
}

/// Epochs of each training that began, in their order, as plain lines tell it.
fn begun(stderr: &str) -> Vec<u32> {
    let epochs = |line: &str| {
        let (_, rest) = line.split_once(": ").filter(|_| line.ends_with(" steps"))?;
        rest.split(' ').next()?.parse().ok()
    };
    stderr.lines().filter_map(epochs).collect()
}

#[test]
fn who_goes_on_early_is_who_goes_on() {
    let question = ["--vary", "lr=log:1e-4..1e-1", "--trials", "9", "--halving", "3", "--epochs", "9"];
    let swept = |more: &[&[&str]]| {
        let place = Place::new(STUDY);
        let ran: Vec<_> = more
            .iter()
            .map(|more| place.toile(&[&["sweep", "tiny.toml", "a"], &question[..], more].concat()).expect(0))
            .collect();
        let last = ran.last().unwrap();
        // What processes agree on is there where there are several.
        let files = left(&place).into_iter().filter(|(name, _)| !name.contains("/.plans/"));
        (ran[0].stderr.clone(), last.stdout.clone(), files.collect::<Vec<_>>())
    };
    let (stderr, stdout, files) = swept(&[&["--jobs", "1"]]);
    let epochs = begun(&stderr);
    assert_eq!(
        (epochs.len(), epochs.iter().filter(|&&epochs| epochs == 1).count()),
        (10 + 4 + 2, 10),
        "{stderr}"
    );
    // The model as it is takes part in every rung from the start; others go on before the first rung is over.
    let last_of_first = epochs.iter().rposition(|&epochs| epochs == 1).unwrap();
    let early = epochs[..last_of_first].iter().filter(|&&epochs| epochs > 1).count();
    assert!(early > 2, "{epochs:?}");
    let side_by_side = swept(&[&["--jobs", "3", "--threads", "1"]]);
    // Round by round, as processes that share the work do it.
    let in_rounds = swept(&[&["--shard", "1/1"], &["--gather"]]);
    for (what, (_, other_stdout, other_files)) in [("jobs", side_by_side), ("rounds", in_rounds)] {
        assert_eq!(stdout, other_stdout, "{what}");
        let names =
            |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&files), names(&other_files), "{what}");
        assert!(files == other_files, "{what}");
    }
}

/// What lies in a candidate's folder is used for what it is, and for nothing else.
#[test]
fn a_candidate_is_calibrated_measured_and_not_compared() {
    let place = Place::new(STUDY);
    place.toile(&["sweep", "tiny.toml", "a", "--vary", "batch_size=16"]).expect(0);
    let sweep = found(&place, "a");
    let name = |at: usize| sweep["candidates"][at]["name"].as_str().unwrap().to_owned();
    let run = |at: usize| format!("runs/tiny/sweep/a/{}/seed-0", name(at));
    let (plain, varied) = (run(0), run(1));
    let json =
        |args: &[&str]| -> Value { serde_json::from_str(&place.toile(args).expect(0).stdout).unwrap() };
    // Its own images are those held out; others are named.
    let own = place.toile(&["eval", &plain, "--json"]).expect(0);
    assert!(own.stderr.contains("held out of its training"), "{}", own.stderr);
    let own: Value = serde_json::from_str(&own.stdout).unwrap();
    assert_eq!(own["accuracy_top1"], sweep["candidates"][0]["validation_accuracy"]);
    assert_eq!(own["nll"], sweep["candidates"][0]["validation_loss"]);
    let tested = json(&["eval", &plain, "fashion-mnist-small", "--json"]);
    let (images, own_images) = (&tested["images"], &own["images"]);
    assert!(images != own_images, "{tested}");
    // The test images say what its temperature does, as a network computes them now.
    let calibrated = json(&["calibrate", &plain, "--json"]);
    let [before, nll] =
        [&calibrated["nll"]["before"]["value"], &tested["nll"]].map(|of| of.as_f64().unwrap());
    assert!((before - nll).abs() < 1e-9, "{before} {nll}");
    place.toile(&["eval", &plain, "--calibrated"]).expect(0);
    let before: Vec<u8> = place.read(&format!("{plain}/evaluation.json"));
    for (args, expected) in [
        (&["compare", &plain, &varied][..], "is a candidate of `toile sweep`"),
        (&["quantize", &plain], "is a candidate of `toile sweep`"),
        (&["report", "runs/tiny/sweep/a"], "is a candidate of `toile sweep`"),
        (&["run", &format!("{plain}/config.toml")], "judged_by = \"validation_last\""),
    ] {
        let ran = place.toile(args).expect(2);
        assert!(ran.stderr.contains(expected), "{args:?}: {expected:?} is not in\n{}", ran.stderr);
    }
    assert!(place.read(&format!("{plain}/evaluation.json")) == before);
}

#[test]
fn candidates_of_an_earlier_version_stay_and_are_not_used() {
    let place = Place::new(STUDY);
    // As they were: of the same recipe, and tested.
    let held_out = STUDY.replacen("[architecture", "validation = 0.1\n[architecture", 1);
    fs::write(place.path("earlier.toml"), held_out).unwrap();
    place.toile(&["run", "earlier.toml", "--models", "b", "--out", "runs/tiny/sweep/b"]).expect(0);
    let earlier = place.read("runs/tiny/sweep/b/b/seed-0/evaluation.json");
    let ran = place.toile(&["sweep", "tiny.toml", "b", "--lr", "0.01"]).expect(0);
    assert!(ran.stderr.contains("1 candidate in runs/tiny/sweep/b: an earlier version"), "{}", ran.stderr);
    assert!(place.read("runs/tiny/sweep/b/b/seed-0/evaluation.json") == earlier);
    let again = place.toile(&["sweep", "tiny.toml", "b", "--lr", "0.01", "--epochs", "3"]).expect(0);
    assert!(again.stderr.contains("epoch 3/3"), "{}", again.stderr);
}

#[test]
fn bad_settings_are_told_with_their_remedy() {
    let place = Place::new(STUDY);
    for (vary, expected) in [
        (&["lr"][..], "--vary lr: there is no `=`"),
        (&["lr=1..2"], "lr is a range without a number of values"),
        (&["lr=1", "lr=2"], "lr is varied twice"),
        (&["lrr=1"], "Adam has no key `lrr`"),
        (&["lr=-1"], "-1 is out of range"),
        (&["sampler=weighted"], "there is no sampler `weighted`"),
        (&["schedule.gamma=0.1"], "the model sets no `schedule`"),
        (&["sched.gamma=0.1"], "models have no key `sched`"),
        (&["epochs=1,2", "lr=1"], ""),
    ] {
        let vary = vary.iter().flat_map(|text| ["--vary", text]);
        let args: Vec<&str> = ["sweep", "tiny.toml", "a"].into_iter().chain(vary).collect();
        let ran = place.toile(&args);
        if expected.is_empty() {
            ran.expect(0);
            continue;
        }
        let ran = ran.expect(2);
        assert!(ran.stderr.contains(expected), "{args:?}: {expected:?} is not in\n{}", ran.stderr);
    }
    let both = place.toile(&["sweep", "tiny.toml", "a", "--lr", "1", "--vary", "lr=1"]).expect(2);
    assert!(both.stderr.contains("lr is varied twice"), "{}", both.stderr);
    let nothing = place.toile(&["sweep", "tiny.toml", "a", "--halving", "2"]).expect(2);
    assert!(nothing.stderr.contains("say what to try"), "{}", nothing.stderr);
}
