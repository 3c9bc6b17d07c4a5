//! Every further look spends less of alpha, and is kept.

use std::path::PathBuf;

use toile_study::evidence::Metric;
use toile_study::evidence::compare::Contender;
use toile_study::evidence::comparison::{Comparison, Margin};
use toile_study::evidence::judge::judge;
use toile_study::evidence::looks::{self, FILE};
use toile_study::evidence::outcomes::RunOutcomes;
use toile_study::evidence::settings::{ComparisonSettings, Question};

use super::Images;

fn ask(folders: &[&std::path::Path], question: &Question, models: &[(&str, &[RunOutcomes])]) -> Comparison {
    let contenders: Vec<_> =
        models.iter().map(|&(name, runs)| Contender { name, runs, diverged: &[] }).collect();
    let folders: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    let mut found = judge(question, &folders, Images::new().test(), &contenders)
        .unwrap_or_else(|error| panic!("{error}"));
    // That the images are few has nothing to do with looks.
    found.warnings.retain(|warning| !warning.starts_with("With one run of each, 120 test images"));
    found
}

fn plain() -> Question {
    Question { metric: Metric::AccuracyTop1, alpha: 0.05, margin: None }
}

#[test]
fn a_look_at_other_data_spends_less_and_the_same_data_are_the_same_look() {
    let images = Images::new();
    let out = tempfile::tempdir().unwrap();
    let runs = |seeds: &[u64]| (images.runs(seeds, 60), images.runs(seeds, 12));
    let confidence = |found: &Comparison| found.pairs[0].difference.as_ref().unwrap().interval.confidence;
    let (three, five) = (runs(&[0, 1, 2]), runs(&[0, 1, 2, 3, 4]));
    let look = |(a, b): &(Vec<RunOutcomes>, Vec<RunOutcomes>), question: &Question| {
        ask(&[out.path()], question, &[("a", a), ("b", b)])
    };
    let found = look(&three, &plain());
    assert_eq!((found.look, confidence(&found)), (1, 1.0 - 0.025));
    let found = look(&five, &plain());
    assert_eq!((found.look, confidence(&found)), (2, 1.0 - 0.0125));
    let before = std::fs::read(out.path().join(FILE)).unwrap();
    // Again; the other way round; the first look once more: nothing new is spent.
    assert_eq!(look(&five, &plain()).look, 2);
    assert_eq!(ask(&[out.path()], &plain(), &[("b", &five.1), ("a", &five.0)]).look, 2);
    assert_eq!(look(&three, &plain()).look, 1);
    assert_eq!(std::fs::read(out.path().join(FILE)).unwrap(), before);
    // Another metric, and another set of models, are other comparisons.
    assert_eq!(look(&five, &Question { metric: Metric::Nll, ..plain() }).look, 1);
    assert_eq!(ask(&[out.path()], &plain(), &[("a", &five.0), ("c", &five.1)]).look, 1);
    // The same seeds with other outcomes are other data.
    let other = images.runs(&[0, 1, 2], 15);
    assert_eq!(ask(&[out.path()], &plain(), &[("a", &three.0), ("b", &other)]).look, 3);
}

#[test]
fn a_pair_picked_from_more_models_is_told() {
    let images = Images::new();
    let out = tempfile::tempdir().unwrap();
    let [a, b, c] = [30, 31, 32].map(|wrong| images.runs(&[0, 1, 2], wrong));
    let all: [(&str, &[RunOutcomes]); 3] = [("a", &a), ("b", &b), ("c", &c)];
    assert!(ask(&[out.path()], &plain(), &all).warnings.is_empty());
    assert!(ask(&[out.path()], &plain(), &all).warnings.is_empty(), "the same models again");
    let found = ask(&[out.path()], &plain(), &all[1..]);
    assert_eq!(found.look, 1);
    assert!(found.warnings[0].contains("compared before among 3, in 3 pairs"), "{:?}", found.warnings);
    let nll = Question { metric: Metric::Nll, ..plain() };
    assert!(ask(&[out.path()], &nll, &all[1..]).warnings.is_empty(), "by another metric nothing was seen");
}

#[test]
fn what_cannot_be_compared_is_no_look() {
    let images = Images::new();
    let out = tempfile::tempdir().unwrap();
    let runs = images.runs(&[0, 1, 2], 30);
    let twice = images.runs(&[0, 1, 1], 30);
    let contenders =
        [("a", &runs), ("b", &twice)].map(|(name, runs)| Contender { name, runs, diverged: &[] });
    judge(&plain(), &[out.path().to_path_buf()], images.test(), &contenders).unwrap_err();
    assert!(!out.path().join(FILE).exists());
}

#[test]
fn what_can_give_no_verdict_spends_nothing() {
    let images = Images::new();
    let out = tempfile::tempdir().unwrap();
    let runs = images.runs(&[0, 1], 60);
    assert_eq!(ask(&[out.path()], &plain(), &[("a", &runs), ("b", &runs)]).look, 1);
    assert!(!out.path().join(FILE).exists());
}

#[test]
fn other_alphas_and_margins_are_told() {
    let images = Images::new();
    let out = tempfile::tempdir().unwrap();
    let (a, b) = (images.runs(&[0, 1, 2], 30), images.runs(&[0, 1, 2], 31));
    let models: [(&str, &[RunOutcomes]); 2] = [("a", &a), ("b", &b)];
    let margin = |value| Some(Margin { value, in_study_file: true });
    assert!(ask(&[out.path()], &plain(), &models).warnings.is_empty());
    let found = ask(&[out.path()], &Question { alpha: 0.2, margin: margin(0.01), ..plain() }, &models);
    assert_eq!(found.look, 1);
    assert_eq!(
        found.warnings,
        ["These models were compared at alpha 0.05 and 0.2: all looks together hold at 0.2."]
    );
    let found = ask(&[out.path()], &Question { margin: margin(0.02), ..plain() }, &models);
    assert!(found.warnings[0].contains("with margins of 0.01 and 0.02"), "{:?}", found.warnings);
}

#[test]
fn runs_of_two_studies_are_counted_in_both() {
    let images = Images::new();
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (three, four) = (images.runs(&[0, 1, 2], 30), images.runs(&[0, 1, 2, 3], 30));
    let both = [here.path(), there.path()];
    assert_eq!(ask(&both, &plain(), &[("x/a", &three), ("y/a", &three)]).look, 1);
    std::fs::remove_file(here.path().join(FILE)).unwrap();
    assert_eq!(ask(&both, &plain(), &[("y/a", &four), ("x/a", &four)]).look, 2, "the other one still knows");
    assert_eq!(
        std::fs::read(here.path().join(FILE)).unwrap(),
        std::fs::read(there.path().join(FILE)).unwrap()
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_a_damaged_count_refused() {
    let images = Images::new();
    let out = tempfile::tempdir().unwrap();
    let runs = images.runs(&[0, 1, 2], 30);
    let models: [(&str, &[RunOutcomes]); 2] = [("a", &runs), ("b", &runs)];
    // No such folder: it cannot be written, whoever runs this test.
    let found = ask(&[&out.path().join("gone")], &plain(), &models);
    assert!(found.warnings[0].starts_with("This look is not counted: cannot write"), "{:?}", found.warnings);

    std::fs::write(out.path().join(FILE), "{\"comparisons\": 3}").unwrap();
    let contenders = models.map(|(name, runs)| Contender { name, runs, diverged: &[] });
    let folder = [out.path().to_path_buf()];
    let error = judge(&plain(), &folder, images.test(), &contenders).unwrap_err().to_string();
    assert!(error.contains(FILE) && error.contains("loses count"), "{error}");

    for planned in ["\"alpha\": 0.0, \"margin\": null", "\"alpha\": 0.05, \"margin\": -1.0"] {
        let text = format!("{{\"planned\": {{\"metric\": \"accuracy_top1\", {planned}}}}}");
        std::fs::write(out.path().join(FILE), text).unwrap();
        let error = looks::planned(out.path()).unwrap_err().to_string();
        assert!(error.contains("cannot be asked"), "{error}");
    }
}

#[test]
fn what_was_planned_is_kept() {
    let out = tempfile::tempdir().unwrap();
    assert_eq!(looks::planned(out.path()).unwrap(), None);
    let settings = ComparisonSettings { margin: Some(0.005), ..ComparisonSettings::default() };
    looks::plan(out.path(), &settings).unwrap().unwrap();
    assert_eq!(looks::planned(out.path()).unwrap(), Some(settings));
}
