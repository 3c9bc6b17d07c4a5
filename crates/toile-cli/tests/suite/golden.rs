//! Results to render, and texts to compare with those kept under `tests/golden`.

use std::path::{Path, PathBuf};

use toile_study::results::{Receipt, StudyResults};

/// Invented curves of a realistic shape around the published matrix and figures of the classroom study.
pub(crate) fn plausible_results() -> StudyResults {
    let text =
        std::fs::read_to_string(folder().join("fixtures/results.json")).expect("the fixture is readable");
    serde_json::from_str(&text).expect("the fixture is a results.json")
}

/// Receipts to go with it.
pub(crate) fn plausible_receipts() -> Vec<(String, u64, Receipt)> {
    let receipt = |seconds: f64, rate: f64| Receipt {
        finished_at: "2026-01-02T03:04:05Z".into(),
        training_seconds: seconds,
        evaluation_seconds: seconds / 25.0,
        images_per_second: rate,
        threads: 2,
        isa: "avx512".into(),
        cpu: "AMD EPYC 9R14".into(),
        platform: "linux x86_64".into(),
        command: "toile run studies/baseline-vs-better.toml".into(),
        continued_from: None,
        imported: None,
        provenance: None,
    };
    vec![("baseline".into(), 0, receipt(98.4, 12_195.1)), ("better".into(), 0, receipt(214.0, 11_214.9))]
}

/// Compares with a kept file. `TOILE_BLESS=1` writes it instead; look at the difference before keeping it.
pub(crate) fn check(name: &str, found: &str) {
    check_file(&folder().join("golden").join(name), found);
}

/// The same with a file anywhere.
pub(crate) fn check_file(path: &Path, found: &str) {
    if std::env::var_os("TOILE_BLESS").is_some() {
        std::fs::write(path, found).expect("the kept file can be written");
        return;
    }
    let name = path.display();
    let kept = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{name}: {error}; TOILE_BLESS=1 writes it"));
    let longer = kept.lines().count().max(found.lines().count());
    let (mut old, mut new) = (kept.lines(), found.lines());
    let pairs = (1..=longer).map(|line| (line, old.next(), new.next()));
    let different: Vec<String> = pairs
        .filter(|(_, kept, found)| kept != found)
        .map(|(line, kept, found)| format!("line {line}\nkept:  {kept:?}\nfound: {found:?}"))
        .collect();
    assert!(
        kept == found,
        "{name} differs in {} lines; TOILE_BLESS=1 rewrites it\n{}",
        different.len(),
        different[..different.len().min(5)].join("\n"),
    );
}

/// A kept file as it is, empty where there is none yet.
pub(crate) fn kept(name: &str) -> String {
    std::fs::read_to_string(folder().join("golden").join(name)).unwrap_or_default()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests")
}
