//! What comes from outside, as a user meets it: predictions and weights of other programs, and why a network says what
//! it says.

use std::fs;

use serde_json::Value;
use toile_nn::state::StateDict;
use toile_store::safetensors;

use crate::cli::{Place, STUDY};
use crate::documents::{commands, run};
use crate::init::picture;

const DOCUMENT: &str = include_str!("../../../../docs/other-programs.md");

const CLASSES: [&str; 3] = ["cat", "dog", "eel"];

/// Which columns a file has, and what they say.
#[derive(Clone, Copy, Default)]
struct Style {
    by_index: bool,
    without_probabilities: bool,
    backwards: bool,
}

/// Predictions for 90 images; `wrong` are taken for the class after theirs.
fn table(style: Style, wrong: impl Fn(usize) -> bool) -> String {
    let name = |class: usize| if style.by_index { class.to_string() } else { CLASSES[class].to_owned() };
    let order: [usize; 3] = if style.backwards { [2, 1, 0] } else { [0, 1, 2] };
    let mut rows: Vec<String> = (0..90)
        .map(|image| {
            let taken = (image + usize::from(wrong(image))) % 3;
            let share = |class: usize| if class == taken { ",0.75" } else { ",0.125" };
            let shares = if style.without_probabilities { String::new() } else { order.map(share).concat() };
            format!("{image},{},{}{shares}", name(image % 3), name(taken))
        })
        .collect();
    if style.backwards {
        rows.reverse();
    }
    let columns = match style.without_probabilities {
        true => String::new(),
        false => order.map(|class| format!(",probability {}", CLASSES[class])).concat(),
    };
    format!("index,label,prediction{columns}\n{}\n", rows.join("\n"))
}

/// `a0.csv` to `a2.csv` with about 40 of 90 images wrong, `b0.csv` to `b2.csv` with about 8, in another order and by
/// other columns, `c0.csv` to `c2.csv` as those but by indices and without probabilities.
fn place() -> Place {
    let place = Place::new(STUDY);
    for seed in 0..3 {
        let hard = |image: usize, wrong: usize| image * 37 % 90 + (image * 7 + seed * 5) % 4 < wrong;
        let by_index = Style { by_index: true, without_probabilities: true, ..Style::default() };
        let backwards = Style { backwards: true, ..Style::default() };
        for (name, style, wrong) in [("a", Style::default(), 40), ("b", backwards, 8), ("c", by_index, 8)] {
            fs::write(place.path(&format!("{name}{seed}.csv")), table(style, |i| hard(i, wrong))).unwrap();
        }
    }
    place
}

#[test]
fn predictions_of_other_programs_are_judged() {
    let place = place();
    for (args, code, word) in [
        (&["a=a0.csv,a1.csv,a2.csv", "b=b0.csv,b1.csv,b2.csv"][..], 0, "b against a: better, "),
        (&["b=b0.csv,b1.csv,b2.csv", "a=a0.csv", "a=a1.csv", "a=a2.csv"], 1, "a against b: worse, "),
        (
            &["a=a0.csv,a1.csv,a2.csv", "c=c0.csv,c1.csv,c2.csv", "--metric", "f1_macro"],
            0,
            "c against a: better, ",
        ),
        (&["a0.csv", "b0.csv"], 3, "b0 against a0: undecided, "),
        (&["a=a0.csv,a1.csv,a2.csv", "b=b0.csv,b1.csv,b2.csv", "--seeds", "0-1"], 3, "1 more"),
    ] {
        let ran = place.toile(&[&["compare", "--predictions"], args].concat()).expect(code);
        let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(word), "{args:?}: {word:?} is not in\n{}", ran.stdout);
        assert!(ran.stderr.contains("nothing counts how often"), "{}", ran.stderr);
    }
    // Columns, order and spelling make no difference.
    let files = ["a=a0.csv,a1.csv,a2.csv", "b=b0.csv,b1.csv,b2.csv", "c=c0.csv,c1.csv,c2.csv"];
    let ran = place.toile(&[&["compare", "--predictions", "--json"], &files[..]].concat()).expect(0);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer["models"][1]["per_seed"], answer["models"][2]["per_seed"]);
    assert_eq!(answer["pairs"][2]["difference"]["value"], 0.0);
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line() {
    let place = place();
    let good = table(Style::default(), |_| false);
    for (from, to, parts) in [
        ("index,label", "image,label", &["line 1", "no column is called index"][..]),
        ("prediction,", "prediction,,", &["line 1", "a column has no name", "index=False"]),
        ("prediction,", "prediction,score,", &["line 1", "\"score\""]),
        ("probability dog", "probability cat", &["line 1", "two columns are called"]),
        ("probability dog", "probability fox", &["line 1", "cat, fox and eel", "cat, dog and eel"]),
        ("\n1,dog", "\n2,dog", &["line 4: image 2 stands on line 3 already"]),
        ("\n1,dog", "\n91,dog", &["90 rows, and none of image 1"]),
        ("\n1,dog", "\n1.5,dog", &["line 3", "\"1.5\" is no whole number"]),
        ("\n1,dog", "\n1,fox", &["line 3", "\"fox\" is no class", "cat, dog and eel"]),
        ("\n1,dog,dog", "\n1,eel,dog", &["line 3: image 1 has the label eel, in a it has dog"]),
        (
            "\n1,dog,dog",
            "\n1,dog,cat",
            &["line 3", "cat is predicted with probability 0.125, though dog has 0.75"],
        ),
        ("\n1,dog,dog,0.125", "\n1,dog,dog,0.225", &["line 3", "sum to 1.1000, not to 1 (within 0.001)"]),
        ("\n1,dog,dog,0.125", "\n1,dog,dog,NaN", &["line 3", "the probability of cat is \"NaN\"", "softmax"]),
        ("\n1,dog,dog,0.125", "\n1,dog,dog", &["line 3: it has 5 fields where the header has 6"]),
        ("\n89,eel,eel,0.125,0.125,0.75", "", &["it has 89 images, a has 90"]),
        (
            &good,
            "index,label,prediction,log_probability\n0,cat,cat,-inf\n",
            &["line 2", "the log_probability is \"-inf\""],
        ),
        (&good, "", &["it is empty"]),
        (&good, "index;label;prediction\n", &["line 1", "not separated by commas"]),
        (&good, "index,label,prediction\n", &["it has no rows"]),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(place.path("bad.csv"), good.replacen(from, to, 1)).unwrap();
        let ran = place.toile(&["compare", "--predictions", "a=a0.csv", "bad.csv"]).expect(2);
        for part in parts.iter().chain(&["bad.csv"]) {
            assert!(ran.stderr.contains(part), "{to:?}: {part:?} is not in\n{}", ran.stderr);
        }
    }
    for (args, parts) in [
        (&["a0.csv"][..], &["a comparison needs two models or more"][..]),
        (&["a0.csv", "gone.csv"], &["gone.csv is not there", "NAME=FILE"]),
        (&["a0.csv", "x=gone/model"], &["gone/model is not there"]),
        (&["a=a0.csv,a0.csv", "b0.csv"], &["a0.csv is there twice"]),
        (&["b=a0.csv", "x=b0.csv", "b0.csv", "x.csv"], &["x.csv is not there"]),
        (&["b0=a0.csv", "b0.csv"], &["b0 is the name of another one already"]),
        (
            &["a0.csv", "c0.csv", "--metric", "nll"],
            &["c0.csv: it has no probabilities, which nll is made of"],
        ),
        (&["a0.csv", "b0.csv", "--seeds", "7"], &["a0 has no run with seed 7"]),
        (&["a0.csv", "b0.csv", "--out", "x"], &["--out"]),
    ] {
        let ran = place.toile(&[&["compare", "--predictions"], args].concat()).expect(2);
        for part in parts {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
    }
}

#[test]
fn what_the_document_says_can_be_typed() {
    let place = Place::new(STUDY);
    picture(&place.path("shoe.png"), 40, 1, true);
    for line in commands(DOCUMENT) {
        if line.starts_with("toile compare --predictions sklearn") {
            // The files of the other programs: tables of this run, under the seeds of others.
            for seed in 0..3 {
                let text = place.read(&format!("runs/quick/better/seed-{seed}/predictions.csv"));
                fs::write(place.path(&format!("torch-{seed}.csv")), &text).unwrap();
                fs::write(place.path(&format!("sklearn-{}.csv", (seed + 1) % 3)), &text).unwrap();
            }
        }
        if line.starts_with("toile import") {
            let weights = place.path("runs/quick/better/seed-2/weights/last.safetensors");
            fs::copy(weights, place.path("weights.safetensors")).unwrap();
        }
        run(&place, line);
    }
    let maps: Value = serde_json::from_slice(&place.read("sandal.json")).unwrap();
    assert_eq!((&maps["class"], &maps["height"]), (&"Sandal".into(), &28.into()));
    for map in ["occlusion", "grad_cam"] {
        let rows = maps[map]["values"].as_array().unwrap();
        assert!(rows.len() == 28 && rows.iter().all(|row| row.as_array().unwrap().len() == 28), "{map}");
    }
    let shown = toile_draw::png::decode(&place.read("why.png")).unwrap();
    assert!(shown.width > 900 && shown.height > 400, "{} x {}", shown.width, shown.height);
    // What was imported is what it was, to the bit, and is known for what it is.
    let of = |run: &str, file: &str| place.read(&format!("runs/quick/{run}/{file}"));
    let predictions = "predictions.csv";
    assert!(of("torch/seed-0", predictions) == of("better/seed-2", predictions));
    assert_eq!(String::from_utf8(of("torch/seed-0", "results.csv")).unwrap().lines().count(), 1);
    let receipt: Value = serde_json::from_slice(&of("torch/seed-0", "receipt.json")).unwrap();
    assert_eq!(receipt["imported"]["file"], "weights.safetensors");
    let ran = place.toile(&["compare", "runs/quick/torch", "runs/quick/better"]).expect(3);
    assert!(ran.stderr.contains("The weights of torch were imported"), "{}", ran.stderr);
    check_bad_weights(&place);
    check_bad_questions(&place);
}

/// What `toile import` refuses, and that nothing goes on from what it wrote.
fn check_bad_weights(place: &Place) {
    let whole = place.read("weights.safetensors");
    let written = |change: &dyn Fn(&mut StateDict<f32>)| {
        let (metadata, mut tensors) = safetensors::read(&whole).unwrap();
        change(&mut tensors);
        let mut bytes = Vec::new();
        safetensors::write(&mut bytes, &metadata, &tensors).unwrap();
        bytes
    };
    let study = &["--study", "quick", "--model", "better"][..];
    let named = &["--study", "quick", "--model", "better", "--as", "torch"][..];
    for (bytes, args, parts) in [
        (
            whole[..whole.len() - 4].to_vec(),
            named,
            &["bad.safetensors", "does not lie where its header says"][..],
        ),
        (whole[..100].to_vec(), named, &["it is cut off, or no safetensors file"]),
        (
            b"PK\x03\x04 and so on".to_vec(),
            named,
            &["zip archive", "torch.load(\"bad.safetensors\"", "save_file"],
        ),
        (written(&|state| drop(state.entries.remove(0))), named, &["conv1.weight [8, 1, 3, 3] is missing"]),
        (
            written(&|state| state.entries[0].1.shape = vec![8, 9]),
            named,
            &["conv1.weight has shape [8, 9], the network's has [8, 1, 3, 3]"],
        ),
        (
            written(&|state| state.push("head.bias", vec![1], vec![0.0])),
            named,
            &["head.bias [1] is not of this"],
        ),
        (
            written(&|state| state.entries[0].1.data[0] = f32::NAN),
            named,
            &["conv1.weight has values that are not finite"],
        ),
        (whole.clone(), study, &["better/seed-0 was trained here", "--as better-imported"]),
        (whole.clone(), &[named, &["--seed", "0"]].concat(), &["torch/seed-0 is there already"]),
        (whole.clone(), &[study, &["--as", "baseline"]].concat(), &["--as baseline: the study has a model"]),
        (whole.clone(), &[study, &["--as", "../x"]].concat(), &["--as ../x: a model cannot be called so"]),
        (whole.clone(), &["--study", "quick", "--model", "best"], &["no model \"best\"", "baseline, better"]),
    ] {
        fs::write(place.path("bad.safetensors"), bytes).unwrap();
        let ran = place.toile(&[&["import", "bad.safetensors"], args].concat()).expect(2);
        for part in parts {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
    }
    let args = [&["import", "weights.safetensors", "--out", "other", "--seed", "1"], study].concat();
    place.toile(&args).expect(0);
    let again = ["run", "quick", "--models", "better", "--out", "other", "--seeds", "1"];
    for gone in ["", "other/better/seed-1/predictions.csv", "other/better/seed-1/evaluation.json"] {
        let _ = fs::remove_file(place.path(gone));
        let ran = place.toile(&again).expect(2);
        assert!(
            ran.stderr.contains("holds weights that were imported for better (seed 1)"),
            "{}",
            ran.stderr
        );
    }
}

/// What `toile explain-image` refuses.
fn check_bad_questions(place: &Place) {
    fs::write(place.path("note.txt"), "no picture").unwrap();
    for (args, parts) in [
        (&["quick/better", "gone.png"][..], &["gone.png"][..]),
        (&["quick/better", "note.txt"], &["note.txt cannot be explained"]),
        (&["quick/best", "shoe.png"], &["quick/best"]),
        (&["quick/better@all", "shoe.png"], &["this needs one network"]),
        (&["quick/better", "shoe.png", "--class", "Boot"], &["--class Boot", "Ankle boot"]),
        (&["quick/better", "shoe.png", "--out", "gone/why.png"], &["gone/why.png"]),
    ] {
        let ran = place.toile(&[&["explain-image"], args].concat()).expect(2);
        for part in parts {
            assert!(ran.stderr.contains(part), "{args:?}: {part:?} is not in\n{}", ran.stderr);
        }
    }
}
