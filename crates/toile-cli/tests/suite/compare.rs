//! `toile compare` as a user meets it: folders of runs in, tables and exit codes out.

use std::fs;

use serde_json::Value;
use toile_study::numbers;

use crate::cli::{Place, STUDY};
use crate::golden::check;

const CLASSES: [&str; 3] = ["cat", "dog|wolf", "eel"];

/// A run over 90 images; `wrong` are taken for the class after theirs.
fn write_run(place: &Place, run: &str, wrong: impl Fn(usize) -> bool) {
    let folder = place.path(run);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), "name = \"tiny\"\n").unwrap();
    fs::write(folder.join("evaluation.json"), r#"{"status": "finished", "evaluation": null}"#).unwrap();
    let mut text = "index,label,prediction".to_owned();
    text += &CLASSES.map(|class| format!(",probability {class}")).concat();
    for image in 0..90 {
        let taken = (image + usize::from(wrong(image))) % 3;
        let probability = |class: usize| if class == taken { ",0.75" } else { ",0.125" };
        let probabilities = [0, 1, 2].map(probability).concat();
        text += &format!("\n{image},{},{}{probabilities}", CLASSES[image % 3], CLASSES[taken]);
    }
    fs::write(folder.join("predictions.csv"), text + "\n").unwrap();
}

/// `old` with about 40 of 90 images wrong, `new` with about 8, `twin` as `new` but for one image a seed.
fn place() -> Place {
    let place = Place::new(STUDY);
    for seed in 0..4 {
        let hard = |image: usize, wrong: usize| image * 37 % 90 + (image * 7 + seed * 5) % 4 < wrong;
        write_run(&place, &format!("runs/s/old/seed-{seed}"), |image| hard(image, 40));
        write_run(&place, &format!("runs/s/new/seed-{seed}"), |image| hard(image, 8));
        let is_other = |image: usize| image == seed || image == seed + 40;
        write_run(&place, &format!("runs/s/twin/seed-{seed}"), |image| hard(image, 8) != is_other(image));
    }
    place
}

#[test]
fn a_script_can_go_by_the_exit_code() {
    let place = place();
    for (args, code, word) in [
        (&["runs/s", "old", "new"][..], 0, "new against old: better, "),
        (&["runs/s", "new", "old"], 1, "old against new: worse, "),
        (&["runs/s", "new", "twin", "--margin", "0.2"], 0, "equivalent within the margin of 20.00 points"),
        (&["runs/s", "new", "twin"], 3, "twin against new: undecided, "),
        (&["runs/s", "old", "new", "--seeds", "0-1"], 3, "A verdict needs 3 seeds of each, 1 more"),
        (&["runs/s", "old", "new", "--seeds", "3"], 3, "one run speaks for a network"),
        (&["runs/s", "old", "twin", "new", "--metric", "nll"], 0, "new against old: better, −"),
        (&["runs/s/old", "runs/s/new", "--seeds", "0,1-2"], 0, "new against old: better, "),
        (&["runs/s/old/seed-0", "runs/s/new/seed-1"], 3, "new (seed 1) against old (seed 0): undecided, "),
    ] {
        let ran = place.toile(&[&["compare"], args].concat()).expect(code);
        let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(word), "{args:?}: {word:?} is not in\n{}", ran.stdout);
    }
}

#[test]
fn bad_input_is_told_with_its_remedy() {
    let place = place();
    for (args, parts) in [
        (&["runs/s"][..], &["two models or more, got 0", "new, old and twin"][..]),
        (&["runs/s", "old"], &["got 1"]),
        (&["runs/s", "old", "gone"], &["runs/s holds no run of gone", "--out"]),
        (&["runs/s", "old", "old"], &["old is named twice"]),
        (&["runs/s/old", "runs/s/gone"], &["runs/s/gone is no folder of a run or a model"]),
        (&["runs/s/gone", "runs/s/old"], &["runs/s/gone is no folder of a run or a model"]),
        (&["runs/gone", "old", "new"], &["no study file `runs/gone`"]),
        (&["tiny.toml", "a", "c"], &["no model \"c\"", "a, b"]),
        (&["tiny.toml", "a", "b"], &["holds no run of a", "toile run"]),
        (&["runs/s", "old", "new", "--metric", "accuracy"], &["accuracy_top1", "ece"]),
        (&["runs/s", "old", "new", "--alpha", "5"], &["--alpha 5 is out of range", "0.05"]),
        (&["runs/s", "old", "new", "--margin", "0.5"], &["--margin 0.5 is out of range", "0.005"]),
        (&["runs/s", "old", "new", "--seeds", "9"], &["old has no run with seed 9", "seeds 0 to 3"]),
        (&["runs/s", "old", "new", "--json", "--markdown"], &["--markdown"]),
        // A run with all runs of its model, in either order and however it is named.
        (
            &["runs/s/old/seed-0", "runs/s/old"],
            &["old (seed 0) is one of the runs of old", "compared with itself"],
        ),
        (&["runs/s/old", "runs/s/new", "./runs/s/old/seed-3/"], &["old (seed 3) is one of the runs of old"]),
        (&["runs/s/old/seed-0", "runs/s/../s/old/seed-0"], &["old (seed 0) is named twice"]),
        (&["runs/s/old", "runs/s/new", "--out", "x"], &["--out names the folder of a study"]),
    ] {
        let ran = place.toile(&[&["compare"], args].concat()).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("error: "), "{args:?}: {}", ran.stderr);
        for part in parts {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
    }
    assert!(!place.path("runs/s/looks.json").exists(), "nothing was compared");
}

/// Text, Markdown and JSON of the same comparison. JSON's figures are cut where processors may differ.
#[test]
fn three_ways_to_read_it() {
    let place = place();
    let compare = |format: &[&str]| {
        let args = ["compare", "runs/s", "old", "twin", "new", "--margin", "0.01"];
        place.toile(&[&args[..], format].concat()).expect(0)
    };
    let ran = compare(&[]);
    assert!(!ran.stdout.contains('\u{1b}'));
    assert!(ran.stderr.contains("note: Nothing shows that the margin of 1.00 points"), "{}", ran.stderr);
    check("compare.txt", &ran.stdout);
    check("compare.md", &compare(&["--markdown"]).stdout);
    let mut json: Value = serde_json::from_str(&compare(&["--json"]).stdout).unwrap();
    cut(&mut json);
    check("compare.json", &(serde_json::to_string_pretty(&json).unwrap() + "\n"));
}

fn cut(value: &mut Value) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(cut),
        Value::Object(entries) => entries.values_mut().for_each(cut),
        Value::Number(number) if number.is_f64() => {
            let cut: f64 = format!("{:.6e}", number.as_f64().unwrap()).parse().unwrap();
            *value = cut.into();
        }
        _ => {}
    }
}

/// More seeds, the same comparison: a second look, which takes a smaller part of alpha.
#[test]
fn looks_are_counted() {
    let place = place();
    let look = |seeds: &str| {
        let ran = place.toile(&["compare", "runs/s", "old", "new", "--json", "--seeds", seeds]).expect(0);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        let confidence = json["pairs"][0]["difference"]["interval"]["confidence"].as_f64().unwrap();
        (json["look"].as_u64().unwrap(), confidence)
    };
    assert_eq!(look("0-2"), (1, 0.975));
    assert_eq!(look("0-3"), (2, 0.9875));
    assert_eq!(look("0-2"), (1, 0.975));
    // From the models' own folders it is the same comparison.
    let ran = place.toile(&["compare", "runs/s/new", "runs/s/old", "--json"]).expect(1);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["look"], 2);
}

/// From training to the verdict: `b` learns nothing.
#[test]
fn a_run_over_seeds_ends_in_its_verdict() {
    let study = STUDY.replace("SGD = { lr = 0.01 }", "SGD = { lr = 1e-9 }");
    let place = Place::new(&format!("{study}\n[comparison]\nmargin = 0.01\n"));
    let one = place.toile(&["run", "tiny.toml"]).expect(0).stdout;
    assert!(one.trim_start().starts_with("Verdict\n- b against a: undecided, because one run"), "{one}");
    assert!(one.contains("--seeds 0,1,2") && !one.contains('\u{1b}'), "{one}");
    let ran = place.toile(&["run", "tiny.toml", "--seeds", "0-2"]).expect(0).stdout;
    assert!(ran.trim_start().starts_with("Verdict\n- b against a: worse, "), "{ran}");
    let mut written: Value = serde_json::from_slice(&place.read("runs/tiny/comparison.json")).unwrap();
    assert_eq!(written["margin"]["in_study_file"], true);
    assert!(written.as_object_mut().unwrap().remove("sha256").is_some(), "the file has its digest beside");
    // The same runs, compared again: the same look. The folder alone knows the study's margin too.
    for study in ["tiny.toml", "runs/tiny"] {
        let again = place.toile(&["compare", study, "a", "b", "--json"]).expect(1);
        assert_eq!(serde_json::from_str::<Value>(&again.stdout).unwrap(), written, "{study}");
    }
    place.toile(&["compare", "tiny.toml", "b", "a"]).expect(0);
}

/// Two linear models, one with a learning rate at which most probabilities of the true class are 0 to a float.
const WILD: &str = r#"
name = "tiny"
dataset = "fashion-mnist-small"
comparison = { metric = "nll" }

[architecture.linear]
layers = ["Flatten", { Linear = { out_features = 10 } }, "LogSoftmax"]

[model.wild]
architecture = "linear"
optimizer = { SGD = { lr = 30 } }
epochs = 8
batch_size = 32

[model.tame]
architecture = "linear"
optimizer = { SGD = { lr = 3.0 } }
epochs = 8
batch_size = 32
"#;

/// A loss of 103 would be all that is left of a probability that a float rounds to 0.
#[test]
fn the_losses_of_every_answer_are_those_of_the_evaluations() {
    let place = Place::new(WILD);
    place.toile(&["run", "tiny.toml", "--seeds", "0-2"]).expect(0);
    let ran = place.toile(&["compare", "tiny.toml", "tame", "wild", "--metric", "nll"]).expect(3);
    let ran = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let compared =
        place.toile(&["compare", "tiny.toml", "tame", "wild", "--metric", "nll", "--json"]).expect(3);
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    let evaluated = ["tame", "wild"].map(|model| {
        let losses = [0, 1, 2].map(|seed| {
            let file = place.read(&format!("runs/tiny/{model}/seed-{seed}/evaluation.json"));
            let file: Value = serde_json::from_slice(&file).unwrap();
            file["evaluation"]["test_loss"].as_f64().unwrap()
        });
        losses.iter().sum::<f64>() / 3.0
    });
    for (model, evaluated) in evaluated.into_iter().enumerate() {
        let mean = compared["models"][model]["mean"].as_f64().unwrap();
        assert!((mean - evaluated).abs() < 1e-9 * evaluated, "{mean} is compared, {evaluated} was measured");
        assert!(ran.contains(&numbers::loss(evaluated)), "{} is not in {ran}", numbers::loss(evaluated));
    }
    let difference = compared["pairs"][0]["difference"]["value"].as_f64().unwrap();
    assert!((difference - (evaluated[1] - evaluated[0])).abs() < 1e-9 * difference, "{difference}");
    // Else rounded probabilities would have done as well.
    let predictions = String::from_utf8(place.read("runs/tiny/wild/seed-0/predictions.csv")).unwrap();
    let below =
        |line: &str| line.rsplit(',').next().unwrap().parse::<f64>().is_ok_and(|value| value < -104.0);
    let lost = predictions.lines().filter(|line| below(line)).count();
    assert!(lost > 20, "{lost} images have a probability of 0");

    let is = |found: f64, measured: f64| (found - measured).abs() < 1e-9 * measured.abs();
    let number = |row: &csv::StringRecord, column: usize| row[column].parse::<f64>().unwrap();
    let models = rows(&place, "runs/tiny/data/models.csv");
    assert_eq!(models.len(), 2);
    for row in &models {
        let measured = evaluated[usize::from(&row[0] == "wild")];
        assert!(&row[1] == "nll" && is(number(row, 4), measured), "{row:?}: {measured} was measured");
    }

    // An image's loss, the mean over the seeds, from what the runs keep of it: over all images it is that of the
    // evaluations.
    let log_probabilities = |seed: u64| {
        let name = format!("runs/tiny/wild/seed-{seed}/predictions.csv");
        let last = |row: &csv::StringRecord| f64::from(row[row.len() - 1].parse::<f32>().unwrap());
        rows(&place, &name).iter().map(last).collect::<Vec<_>>()
    };
    let of_seeds = [0, 1, 2].map(log_probabilities);
    let images = of_seeds[0].len();
    let nll = |image: usize| -of_seeds.iter().map(|of_seed| of_seed[image]).sum::<f64>() / 3.0;
    assert!(is((0..images).map(nll).sum::<f64>() / images as f64, evaluated[1]));
    let hardest = rows(&place, "runs/tiny/data/hardest_images.csv");
    let hardest: Vec<_> = hardest.iter().filter(|row| &row[0] == "wild").collect();
    let beyond = hardest.iter().filter(|row| number(row, 5) > 104.0).count();
    assert!(
        hardest.len() == 100 && beyond > 20,
        "{beyond} losses are more than a rounded probability leaves"
    );
    for row in hardest {
        let image: usize = row[2].parse().unwrap();
        assert!(is(number(row, 5), nll(image)), "{row:?}: {} was measured", nll(image));
    }

    // The models differ in one factor: nothing is trained for the explanation, whose gain is the whole difference.
    let explain = ["explain", "tiny.toml", "tame", "wild", "--seeds", "0-2", "--metric", "nll", "--json"];
    let explained = place.toile(&explain).expect(0);
    assert!(explained.stderr.contains("nothing to train"), "{}", explained.stderr);
    let explained: Value = serde_json::from_str(&explained.stdout).unwrap();
    // More loss is a loss: what is gained has the other sign.
    let gain = explained["gain"]["value"].as_f64().unwrap();
    assert!(is(gain.abs(), evaluated[1] - evaluated[0]), "{gain}: {evaluated:?} was measured");
    for (cell, measured) in explained["cells"].as_array().unwrap().iter().zip(evaluated) {
        assert!(is(cell["mean"].as_f64().unwrap(), measured), "{cell}: {measured} was measured");
    }
}

/// The rows of a table without its header.
fn rows(place: &Place, name: &str) -> Vec<csv::StringRecord> {
    let bytes = place.read(name);
    csv::Reader::from_reader(&bytes[..]).into_records().map(Result::unwrap).collect()
}
