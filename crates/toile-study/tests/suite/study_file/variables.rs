//! Names in the place of what a layer says, set by models.

use toile_study::study::Study;
use toile_study::study_file::{model_table, recipe, resolved};

use crate::bound::parse;

fn study(source: &str) -> Study {
    parse(source, "test.toml").unwrap_or_else(|error| panic!("{error}"))
}

/// The study of `base.toml` with a convolution and a normalisation that take what two models set, or these settings.
fn with_words(settings: [&str; 4], models: [&str; 2]) -> String {
    let [init, frozen, affine, momentum] = settings;
    let layers = format!(
        "  {{ Conv2d = {{ out_channels = 4, kernel_size = 3, padding = \"same\", init = {init}, frozen = {frozen} }} }},\n  \
         {{ BatchNorm2d = {{ affine = {affine}, momentum = {momentum} }} }},\n"
    );
    let base = include_str!("base.toml");
    let text = base.replace("  { Conv2d = { out_channels = 4, kernel_size = 3, padding = 1 } },\n", &layers);
    let first = base.find("[model.first]").expect("the base has a model");
    let second = base[first..].replace("first", "second");
    format!("{text}{}\n{second}{}\n", models[0], models[1])
}

#[test]
fn words_and_truth_values_can_be_variables() {
    let named = ["\"start\"", "\"fixed\"", "\"shift\"", "\"pace\""];
    let first = ["\"dirac\"", "true", "\"bias\"", "0.4"];
    let second = ["\"default\"", "false", "true", "\"cumulative\""];
    let set = |values: [&str; 4]| {
        let [start, fixed, shift, pace] = values;
        format!("start = {start}\nfixed = {fixed}\nshift = {shift}\npace = {pace}")
    };
    let source = with_words(named, [&set(first), &set(second)]);
    let found = study(&source);
    for (model, written) in found.models.iter().zip([first, second]) {
        let direct = study(&with_words(written, ["", ""]));
        assert_eq!(model.recipe.layers, direct.models[0].recipe.layers, "{}", model.name);
        assert_eq!(model.recipe.digest(), direct.models[0].recipe.digest(), "{}", model.name);
        assert_eq!(recipe(&resolved(&found, model)).as_ref(), Some(&model.recipe));
    }
    let factors =
        toile_study::factors::find(&found, &found.models[0], &found.models[1]).expect("they differ");
    let told: Vec<_> = factors.iter().map(|f| format!("{}: {} for {}", f.name, f.second, f.first)).collect();
    assert_eq!(
        told,
        [
            "start: \"default\" for \"dirac\"",
            "fixed: false for true",
            "pace: \"cumulative\" for 0.4",
            "shift: true for \"bias\""
        ]
    );
    // Written into a file, the table sets the same.
    let table = model_table(&found, &found.models[0]);
    assert!(table.contains("start = \"dirac\"\nfixed = true\npace = 0.4\nshift = \"bias\"\n"), "{table}");

    for (place, wrong, told) in [
        (0, "\"drac\"", "`start` = \"drac\" is unknown"),
        (0, "true", "`start`: expected a string, found a boolean"),
        (1, "1", "`fixed`: expected true or false, found an integer"),
        (2, "3", "`shift`: affine is neither true, false nor \"bias\""),
        (3, "\"cumulatve\"", "`pace`: expected a number, found a string"),
    ] {
        let mut values = first;
        values[place] = wrong;
        let error = parse(&with_words(named, [&set(values), &set(second)]), "test.toml").expect_err(wrong);
        let error = error.to_string();
        assert!(error.contains(told) && error.contains("the architecture uses "), "{error}");
    }
    let without = set(second).replace("start = \"default\"\n", "");
    let error = parse(&with_words(named, [&set(first), &without]), "test.toml").expect_err("no `start`");
    let told = "model `second` does not set `start`, which its architecture `cnn` uses as `init` of Conv2d";
    assert!(
        error.to_string().contains(told) && error.to_string().contains("add start = \"default\""),
        "{error}"
    );
    // A misspelt variable is known by those that models of this architecture set.
    for (place, wrong, meant) in [(0, "\"strat\"", "start"), (1, "\"fxied\"", "fixed")] {
        let mut names = named;
        names[place] = wrong;
        let source = with_words(names, [&set(first), &set(second)]);
        let error = parse(&source, "test.toml").expect_err(wrong).to_string();
        assert!(error.contains(&format!("did you mean `{meant}`, which a model sets?")), "{error}");
    }
    // That another architecture's model sets a key makes no variable of a word.
    let other = with_words(["\"elsewhere\"", "true", "true", "0.1"], ["", ""]);
    let other = format!(
        "{other}\n[architecture.other]\nlayers = [\"Flatten\", {{ Linear = {{ out_features = \"elsewhere\" }} }}, \
         {{ Linear = {{ out_features = 10 }} }}, \"LogSoftmax\"]\n\n[model.third]\narchitecture = \"other\"\n\
         elsewhere = 3\noptimizer = \"Adam\"\nepochs = 1\nbatch_size = 8\n"
    );
    let error = parse(&other, "test.toml").expect_err("no such word").to_string();
    assert!(error.contains("`init` = \"elsewhere\" is unknown"), "{error}");
}
