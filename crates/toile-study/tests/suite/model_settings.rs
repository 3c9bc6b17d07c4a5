//! Settings of a model in results of other versions: those of before had no recipe, those to come have settings that
//! this version cannot read.

use serde_json::{Value, json};
use toile_study::findings::{SettingRow, compared_settings};
use toile_study::results::{ModelResults, ModelSettings};

use crate::bound::parse;
use crate::study_file::keys::EVERYTHING;

/// The settings of each model in the study file that has every key, as results have them.
fn written() -> Vec<Value> {
    let study = parse(EVERYTHING, "everything.toml").unwrap();
    study.models.iter().map(|model| serde_json::to_value(ModelSettings::of(model)).unwrap()).collect()
}

fn read(written: &Value) -> ModelSettings {
    serde_json::from_value(written.clone()).unwrap()
}

/// What a table of settings says in this row.
fn told(settings: &ModelSettings, row: &str) -> String {
    let model = ModelResults {
        name: "m".into(),
        settings: settings.clone(),
        layers: Vec::new(),
        published: None,
        runs: Vec::new(),
    };
    let rows: Vec<SettingRow> = compared_settings(&[model]);
    rows.into_iter().find(|found| found.name == row).unwrap().values.remove(0)
}

fn without_recipe(mut written: Value) -> Value {
    assert!(written.as_object_mut().unwrap().remove("recipe").is_some());
    written
}

#[test]
fn results_of_before_there_were_recipes_are_written_as_they_were() {
    let mut hard = 0;
    for new in written() {
        let old = without_recipe(new.clone());
        let (of_new, of_old) = (read(&new), read(&old));
        assert_eq!(without_recipe(serde_json::to_value(&of_old).unwrap()), old);
        for key in ["schedule", "loss"] {
            assert_eq!(of_old.words(key), of_new.words(key), "{key}");
        }
        for row in ["optimizer", "learning rate", "schedule", "epochs", "batch size", "loss"] {
            assert_eq!(told(&of_old, row), told(&of_new, row), "{row}");
        }
        hard += usize::from(old["optimizer_options"].to_string().contains(r#"["betas","[0.8, 0.99]"]"#));
        hard += usize::from(old["schedule"].as_str().unwrap().contains("warm-up"));
        hard += usize::from(old["label_smoothing"] == 0.1) + usize::from(!old["passes"].is_null());
    }
    assert_eq!(hard, 2 + 2 + 1 + 1, "betas, warm-ups, label smoothing and test-time augmentation");
}

/// The text of a setting is its version's; what results say beside it everybody can read.
#[test]
fn settings_that_only_a_later_version_can_read_stay_as_they_were_written() {
    let mut later = written().remove(0);
    later["optimizer"] = "Lion".into();
    later["optimizer_options"] = json!([["beta", "0.9"]]);
    later["learning_rate"] = 0.003.into();
    later["passes"] = 7.into();
    later["epochs"] = 12.into();
    let mut changed = 0;
    for setting in later["recipe"].as_array_mut().unwrap() {
        let (text, words) = match setting["key"].as_str().unwrap() {
            "optimizer" => ("{ Lion = { lr = 0.003, beta = 0.9 } }", "Lion, lr 0.003, beta 0.9"),
            "test_time_augmentation" => ("{ turns = 6 }", "turned 6 times"),
            "epochs" => ("{ at_most = 12 }", "12 at most"),
            _ => continue,
        };
        (setting["text"], setting["words"]) = (text.into(), words.into());
        changed += 1;
    }
    assert_eq!(changed, 3);
    let found = read(&later);
    assert_eq!((found.optimizer_name(), found.learning_rate(), found.passes()), ("Lion", 0.003, 7));
    assert_eq!(found.epochs(), 12);
    assert_eq!(
        (told(&found, "optimizer"), told(&found, "learning rate")),
        ("Lion (beta 0.9)".into(), "0.003".into())
    );
    assert_eq!(serde_json::to_value(&found).unwrap(), later);
}

/// What a later version says of a schedule and its warm-up, and how much it smooths, stands by itself in results: no
/// setting is read for it.
#[test]
fn rows_of_several_settings_are_told_as_they_were_written() {
    let mut later = written().remove(0);
    later["schedule"] = "times 0.5 every 3 epochs, after 500 steps of warm-up".into();
    later["label_smoothing"] = 0.25.into();
    let mut changed = 0;
    for setting in later["recipe"].as_array_mut().unwrap() {
        let (text, words) = match setting["key"].as_str().unwrap() {
            "warmup_epochs" => ("{ steps = 500 }", "500 steps"),
            "label_smoothing" => ("{ share = 0.25 }", "a quarter"),
            _ => continue,
        };
        (setting["text"], setting["words"]) = (text.into(), words.into());
        changed += 1;
    }
    assert_eq!(changed, 2);
    let found = read(&later);
    assert_eq!(told(&found, "schedule"), "times 0.5 every 3 epochs, after 500 steps of warm-up");
    assert_eq!(told(&found, "loss"), "negative log likelihood, label smoothing 0.25");
    assert_eq!(serde_json::to_value(&found).unwrap(), later);
}
