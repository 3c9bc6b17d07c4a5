//! The bits of the built-in studies: short trainings on the small built-in data, whose weights, tables and verdicts
//! are held to what they were. A change of one of these lines is a change of results: it needs a reason in
//! `CHANGELOG.md`.
//!
//! Columns and metadata may be added behind what is there without showing here.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cli::{Place, files_below};
use crate::golden::{self, check};

/// File, below the repository, and what is said on the command line.
const STUDIES: [(&str, &[&str]); 11] = [
    ("studies/baseline-vs-better.toml", &["--seeds", "0-2", "--models", "baseline,better,baseline-tuned"]),
    ("studies/alexnet-small.toml", &["--seeds", "0", "--epochs", "1"]),
    ("studies/small-nets.toml", &["--seeds", "0", "--epochs", "1"]),
    ("studies/precision.toml", &["--seeds", "0", "--epochs", "1"]),
    ("studies/frontier-5.toml", &["--seeds", "0", "--epochs", "1", "--models", "recipe"]),
    ("studies/frontier-20.toml", &["--seeds", "0", "--epochs", "1"]),
    ("studies/ignite.toml", &["--seeds", "0"]),
    ("studies/mnist-tutorial.toml", &["--seeds", "0"]),
    ("bench/interop/every-layer.toml", &["--seeds", "0-1"]),
    ("bench/interop/newer-layers.toml", &["--seeds", "0"]),
    ("bench/interop/modern-layers.toml", &["--seeds", "0"]),
];

#[test]
fn no_bit_of_a_built_in_study_has_changed() {
    let kept = golden::kept("bits.txt");
    let mut found = String::new();
    for (study, args) in STUDIES {
        let heading = format!("{study} {}\n", args.join(" "));
        let kept = kept.split_once(&heading).map_or("", |(_, rest)| rest);
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(study);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let place = Place::new(&on_the_small_data(&text));
        let epochs: &[&str] = if args.contains(&"--epochs") { &[] } else { &["--epochs", "2"] };
        place.toile(&[&["run", "tiny.toml", "--out", "out"], args, epochs].concat()).expect(0);
        found += &heading;
        let out = place.path("out");
        let mut files = files_below(&out);
        files.sort();
        for file in files {
            let name = file.strip_prefix(&out).unwrap().to_str().unwrap().replace('\\', "/");
            if let Some(line) = line(&name, &fs::read(&file).unwrap(), kept) {
                found += &format!("  {name}: {line}\n");
            }
        }
        found += &verdicts(&out);
    }
    check("bits.txt", &found);
}

#[test]
fn every_built_in_study_is_among_them() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../studies");
    for entry in fs::read_dir(folder).unwrap() {
        let name = format!("studies/{}", entry.unwrap().file_name().to_str().unwrap());
        // The first thing a newcomer tries is chosen for how it looks, and may change.
        assert!(name == "studies/quick.toml" || STUDIES.iter().any(|(study, _)| *study == name), "{name}");
    }
}

/// The study on the data that is built in, without what was published about the other.
fn on_the_small_data(study: &str) -> String {
    let mut published = false;
    let lines = study.lines().filter(|line| {
        if line.starts_with('[') {
            published = line.ends_with(".published]");
        }
        !published
    });
    lines.collect::<Vec<_>>().join("\n").replace("\"fashion-mnist\"", "\"fashion-mnist-small\"")
}

/// What is held of a file; `None` for files whose bytes are no result.
fn line(name: &str, bytes: &[u8], kept: &str) -> Option<String> {
    if name.ends_with(".safetensors") && name.contains("/weights/") {
        return Some(tensors(bytes));
    }
    let is_table = name.ends_with(".csv");
    is_table.then(|| {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let columns = records[0].len();
        let columns = columns_kept(name, kept).map_or(columns, |kept| kept.min(columns));
        let first = |record: &csv::StringRecord| record.iter().take(columns).collect::<Vec<_>>().join("\t");
        let rows: Vec<String> = records.iter().map(first).collect();
        format!("{columns} columns, {} lines, {}", rows.len(), digest(rows.join("\n").as_bytes()))
    })
}

/// How many columns the file of this name had when the lines of the study, and of those behind it, were kept.
fn columns_kept(name: &str, kept: &str) -> Option<usize> {
    let line = kept.lines().find_map(|line| line.trim().strip_prefix(&format!("{name}: ")))?;
    line.split_once(" columns")?.0.parse().ok()
}

/// Names, shapes and bits of all tensors; not the metadata beside them.
fn tensors(bytes: &[u8]) -> String {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Map<String, Value> = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let data = &bytes[8 + length..];
    let mut all = Vec::new();
    let mut count = 0;
    for (name, entry) in header.iter().filter(|(name, _)| *name != "__metadata__") {
        let offset = |i: usize| entry["data_offsets"][i].as_u64().unwrap() as usize;
        all.extend(format!("{name} {}\n", entry["shape"]).into_bytes());
        all.extend(&data[offset(0)..offset(1)]);
        count += 1;
    }
    format!("{count} tensors, {}", digest(&all))
}

/// Each comparison of the study with its figures.
fn verdicts(out: &Path) -> String {
    let Ok(text) = fs::read_to_string(out.join("comparison.json")) else { return String::new() };
    let comparison: Value = serde_json::from_str(&text).unwrap();
    let mut lines = String::new();
    for pair in comparison["pairs"].as_array().expect("a comparison has pairs") {
        let difference = &pair["difference"];
        let said = [
            &pair["first"],
            &pair["second"],
            &pair["verdict"],
            &difference["value"],
            &difference["interval"],
        ];
        writeln!(lines, "  verdict: {}", said.map(Value::to_string).join(" ")).unwrap();
    }
    lines
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).take(16).collect()
}
