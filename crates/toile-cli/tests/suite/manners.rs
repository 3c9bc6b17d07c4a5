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

/// What a person reads has no two commas in a row and says "1 step", not "1 steps".
#[test]
fn words_are_counted_and_parted_as_people_do() {
    let study = STUDY.replace("batch_size = 8", "batch_size = 512").replace("epochs = 2", "epochs = 3");
    let place = Place::new(&study);
    let run = place.toile(&["run", "tiny.toml"]).expect(0);
    assert!(run.stderr.contains("a (seed 0): 3 epochs of 1 step\n"), "{}", run.stderr);
    let mut texts = vec![("run".to_owned(), run.stdout + &run.stderr)];
    for args in [
        &["run", "tiny.toml"][..],
        &["run", "tiny.toml", "--seeds", "0,1", "--epochs", "1", "--out", "one"],
        &["plan", "tiny.toml"],
        &["show", "tiny.toml"],
        &["status", "runs/tiny"],
        &["report", "runs/tiny"],
        &["explain", "tiny.toml", "a", "b", "--dry-run"],
        &["sweep", "tiny.toml", "a", "--lr", "0.1"],
        &["ablate", "tiny.toml", "a", "--draws", "1"],
        &["data", "list"],
        &["studies"],
    ] {
        let ran = place.toile(args);
        assert!(matches!(ran.code, Some(0 | 3)), "{args:?}: {}", ran.stderr);
        texts.push((args.join(" "), ran.stdout + &ran.stderr));
    }
    let report = String::from_utf8(place.read("runs/tiny/report.html")).unwrap();
    texts.push(("the report".to_owned(), super::outline::of_page(&report)));
    for command in Args::command().get_subcommands_mut() {
        let help = command.render_long_help().to_string();
        texts.push((format!("{} --help", command.get_name()), help));
    }
    for (whose, text) in texts {
        for line in text.lines() {
            assert!(!line.contains(",,") && !line.contains(", ,"), "{whose}: {line}");
            let words: Vec<&str> = line.split([' ', '\u{a0}']).filter(|word| !word.is_empty()).collect();
            for pair in words.windows(2) {
                let noun = pair[1].trim_end_matches(['.', ',', ';', ':', ')']);
                let is_several = ["epochs", "steps", "runs", "seeds", "models", "images", "units", "classes"]
                    .contains(&noun);
                assert!(pair[0] != "1" || !is_several, "{whose}: {line}");
            }
        }
    }
}
