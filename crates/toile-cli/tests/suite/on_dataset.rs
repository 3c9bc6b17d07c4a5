//! `--dataset`: the recipes of a study on other data.

use clap::CommandFactory as _;
use serde_json::Value;
use toile_cli::program::Args;

use super::cli::{Place, Ran, STUDY};
use super::predict::write_png;

fn toile(place: &Place, args: &[&str]) -> Ran {
    Ran::of(place.command(args).env("XDG_CACHE_HOME", place.path("cache")).output().unwrap())
}

/// A study beside pictures of three classes.
fn beside_shades() -> Place {
    let place = Place::new(STUDY);
    for (class, name) in ["dark", "light", "middle"].iter().enumerate() {
        for image in 0..14usize {
            let part = if image < 10 { "train" } else { "test" };
            let pixels: Vec<u8> =
                (0..64usize).map(|at| (60 * class + (at * 37 + image * 91) % 70) as u8).collect();
            write_png(&place.path(&format!("shades/{part}/{name}/{image}.png")), [1, 8, 8], 1, &pixels);
        }
    }
    place
}

fn json(place: &Place, name: &str) -> Value {
    serde_json::from_slice(&place.read(name)).unwrap()
}

#[test]
fn the_same_recipes_learn_other_data_in_a_folder_of_their_own() {
    let place = beside_shades();
    let planned = toile(&place, &["plan", "tiny.toml", "--dataset", "shades", "--models", "a"]).expect(0);
    assert!(planned.stderr.contains("the study tiny-shades"), "{}", planned.stderr);
    let ran =
        toile(&place, &["run", "tiny.toml", "--dataset", "shades", "--models", "a", "--json"]).expect(0);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let results = &json["results"];
    assert_eq!((&results["study"], &results["dataset"]["name"]), (&"tiny-shades".into(), &"shades".into()));
    assert_eq!(results["dataset"]["class_names"], serde_json::json!(["dark", "light", "middle"]));
    assert!(!place.read("runs/tiny-shades/a/seed-0/predictions.csv").is_empty());
    assert!(!place.path("runs/tiny").exists());
    // The run knows its data: it can be measured again.
    toile(&place, &["eval", "tiny-shades/a"]).expect(0);
    let again = toile(&place, &["run", "tiny.toml", "--dataset", "shades", "--models", "a"]).expect(0);
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
}

#[test]
fn a_sweep_and_an_explanation_are_of_the_other_data() {
    let place = beside_shades();
    let on = ["--dataset", "shades", "--seeds", "0"];
    toile(&place, &[&["sweep", "tiny.toml", "a", "--lr", "0.003,0.001"], &on[..]].concat()).expect(0);
    let swept = json(&place, "runs/tiny-shades/sweep-a.json");
    assert_eq!(rates_tried(&swept), [0.001, 0.003]);
    // The settings that are tried are written into the study's text, which is that of the other data.
    let vary = ["sweep", "tiny.toml", "a", "--vary", "label_smoothing=0.1"];
    toile(&place, &[&vary, &on[..]].concat()).expect(0);
    assert!(!place.read("runs/tiny-shades/swept-a.json").is_empty());

    let explain = [&["explain", "tiny.toml", "a", "b"], &on[..]].concat();
    let ran = toile(&place, &explain).expect(0);
    assert!(ran.stderr.contains("tiny.toml on shades: the study tiny-shades"), "{}", ran.stderr);
    let explained = json(&place, "runs/tiny-shades/explain-a-b.json");
    assert_eq!((&explained["first"], &explained["second"]), (&"a".into(), &"b".into()));
    // What is to be done about a level that nobody tuned is done on the same data.
    let warnings = explained["warnings"].to_string();
    let advice = warnings.split_once("toile sweep tiny.toml b --lr ").expect("advice").1;
    assert!(advice.contains(" --dataset shades"), "{warnings}");
    let again = toile(&place, &explain).expect(0);
    assert!(again.stderr.contains("nothing to train"), "{}", again.stderr);
    assert!(!place.path("runs/tiny").exists());
}

fn rates_tried(swept: &Value) -> Vec<f64> {
    let rates = swept["rates"].as_array().expect("a list").iter();
    rates.map(|rate| rate["learning_rate"].as_f64().expect("a rate")).collect()
}

#[test]
fn what_looks_at_a_study_looks_at_it_on_the_other_data() {
    let place = beside_shades();
    let on = ["--dataset", "shades"];
    let ran = |args: &[&str]| toile(&place, &[args, &on].concat()).expect(0);
    let shown = ran(&["show", "tiny.toml"]).stdout;
    assert!(shown.starts_with("tiny-shades\n") && shown.contains("1x8x8, 3 classes"), "{shown}");
    let benched = ran(&["bench", "--study", "tiny.toml", "--model", "a", "--mode", "infer", "--json"]).stdout;
    let benched: Value = serde_json::from_str(&benched).unwrap();
    assert_eq!(benched["model"], "a", "{benched}");

    ran(&["run", "tiny.toml", "--models", "a"]);
    ran(&["ablate", "tiny.toml", "a", "--draws", "1"]);
    assert!(!place.read("runs/tiny-shades/ablation.json").is_empty());
    let weights = "runs/tiny-shades/a/seed-0/weights/last.safetensors";
    ran(&["import", weights, "--study", "tiny.toml", "--model", "a", "--as", "again"]);
    assert_eq!(
        place.read("runs/tiny-shades/again/seed-0/predictions.csv"),
        place.read("runs/tiny-shades/a/seed-0/predictions.csv")
    );
    assert!(!place.path("runs/tiny").exists());
}

/// A command that works on a study works on it with other data.
#[test]
fn every_command_that_opens_a_study_takes_other_data() {
    let args = Args::command();
    let has = |command: &clap::Command, id: &str| command.get_arguments().any(|arg| arg.get_id() == id);
    let opening: Vec<&clap::Command> =
        args.get_subcommands().filter(|command| has(command, "study")).collect();
    let without: Vec<&str> =
        opening.iter().filter(|command| !has(command, "dataset")).map(|command| command.get_name()).collect();
    assert!(
        opening.len() >= 8 && without.is_empty(),
        "{} open a study, without it: {without:?}",
        opening.len()
    );
}

#[test]
fn data_that_do_not_fit_are_told() {
    let place = Place::new(&STUDY.replace("kernel_size = 2", "kernel_size = 12"));
    for name in ["a", "b"] {
        for image in 0..8 {
            for part in ["train", "test"] {
                write_png(
                    &place.path(&format!("small/{part}/{name}/{image}.png")),
                    [1, 8, 8],
                    1,
                    &[image * 9; 64],
                );
            }
        }
    }
    for (word, expected) in [("small", "do not fit small as they are"), ("smal", "\"smal\" is no data set")] {
        let ran = toile(&place, &["run", "tiny.toml", "--dataset", word]).expect(2);
        assert!(ran.stderr.contains(expected), "{expected:?} is not in\n{}", ran.stderr);
    }
    assert!(!place.path("runs").exists());
}
