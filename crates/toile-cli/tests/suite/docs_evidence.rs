//! The drawings of docs/evidence are those of the figures beside them.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toile_draw::charts::{ablation, attribution};
use toile_draw::svg;
use toile_study::ablation::sentence;
use toile_study::evidence::ablation::Ablation;
use toile_study::evidence::attribution::Attribution;
use toile_study::study::Model;
use toile_study::study_file::load;
use toile_testing::check_kept;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/evidence")
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn what_each_factor_contributes() {
    for stem in
        ["explain-baseline-better", "explain-baseline-tuned-better", "explain-baseline-tuned-better-nll"]
    {
        let found: Attribution = read(&format!("{stem}.json"));
        check_kept(folder().join(format!("{stem}.svg")), &svg::file(&attribution::sheet(&found)));
    }
}

#[test]
fn what_remains_as_units_are_ablated() {
    let found: Ablation = read("ablation.json");
    let study = load("baseline-vs-better").unwrap();
    let names = found.models.iter().map(|model| &model.name);
    let models: Vec<&Model> =
        names.map(|name| study.models.iter().find(|m| m.name == *name).unwrap()).collect();
    let answer = sentence(&found, &models, 10);
    check_kept(folder().join("ablation.svg"), &svg::file(&ablation::sheet(&found, 10, &answer)));
}
