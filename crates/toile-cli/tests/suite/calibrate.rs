//! `toile calibrate`: a temperature from validation images, kept with the run, used when asked for.

use std::fs;

use serde_json::Value;

use super::cli::{Place, Ran, STUDY};

fn toile(place: &Place, args: &[&str]) -> Ran {
    place.toile(args)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn a_temperature_is_fitted_kept_and_used() {
    // So many epochs that the network is too sure; mirror images make it look twice.
    let study = STUDY.replacen("[architecture", "validation = 0.25\nseeds = 2\n[architecture", 1).replacen(
        "lr = 0.001 } }\nepochs = 2",
        "lr = 0.01 } }\nepochs = 30\ntest_time_augmentation = { flip = true }",
        1,
    );
    let place = Place::new(&study);
    place.toile(&["run", "tiny.toml"]).expect(0);
    let early = toile(&place, &["eval", "tiny/a", "--calibrated"]).expect(2);
    assert!(early.stderr.contains("fit one with: toile calibrate"), "{}", early.stderr);
    let found = json(&toile(&place, &["calibrate", "tiny/a@all", "--json"]).expect(0));
    assert_eq!((found["runs"].as_array().unwrap().len(), &found["is_over_seeds"]), (2, &true.into()));
    for run in found["runs"].as_array().unwrap() {
        assert_eq!(run["validation_images"], 130, "a quarter of each class");
        assert!(number(&run["validation_nll"][1]) <= number(&run["validation_nll"][0]), "{run}");
        assert!(number(&run["temperature"]) != 1.0);
    }
    let nll = &found["nll"];
    let change = number(&nll["after"]["value"]) - number(&nll["before"]["value"]);
    assert!((number(&nll["change"]["value"]) - change).abs() < 1e-12, "{nll}");
    assert!(number(&nll["change"]["interval"]["low"]) < change, "{nll}");

    // What calibrating measured is what evaluating finds, before and after; which class it is stays.
    let eval = |extra: &[&str]| {
        let of = |seed: &str| json(&toile(&place, &[&["eval", seed, "--json"], extra].concat()).expect(0));
        let both = [of("tiny/a@0"), of("tiny/a@1")];
        let mean = |key: &str| both.iter().map(|one| number(&one[key])).sum::<f64>() / 2.0;
        (mean("nll"), mean("ece"), mean("accuracy_top1"))
    };
    let ((nll_before, ece_before, right), (nll_after, ece_after, right_after)) =
        (eval(&[]), eval(&["--calibrated"]));
    assert_eq!(right, right_after);
    for (found, expected) in [
        (&found["nll"]["before"], nll_before),
        (&found["nll"]["after"], nll_after),
        (&found["ece"]["before"], ece_before),
        (&found["ece"]["after"], ece_after),
    ] {
        assert!((number(&found["value"]) - expected).abs() < 1e-9, "{found} {expected}");
    }

    // A temperature of other weights is not taken for theirs.
    let kept = |seed: u32| place.path(&format!("runs/tiny/a/seed-{seed}/calibration.json"));
    fs::copy(kept(0), kept(1)).unwrap();
    let foreign = toile(&place, &["eval", "tiny/a@1", "--calibrated"]).expect(2);
    assert!(foreign.stderr.contains("toile calibrate writes it again"), "{}", foreign.stderr);
    toile(&place, &["calibrate", "tiny/a@1"]).expect(0);
    toile(&place, &["eval", "tiny/a@1", "--calibrated"]).expect(0);
}

#[test]
fn a_run_without_validation_images_is_told_how_to_get_some() {
    let place = Place::new(STUDY);
    place.toile(&["run", "tiny.toml", "--models", "b"]).expect(0);
    let ran = toile(&place, &["calibrate", "tiny/b"]).expect(2);
    for part in ["held out no images", "Add validation = 0.1"] {
        assert!(ran.stderr.contains(part), "{part:?} is not in\n{}", ran.stderr);
    }
    assert!(!place.path("runs/tiny/b/seed-0/calibration.json").exists());
}
