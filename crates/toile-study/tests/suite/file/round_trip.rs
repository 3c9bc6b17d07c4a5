//! The resolved text of a model is a study file of that model.

use std::path::Path;

use toile_study::file::{BUILT_IN, parse, resolved};
use toile_study::study::{Model, Study};

use super::keys::EVERYTHING;

fn check(study: &Study) {
    for model in &study.models {
        let again = parse(&model.resolved, "resolved.toml").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((&again.name, &again.title), (&study.name, &study.title));
        assert_eq!((&again.dataset, again.validation), (&study.dataset, study.validation));
        // Filled in, variables are no variables any more. All else is the same, the text included.
        let mut expected: Model = model.clone();
        expected.settings.variables.clear();
        assert_eq!(again.models, [expected]);
    }
}

#[test]
fn resolved_models_parse_to_themselves() {
    check(&parse(EVERYTHING, "everything.toml").unwrap());
    for entry in BUILT_IN {
        check(&parse(entry.source, entry.name).unwrap());
    }
}

#[test]
fn a_resolved_text_follows_a_changed_model() {
    let mut study = parse(EVERYTHING, "everything.toml").unwrap();
    study.models[0].epochs = 5;
    let again = parse(&resolved(&study, &study.models[0]), "resolved.toml").unwrap();
    assert_eq!(again.models[0].epochs, 5);
}

#[test]
fn a_resolved_text_reads_well() {
    let study = parse(EVERYTHING, "everything.toml").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/file/resolved.toml");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &study.models[0].resolved).unwrap();
    }
    assert_eq!(study.models[0].resolved, std::fs::read_to_string(&path).unwrap());
}
