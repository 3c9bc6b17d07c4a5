//! Files of runs damaged at random: every reader notices every damage with the file's name and a remedy, or sees no
//! difference.
//!
//! `TOILE_DAMAGES=10000 cargo test -p toile-study --test suite damage -- --nocapture` damages more often, and prints
//! how each kind of damage was met (see `bench/damage.sh`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use toile_pixels::Normalizer;
use toile_store::{StoredRun, sha256};
use toile_study::ablation::{AblationHooks, AblationQuestion, measure};
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
/// The one that is not.
const UNFINISHED: (&str, u64) = ("b", 1);
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

/// What one reader makes of a folder: what it says, and what it complains of.
struct Heard {
    reader: &'static str,
    /// Empty where it refused.
    said: String,
    told: Vec<String>,
}

impl Heard {
    fn of<T: std::fmt::Debug, E: std::error::Error>(
        reader: &'static str,
        result: Result<(T, Vec<String>), E>,
    ) -> Heard {
        match result {
            Ok((said, told)) => Heard { reader, said: format!("{said:?}"), told },
            Err(error) => Heard { reader, said: String::new(), told: vec![error.to_string()] },
        }
    }

    /// What it tells of a file, or of what lies in a folder.
    fn of_file<'a>(&'a self, file: &'a str) -> impl Iterator<Item = &'a String> {
        self.told.iter().filter(move |text| text.contains(file))
    }

    fn names(&self, file: &str) -> bool {
        self.of_file(file).next().is_some() || self.misses(file)
    }

    /// Whether it tells, of a folder that an unfinished run was copied over, that its model has no finished run left; or
    /// finds that a file which the finished one kept is not there.
    fn misses(&self, folder: &str) -> bool {
        let [_, model, _] = folder.split('/').collect::<Vec<_>>()[..] else { return false };
        let none =
            [format!("no run of {model} is over; go on"), format!("the model {model} has no finished run")];
        self.told.iter().any(|text| none.iter().any(|none| text.contains(none)))
            || (["calibration", "int8"].contains(&self.reader) && self.said == "None")
    }
}

/// What each reader makes of a folder, whose place is called OUT in all that they say. The last of them puts right what
/// it can.
fn look(bench: &Bench, out: &Path) -> Vec<Heard> {
    let options = toile_study::run::Options { out: out.to_owned(), ..bench.options.clone() };
    let found = reread(out).map(|r| ((r.results, r.evidence, r.resolved, r.receipts), r.notes));
    let mut heard = vec![Heard::of("report", found)];
    let found = known(&bench.study, bench.data(), &options);
    heard.push(Heard::of("known", found.map(|k| ((k.results, k.evidence, k.receipts), k.notes))));
    for (model, seed) in FINISHED {
        let folder = RunFolder::new(out, model, seed);
        let found = record::read(&folder, recipe(bench, &folder));
        heard.push(Heard::of("calibration", found.map(|kept| (kept, Vec::new()))));
    }
    for (model, seed) in QUANTIZED {
        let found = int8::read(&int8::beside(&RunFolder::new(out, model, seed)));
        heard.push(Heard::of("int8", found.map(|kept| (kept, Vec::new()))));
    }
    let places = contenders::of_models(out, &["a".into(), "b".into(), "a-int8".into()]);
    let field = places.and_then(|places| contenders::read(&places, None));
    let said = |f: contenders::Field| ((f.class_names, f.labels, f.entrants), f.warnings);
    heard.push(Heard::of("compare", field.map(said)));
    let question = AblationQuestion { shares: vec![0.0, 0.5], draws: 1, ..AblationQuestion::default() };
    let models: Vec<&Model> = bench.study.models.iter().collect();
    let hooks = AblationHooks { executors: &plain, tell: &|_| (), stopped: &|| false };
    let ablated = measure(&question, &models, None, bench.data(), out, &hooks);
    let said = |m: Option<toile_study::ablation::Ablated>| {
        let mut m = m.expect("nobody stops it");
        let left_out = m.left_out.iter().filter(|run| (&*run.model, run.seed) != UNFINISHED);
        m.notes.extend(left_out.map(|run| format!("without OUT/{}/seed-{}", run.model, run.seed)));
        (m.ablation, m.notes)
    };
    heard.push(Heard::of("ablate", ablated.map(said)));
    let said = |o: toile_study::conduct::Outcome| {
        let failures = o.failures.iter().map(|(_, error)| error.to_string());
        ((o.results, o.comparison), o.notes.into_iter().chain(failures).collect())
    };
    heard.push(Heard::of("run", bench.run_in(options).map(said)));
    let place = out.display().to_string();
    for heard in &mut heard {
        heard.said = heard.said.replace(&place, "OUT");
        heard.told.iter_mut().for_each(|text| *text = text.replace(&place, "OUT"));
    }
    heard
}

/// What is said to be done about a file of a run, or was done; any of these.
fn remedies(file: &str) -> &'static [&'static str] {
    const RENAME: &str = "give it back the name it had";
    let name = file.rsplit('/').next().unwrap_or_default();
    let quantized = file.contains("-int8/");
    match name {
        "config.toml" if quantized => &["put a copy of it back, or let `toile quantize` make the run again"],
        "config.toml" => &[
            "the copy in the weights is used",
            "put a copy of it back, or delete OUT",
            "was not as the run left it, and is written anew",
        ],
        "results.csv" => &["and is written anew", "the rows of the checkpoint are used"],
        "predictions.csv" | "evaluation.json" if quantized => {
            &["`toile quantize` makes the run again", RENAME]
        }
        "predictions.csv" => &["measures the network again and trains nothing"],
        "evaluation.json" => &["measures the network again and trains nothing", RENAME],
        "receipt.json" => &["its times are not shown"],
        "last.safetensors" | "best.safetensors" => &[
            "put a copy of it back, or delete OUT",
            "`toile run` on its study writes it again from the checkpoint",
        ],
        "calibration.json" => &["toile calibrate writes it again"],
        "int8.json" => &["toile quantize makes the run again"],
        "state.safetensors" => {
            &["delete it", "put this run's own checkpoint back", "put this run's own file back"]
        }
        // A folder that was copied.
        _ => &[
            RENAME,
            "toile calibrate writes it again",
            "toile quantize makes the run again",
            "put this run's own checkpoint back",
            "put this run's own file back",
            "Choose another folder for these results with --out, or move that one away",
            "its times are not shown",
            "without OUT",
        ],
    }
}

/// What is wrong with how one reader met the damage of some files; `whole` is what it makes of the undamaged folder.
fn wrong(heard: &Heard, whole: &Heard, files: &[String]) -> Option<String> {
    let reader = heard.reader;
    if heard.said != whole.said && !files.iter().any(|file| heard.names(file)) {
        return Some(format!("{reader} believes it, or names another file: {:#?}", heard.told));
    }
    for file in files {
        for text in heard.of_file(file) {
            if !remedies(file).iter().any(|remedy| text.contains(remedy)) {
                return Some(format!("{reader} has no remedy for {file}: {text}"));
            }
        }
    }
    None
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

/// A damage that was done.
struct Damage {
    kind: &'static str,
    /// What is to be named where it is noticed, each with what it held before; nothing of a folder.
    files: Vec<(PathBuf, Vec<u8>)>,
}

/// Damages the folder; `None` where nothing was changed.
fn damage(out: &Path, number: usize) -> Option<Damage> {
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
        return Some(Damage { kind, files: vec![(to, Vec::new())] });
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
        _ => changed = fs::read(&other).ok()?,
    }
    if changed == bytes {
        return None;
    }
    fs::write(&file, &changed).unwrap();
    let mut files = vec![(file, bytes)];
    if kind == "swapped" {
        fs::write(&other, &files[0].1).unwrap();
        files.push((other, changed));
    }
    Some(Damage { kind, files })
}

/// Each file in which a swap differs from the whole folder, damaged alone: whatever a reader says of the one or of the
/// other is to be said where both are damaged, but that who refuses the first has not come to the second.
fn wrong_of_two(bench: &Bench, number: usize, heard: &[Heard]) -> Option<String> {
    for only in 0..2 {
        let copy = copy_of(bench);
        let Damage { files, .. } = damage(copy.path(), number)?;
        let (other, before) = &files[1 - only];
        fs::write(other, before).unwrap();
        let file = in_place(&files[only].0, &copy);
        for (alone, both) in look(bench, copy.path()).iter().zip(heard) {
            if alone.names(&file) && !both.names(&file) && !both.said.is_empty() {
                return Some(format!(
                    "{} names {file} only where it is alone: {:#?}",
                    both.reader, both.told
                ));
            }
        }
    }
    None
}

fn copy_of(bench: &Bench) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_folder(bench.out.path(), copy.path());
    copy
}

/// A path as the readers name it.
fn in_place(path: &Path, copy: &TempDir) -> String {
    path.display().to_string().replace(&copy.path().display().to_string(), "OUT")
}

#[test]
fn every_damage_is_noticed_or_changes_nothing() {
    let damages = std::env::var("TOILE_DAMAGES").map_or(210, |number| number.parse().unwrap());
    let benches = [undamaged(None), undamaged(Some(0.25))];
    let whole: Vec<Vec<Heard>> = benches
        .iter()
        .map(|bench| {
            let heard = look(bench, copy_of(bench).path());
            let told: Vec<&String> = heard.iter().flat_map(|heard| &heard.told).collect();
            assert_eq!(told, ["b is not finished with seed 1: compared without."]);
            assert!(heard.iter().all(|heard| !heard.said.is_empty()));
            heard
        })
        .collect();
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut found = Vec::new();
    let (mut done, mut number) = (0, 0);
    while done < damages {
        let which = (number / KINDS.len()) % benches.len();
        let (bench, copy) = (&benches[which], copy_of(&benches[which]));
        let damaged = damage(copy.path(), number);
        number += 1;
        let Some(Damage { kind, files }) = damaged else { continue };
        done += 1;
        let files: Vec<String> = files.iter().map(|(path, _)| in_place(path, &copy)).collect();
        let heard = look(bench, copy.path());
        let readers = heard.iter().zip(&whole[which]);
        let mut all: Vec<String> = readers.filter_map(|(heard, whole)| wrong(heard, whole, &files)).collect();
        if kind == "swapped" {
            all.extend(wrong_of_two(bench, number - 1, &heard));
        }
        found.extend(all.into_iter().map(|what| format!("damage {}, {kind} {files:?}: {what}", number - 1)));
        let noticed = heard.iter().any(|heard| files.iter().any(|file| heard.names(file)));
        counts.entry(kind).or_default()[usize::from(!noticed)] += 1;
    }
    for (kind, [noticed, harmless]) in &counts {
        println!("{kind:>14}: {noticed:5} noticed, {harmless:4} harmless");
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
    // Most damage is to files that are read: where hardly any is noticed, nothing is checked.
    let noticed: usize = counts.values().map(|[noticed, _]| noticed).sum();
    assert!(noticed * 2 > damages, "{counts:?}");
}
