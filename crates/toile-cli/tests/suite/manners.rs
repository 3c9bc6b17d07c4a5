//! What every command owes whoever calls it: silence on request, JSON, completions, manual pages.

use std::fs;

use clap::CommandFactory as _;
use serde_json::Value;
use toile_cli::program::Args;

use super::cli::{Place, STUDY};

#[test]
fn quiet_commands_say_nothing_but_notes_and_errors() {
    let place = Place::new(STUDY);
    let ran = place.toile(&["run", "tiny.toml", "--models", "a", "--epochs", "1", "-q"]).expect(0);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("accuracy"), "the answer is no chatter: {}", ran.stdout);
    let said = place.toile(&["studies"]).expect(0).stderr;
    assert!(said.contains("toile show NAME"), "{said}");
    assert_eq!(place.toile(&["--quiet", "studies"]).expect(0).stderr, "");
    let wrong = place.toile(&["run", "nowhere.toml", "--quiet"]).expect(2);
    assert!(wrong.stderr.starts_with("error: "), "{}", wrong.stderr);
    let both = place.toile(&["run", "tiny.toml", "--json", "--progress", "json"]).expect(2);
    assert!(both.stderr.contains("choose one"), "{}", both.stderr);
}

#[test]
fn what_is_a_table_is_json_as_well() {
    let place = Place::new(STUDY);
    let json = |args: &[&str]| -> Value {
        let ran = place.toile(args).expect(0);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}\n{}", ran.stdout))
    };
    let ran = json(&["run", "tiny.toml", "--epochs", "1", "--json"]);
    let written: Value = serde_json::from_slice(&place.read("runs/tiny/a/seed-0/evaluation.json")).unwrap();
    let accuracy = &ran["results"]["models"][0]["runs"][0]["evaluation"]["test_accuracy"];
    assert_eq!(*accuracy, written["evaluation"]["test_accuracy"]);
    assert!(accuracy.is_f64() && ran["comparison"].is_object(), "{ran}");

    let studies = json(&["studies", "--json"]);
    assert!(
        studies.as_array().unwrap().iter().any(|study| study["name"] == "baseline-vs-better"),
        "{studies}"
    );
    let shown = json(&["show", "baseline-vs-better", "--json"]);
    assert_eq!(shown["models"][0]["parameters"], 643_082);
    assert_eq!(shown["models"][0]["layers"][0]["output_shape"], serde_json::json!([32, 28, 28]), "{shown}");
    let sets = json(&["data", "list", "--json"]);
    let small = sets["data_sets"].as_array().unwrap().iter().find(|set| set["name"] == "fashion-mnist-small");
    assert_eq!(small.unwrap()["places"][0]["complete"], true);
    assert_eq!(json(&["data", "get", "fashion-mnist-small", "--json"])["train_images"], 512);
    let verified = json(&["data", "verify", "fashion-mnist-small", "--json"]);
    let files = verified[0]["places"][0]["files"].as_array().unwrap();
    assert!(files.len() == 4 && files.iter().all(|file| file["state"] == "ok"), "{verified}");
}

#[test]
fn every_command_is_completed_and_has_a_manual_page() {
    let place = Place::new(STUDY);
    let commands: Vec<String> =
        Args::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = place.toile(&["completions", shell]).expect(0).stdout;
        for command in &commands {
            assert!(script.contains(command.as_str()), "{shell} does not know {command}");
        }
    }
    place.toile(&["man", "man1"]).expect(0);
    for command in &commands {
        let page = fs::read_to_string(place.path(&format!("man1/toile-{command}.1"))).unwrap();
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains(&format!("toile {}", command.replace('-', "\\-"))),
            "{page}"
        );
    }
    assert!(place.path("man1/toile-data-verify.1").is_file(), "commands of commands have one, too");
    assert!(!place.path("man1/toile-help.1").exists(), "help is no command of ours");
    for (args, expected) in [
        (["completions", "tcsh"], "bash"),
        (["completions", "-q"], "<SHELL>"),
        (["man", "tiny.toml"], "tiny.toml"),
        (["man", "tiny.toml/man1"], "tiny.toml/man1"),
    ] {
        let ran = place.toile(&args).expect(2);
        assert!(ran.stderr.contains(expected), "{args:?}: {}", ran.stderr);
    }
}
