//! Results to render, and texts to compare with those kept under `tests/golden`.

use std::path::PathBuf;

use toile_study::results::{Receipt, StudyResults};
use toile_testing::check_kept;

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

/// Compares with a file under `tests/golden`, as [`check_kept`] does.
#[track_caller]
pub(crate) fn check(name: &str, found: &str) {
    check_kept(folder().join("golden").join(name), found);
}

/// A kept file as it is, empty where there is none yet.
pub(crate) fn kept(name: &str) -> String {
    std::fs::read_to_string(folder().join("golden").join(name)).unwrap_or_default()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests")
}
