//! The resolved text of a model is a study file of that model.

use std::path::Path;

use toile_study::study::{Model, Study};
use toile_study::study_file::{self, BUILT_IN, resolved};
use toile_testing::check_kept;

use crate::bound::parse;

use super::keys::EVERYTHING;

fn check(study: &Study) {
    for model in &study.models {
        let again = parse(&resolved(study, model), "resolved.toml").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.name, study.name);
        // Filled in, variables are no variables any more; what does not change a run is left out. All else
        // is the same, the text included.
        let mut expected = Model { on_request: false, published: None, ..model.clone() };
        expected.variables.clear();
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

/// Else a run could not be continued after somebody corrected a title or a published figure.
#[test]
fn what_does_not_change_a_run_does_not_change_the_text() {
    let study = parse(EVERYTHING, "everything.toml").unwrap();
    let mut edited = EVERYTHING.to_string();
    let edits = [
        ("title = \"A ", "title = \"Another "),
        ("seeds = [7, 0, 4_000]", "seeds = 12"),
        ("comparison = { metric = \"nll\", alpha = 0.01, margin = 0.02 }\n", ""),
        ("on_request = true", "on_request = false"),
        ("published.source = \"nobody\"", "published.source = \"somebody\""),
        ("p = \"drop-2d\"", "p = \"d\""),
        ("drop-2d = 0.25", "d = 0.250"),
        ("drop-2d = 0\n", "d = 0.0\n"),
    ];
    for (from, to) in edits {
        assert_eq!(edited.matches(from).count(), 1, "{from}");
        edited = edited.replace(from, to);
    }
    let edited = parse(&edited, "edited.toml").unwrap_or_else(|error| panic!("{error}"));
    let texts = |study: &Study| study.models.iter().map(|m| resolved(study, m)).collect::<Vec<_>>();
    assert_eq!(texts(&edited), texts(&study));
}

#[test]
fn a_resolved_text_follows_a_changed_model() {
    let mut study = parse(EVERYTHING, "everything.toml").unwrap();
    study.models[0].recipe.epochs = 5;
    let again = parse(&resolved(&study, &study.models[0]), "resolved.toml").unwrap();
    assert_eq!(again.models[0].recipe.epochs, 5);
}

#[test]
fn a_resolved_text_reads_well() {
    let study = parse(EVERYTHING, "everything.toml").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/study_file/resolved.toml");
    check_kept(path, &resolved(&study, &study.models[0]));
}

/// A run's folder says where its images came from, and how they became bytes.
#[test]
fn data_sets_read_back() {
    let tables = [
        "\"fashion-mnist-small\"",
        "{ folder = \"my pictures/ü\" }",
        "{ folder = ['C:\\a', \"b\"], name = \"both\", channels = 1, image_size = [32, 48], resize = \"pad\" }",
        "{ folder = \"a\", image_size = 64, resize = \"crop\", background = \"black\", test_share = 0.25 }",
        "{ table = \"labels.csv\", images = \"pictures\", split_seed = 7, strict = true }",
        "{ table = \"labels.csv\", images = \"x.npy\", layout = \"NHW\" }",
        "{ table = \"a.csv\", images = \"b\", columns = { label = \"diagnosis\", group = \"patient\" } }",
        "{ table = \"labels.tsv\", classes = [\"a \\\"b\\\"\", \"c\"] }",
        "{ npz = \"x.npz\", layout = \"NCHW\", range = [-1, 1.5] }",
        "{ arrays = [\"x.npy\", \"y.npy\"] }",
        "{ arrays = [\"x\", \"y\", \"tx\", \"ty\"], range = [0, 16] }",
        "{ cifar = \"cifar-10-batches-bin\" }",
    ];
    let mut seen = vec![];
    for table in tables {
        let text = EVERYTHING.replace("dataset = \"fashion-mnist\"", &format!("dataset = {table}"));
        let parsed = study_file::parse(&text, "test.toml").unwrap_or_else(|error| panic!("{table}: {error}"));
        let study = parsed.study();
        let again = study_file::data_source(&resolved(study, &study.models[0])).unwrap();
        assert_eq!(again, study.source, "{table}");
        assert!(!seen.contains(&again), "{table} says something of its own");
        seen.push(again);
    }
}
