//! Whether two models have one recipe, as findings ask it.

use toile_study::findings::same_recipe;
use toile_study::recipe::{Normalization, Recipe, Validation};
use toile_study::results::{LayerRow, ModelResults, ModelSettings};
use toile_study::study_file::load;

use crate::findings::{model, two_classes};

type Change = fn(&mut Recipe);

/// Whether one model is the longer training of another is asked of everything that decides a run.
#[test]
fn another_recipe_is_no_longer_training() {
    let study = load("quick").unwrap();
    let of = |change: Change| {
        let mut changed = study.models[0].clone();
        change(&mut changed.recipe);
        let settings = ModelSettings::of(&changed);
        ModelResults { settings, ..model("one", &[2.0, 1.0], two_classes(50, 50)) }
    };
    let one = of(|_| ());
    assert!(same_recipe(&one, &of(|recipe| recipe.epochs += 5)));
    let others: [(&str, Change); 5] = [
        ("normalization", |recipe| recipe.normalization = Normalization::Dataset),
        ("early_stopping", |recipe| recipe.early_stopping = Some(3)),
        ("validation", |recipe| recipe.validation = Some(Validation::Share(0.1))),
        ("learning rate", |recipe| recipe.learning_rate.base *= 2.0),
        ("batch_size", |recipe| recipe.batch_size += 1),
    ];
    for (what, change) in others {
        assert!(!same_recipe(&one, &of(change)), "{what}");
    }
}

/// What a study calls an architecture and a variable decides nothing; whatever the digest is of does.
#[test]
fn the_same_recipe_is_the_same_under_other_names() {
    let a = model("a", &[1.0, 0.9], two_classes(80, 70));
    let mut renamed = ModelResults { name: "b".into(), ..a.clone() };
    renamed.settings.architecture = "net".into();
    renamed.settings.variables = vec![("width".into(), "8".into())];
    assert!(same_recipe(&a, &renamed));
    for setting in &a.settings.recipe {
        let mut other = a.clone();
        let found = other.settings.recipe.iter_mut().find(|found| found.key == setting.key).unwrap();
        found.text = Some("another".into());
        assert_eq!(same_recipe(&a, &other), setting.key == "epochs", "{}", setting.key);
    }
    let mut deeper = a.clone();
    deeper.layers.clear();
    deeper.layers.extend(LayerRow::of(&Recipe::default().network([1, 8, 8], 10).unwrap()));
    assert!(!same_recipe(&a, &deeper));
}

/// Results of before there were recipes in them, and settings in the rows of their layers, have what an architecture was
/// made with in its variables alone.
#[test]
fn without_a_recipe_the_variables_tell_two_models_apart() {
    let new = ModelResults { layers: Vec::new(), ..model("a", &[1.0, 0.9], two_classes(80, 70)) };
    let with = |of: &ModelResults, depth: &str| {
        let mut of = of.clone();
        of.settings.architecture = "net".into();
        of.settings.variables = vec![("stochastic_depth".into(), depth.into())];
        of
    };
    let mut old = new.clone();
    let mut written = serde_json::to_value(&new.settings).unwrap();
    assert!(written.as_object_mut().unwrap().remove("recipe").is_some());
    old.settings = serde_json::from_value(written).unwrap();
    assert!(same_recipe(&with(&old, "0.1"), &with(&old, "0.1")));
    assert!(!same_recipe(&with(&old, "0.1"), &with(&old, "0.2")));
    // What a recipe decides, its variables need not.
    assert!(same_recipe(&with(&new, "0.1"), &with(&new, "0.2")));
}
