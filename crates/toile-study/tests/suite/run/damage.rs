//! Files of runs damaged at random: every damage is noticed with the file's name, or changes nothing that anybody sees.
//!
//! `TOILE_DAMAGES=10000 cargo test -p toile-study --test suite damage -- --nocapture` damages more often, and prints
//! how each kind of damage was met (see `bench/damage.sh`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use toile_study::ablation::{AblationHooks, Question, measure};
use toile_study::conduct::{known, reread};
use toile_study::evidence::contenders;
use toile_study::recipe::Validation;
use toile_study::study::Model;
use toile_testing::Chance;

use super::fixture::{Bench, Fault, STEPS, model, plain, study};

/// Files of a run that something reads later, or that a person does.
const FILES: [&str; 8] = [
    "config.toml",
    "results.csv",
    "predictions.csv",
    "confusion_matrix.csv",
    "evaluation.json",
    "receipt.json",
    "weights/last.safetensors",
    "checkpoint/state.safetensors",
];

const KINDS: [&str; 7] =
    ["bit flipped", "cut off", "bytes appended", "zeroed", "swapped", "copied", "run copied"];

/// Two models with two seeds each; the last run is in the midst of its second epoch.
fn undamaged(validation: Option<f64>) -> Bench {
    let mut other = model("b");
    other.recipe.batch_size = 8;
    let mut study = study(vec![model("a"), other]);
    study.models.iter_mut().for_each(|model| model.recipe.validation = validation.map(Validation::Share));
    let mut bench = Bench::new(study);
    bench.run().unwrap();
    bench.study.seeds = vec![0, 1];
    bench.options.models = Some(vec!["a".into()]);
    bench.run().unwrap();
    bench.options.models = Some(vec!["b".into()]);
    assert!(bench.run_with(Fault::StopInStep(2 * STEPS + 1), &()).unwrap().interrupted);
    bench.options.models = None;
    bench.options.resume = true;
    bench
}

/// What every reader makes of a folder: what it says, and what it complains of.
#[derive(Default)]
struct Seen {
    said: Vec<String>,
    told: Vec<String>,
}

impl Seen {
    fn take<T: std::fmt::Debug>(&mut self, result: Result<(T, Vec<String>), String>) {
        match result {
            Ok((said, notes)) => {
                self.said.push(format!("{said:?}"));
                self.told.extend(notes);
            }
            Err(error) => {
                self.said.push(String::new());
                self.told.push(error);
            }
        }
    }
}

fn look(bench: &Bench, out: &Path) -> Seen {
    let mut seen = Seen::default();
    let options = toile_study::run::Options { out: out.to_owned(), ..bench.options.clone() };
    let text = |error: &dyn std::error::Error| error.to_string();
    seen.take(
        reread(out).map(|r| ((r.results, r.evidence, r.resolved, r.receipts), r.notes)).map_err(|e| text(&e)),
    );
    let found = known(&bench.study, bench.data(), &options);
    seen.take(found.map(|k| ((k.results, k.evidence, k.receipts), k.notes)).map_err(|e| text(&e)));
    let places = contenders::of_models(out, &["a".into(), "b".into()]);
    let field = places.and_then(|places| contenders::read(&places, None));
    let said = |f: contenders::Field| ((f.class_names, f.labels, f.entrants), f.warnings);
    seen.take(field.map(said).map_err(|e| text(&e)));
    let question = Question { shares: vec![0.0, 0.5], draws: 1, threads: 1 };
    let models: Vec<&Model> = bench.study.models.iter().collect();
    let hooks = AblationHooks { executors: &plain, tell: &|_| (), stopped: &|| false };
    let ablated = measure(&question, &models, None, bench.data(), out, &hooks);
    let said = |m: Option<toile_study::ablation::Measured>| {
        let m = m.expect("nobody stops it");
        ((m.ablation, m.left_out), m.notes)
    };
    seen.take(ablated.map(said).map_err(|e| text(&e)));
    let ran = bench.run_in(options);
    let said = |o: toile_study::conduct::Outcome| {
        let failures = o.failures.iter().map(|(_, error)| error.to_string());
        ((o.results, o.comparison), o.notes.into_iter().chain(failures).collect())
    };
    seen.take(ran.map(said).map_err(|e| text(&e)));
    seen
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => assert!(fs::copy(entry.path(), target).is_ok()),
        }
    }
}

/// Damages the folder; gives the kind, the files, and what is to be named where it is noticed. `None` where nothing
/// was changed.
fn damage(out: &Path, number: usize) -> Option<(&'static str, Vec<PathBuf>)> {
    let mut chance = Chance::new(11, number as u32);
    let kind = KINDS[number % KINDS.len()];
    let runs = ["a/seed-0", "a/seed-1", "b/seed-0", "b/seed-1"];
    let from = chance.below(runs.len());
    let to = (from + 1 + chance.below(runs.len() - 1)) % runs.len();
    let (from, to) = (out.join(runs[from]), out.join(runs[to]));
    if kind == "run copied" {
        // Over another run, or as a seed that is not there yet.
        let to = if chance.below(2) == 0 { to } else { from.with_file_name("seed-7") };
        let _ = fs::remove_dir_all(&to);
        copy_folder(&from, &to);
        return Some((kind, vec![to]));
    }
    let name = FILES[chance.below(FILES.len())];
    let (file, other) = (from.join(name), to.join(name));
    let bytes = fs::read(&file).ok()?;
    let mut changed = bytes.clone();
    match kind {
        "bit flipped" => changed[chance.below(bytes.len())] ^= 1 << chance.below(8),
        "cut off" => changed.truncate(chance.below(bytes.len())),
        "bytes appended" => changed.extend((0..1 + chance.below(40)).map(|_| chance.below(256) as u8)),
        "zeroed" => {
            let start = chance.below(bytes.len());
            let end = bytes.len().min(start + 1 + chance.below(64));
            changed[start..end].fill(0);
        }
        "swapped" => {
            changed = fs::read(&other).ok()?;
            fs::write(&other, &bytes).unwrap();
        }
        _ => changed = fs::read(&other).ok()?,
    }
    fs::write(&file, &changed).unwrap();
    let files = if kind == "swapped" { vec![file, other] } else { vec![file] };
    (changed != bytes).then_some((kind, files))
}

#[test]
fn every_damage_is_noticed_or_changes_nothing() {
    let damages = std::env::var("TOILE_DAMAGES").map_or(210, |number| number.parse().unwrap());
    let benches = [undamaged(None), undamaged(Some(0.25))];
    let copy_of = |bench: &Bench| {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(bench.out.path(), copy.path());
        copy
    };
    let in_place = |seen: Vec<String>, copy: &TempDir| -> Vec<String> {
        let place = copy.path().display().to_string();
        seen.into_iter().map(|text| text.replace(&place, "OUT")).collect()
    };
    let whole: Vec<Vec<String>> = benches
        .iter()
        .map(|bench| {
            let copy = copy_of(bench);
            let Seen { said, told } = look(bench, copy.path());
            assert_eq!(told, ["b is not finished with seed 1: compared without."]);
            assert!(said.iter().all(|said| !said.is_empty()));
            in_place(said, &copy)
        })
        .collect();
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let (mut done, mut number) = (0, 0);
    while done < damages {
        let which = (number / KINDS.len()) % benches.len();
        let copy = copy_of(&benches[which]);
        let damaged = damage(copy.path(), number);
        number += 1;
        let Some((kind, files)) = damaged else { continue };
        done += 1;
        let Seen { said, told } = look(&benches[which], copy.path());
        let is_named = |file: &PathBuf| told.iter().any(|text| text.contains(&file.display().to_string()));
        let noticed = files.iter().any(is_named);
        let harmless = in_place(said, &copy) == whole[which];
        assert!(noticed || harmless, "damage {}, {kind}: {files:?} is believed; told: {told:#?}", number - 1);
        counts.entry(kind).or_default()[usize::from(!noticed)] += 1;
    }
    for (kind, [noticed, harmless]) in &counts {
        println!("{kind:>14}: {noticed:5} noticed, {harmless:4} harmless");
    }
    // Most damage is to files that are read: where hardly any is noticed, nothing is checked.
    let noticed: usize = counts.values().map(|[noticed, _]| noticed).sum();
    assert!(noticed * 2 > damages, "{counts:?}");
}
