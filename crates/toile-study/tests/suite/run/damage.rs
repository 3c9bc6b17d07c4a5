//! Files of runs damaged at random: every damage is noticed with the file's name, or changes nothing that anybody sees.
//!
//! `TOILE_DAMAGES=10000 cargo test -p toile-study --test suite damage -- --nocapture` damages more often, and prints
//! how each kind of damage was met (see `bench/damage.sh`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use toile_pixels::Normalizer;
use toile_store::{StoredRun, sha256};
use toile_study::ablation::{AblationHooks, Question, measure};
use toile_study::calibration::record::{self, Calibration};
use toile_study::calibration::temperature::Fitted;
use toile_study::conduct::{known, reread};
use toile_study::evidence::contenders;
use toile_study::images::Images;
use toile_study::int8::{self, Int8};
use toile_study::recipe::{Recipe, Validation};
use toile_study::run::{Int8Run, RunFolder, keep_int8};
use toile_study::study::Model;
use toile_testing::Chance;

use super::fixture::{Bench, Fault, STEPS, model, plain, study};

/// Files of a run that something reads later, or that a person does.
const FILES: [&str; 11] = [
    "config.toml",
    "results.csv",
    "predictions.csv",
    "confusion_matrix.csv",
    "evaluation.json",
    "receipt.json",
    "weights/last.safetensors",
    "weights/best.safetensors",
    "calibration.json",
    "int8.json",
    "checkpoint/state.safetensors",
];

const KINDS: [&str; 7] =
    ["bit flipped", "cut off", "bytes appended", "zeroed", "swapped", "copied", "run copied"];

/// The runs of [`undamaged`] that are over.
const FINISHED: [(&str, u64); 3] = [("a", 0), ("a", 1), ("b", 0)];
/// Those of them that there are int8 runs of.
const QUANTIZED: [(&str, u64); 2] = [("a", 0), ("a", 1)];

/// Two models with two seeds each; the last run is in the midst of its second epoch. The others are calibrated, and those
/// of the first model are quantized too.
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
    for (model, seed) in FINISHED {
        calibrate(&bench, &RunFolder::new(bench.out.path(), model, seed));
    }
    for (model, seed) in QUANTIZED {
        quantize(&bench, &RunFolder::new(bench.out.path(), model, seed));
    }
    bench
}

/// Keeps a temperature in the folder of a run, as `toile calibrate` does.
fn calibrate(bench: &Bench, folder: &RunFolder) {
    let temperature = 1.5 + folder.id().seed as f64;
    let fitted = Fitted { temperature, nll_before: 0.75, nll_after: 0.5 };
    Calibration::new(folder, recipe(bench, folder), fitted, 10).unwrap().write(folder).unwrap();
}

fn recipe<'a>(bench: &'a Bench, folder: &RunFolder) -> &'a Recipe {
    &bench
        .study
        .models
        .iter()
        .find(|model| model.name == folder.id().model)
        .expect("it is the study's")
        .recipe
}

/// Makes the int8 run of a run, as `toile quantize` does; of made-up answers.
fn quantize(bench: &Bench, folder: &RunFolder) {
    let normalizer = Normalizer::new(&[0.5], &[0.5]).unwrap();
    let seed = folder.id().seed as usize;
    let indices: Vec<u32> = (0..bench.test.len() as u32).collect();
    let images = Images { dataset: &bench.test, indices: &indices, normalizer: &normalizer };
    let chances = [0.5f32, 0.3, 0.2];
    let answers: Vec<f32> = (0..indices.len())
        .flat_map(|image| (0..3).map(move |class| chances[(image + class + seed) % 3].ln()))
        .collect();
    let made = Int8 {
        run: int8::named(folder.id()),
        weights_sha256: sha256(&[seed as u8]),
        images: indices.len(),
        ranges: vec![[0.0, 1.0]],
        flash_bytes: 100,
        ram_bytes: 10,
    };
    let run = Int8Run {
        of: &StoredRun::open(folder).unwrap().unwrap(),
        folder: &int8::beside(folder),
        made: &made,
        seen: (images, &answers),
        test: (images, &answers),
        seconds: 1.0,
        command: "toile quantize",
    };
    keep_int8(run, &|_| Vec::new()).unwrap();
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
    for (model, seed) in FINISHED {
        let folder = RunFolder::new(out, model, seed);
        let found = record::read(&folder, recipe(bench, &folder));
        seen.take(found.map(|kept| (kept, Vec::new())).map_err(|e| text(&e)));
    }
    for (model, seed) in QUANTIZED {
        let found = int8::read(&int8::beside(&RunFolder::new(out, model, seed)));
        seen.take(found.map(|kept| (kept, Vec::new())).map_err(|e| text(&e)));
    }
    let places = contenders::of_models(out, &["a".into(), "b".into(), "a-int8".into()]);
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
    let runs = ["a/seed-0", "a/seed-1", "b/seed-0", "b/seed-1", "a-int8/seed-0", "a-int8/seed-1"];
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
