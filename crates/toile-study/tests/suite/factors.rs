//! Factors of two models, and the combinations between them.

use std::fs;
use std::path::Path;

use toile_study::factors::{Cell, Factor, FactorsError, cells, find};
use toile_study::recipe::{factor_settings, goes_with_the_optimizer};
use toile_study::results::ModelSettings;
use toile_study::study::{Model, Study};
use toile_study::study_file::{Source, resolved};

use crate::bound::parse;

/// Lines of two models, both with `epochs = 3` and `batch_size = 16` unless they say otherwise.
fn source(first: &str, second: &str, more: &str) -> String {
    let model = |name: &str, lines: &str| {
        let sets = |key: &str| lines.lines().any(|line| line.starts_with(key));
        let or = |key: &str, default: &str| if sets(key) { "" } else { default }.to_string();
        let (epochs, batch) = (or("epochs", "epochs = 3\n"), or("batch_size", "batch_size = 16\n"));
        let architecture = or("architecture", "architecture = \"mlp\"\n");
        let optimizer = or("optimizer", "optimizer = \"SGD\"\n");
        format!("[model.{name}]\n{architecture}{optimizer}{epochs}{batch}{lines}\n")
    };
    format!(
        "name = \"s\"\ndataset = \"fashion-mnist-small\"\nvalidation = 0.1\n{}{}{}{more}",
        r#"
[architecture.mlp]
layers = ["Flatten", { Linear = { out_features = "width" } }, "ReLU", { Dropout = { p = "dropout" } },
  { Linear = { out_features = 10 } }, "LogSoftmax"]
[architecture.pooled]
layers = [{ MaxPool2d = { kernel_size = "pool" } }, "Flatten", { Linear = { out_features = "width" } }, "ReLU",
  { Linear = { out_features = 10 } }, "LogSoftmax"]
"#,
        model("a", first),
        model("b", second)
    )
}

fn study(text: &str) -> Study {
    parse(text, "test.toml").unwrap_or_else(|error| panic!("{error}"))
}

fn model<'a>(study: &'a Study, name: &str) -> &'a Model {
    study.models.iter().find(|model| model.name == name).unwrap()
}

fn factors_of(text: &str) -> Result<Vec<Factor>, FactorsError> {
    let study = study(text);
    find(&study, model(&study, "a"), model(&study, "b"))
}

fn cells_of(text: &str, out: &Path) -> Vec<Cell> {
    let study = study(text);
    let (a, b) = (model(&study, "a"), model(&study, "b"));
    let factors = find(&study, a, b).unwrap();
    cells(&Source::new(text, "test.toml"), &study, (a, b), &factors, out).unwrap()
}

fn names(cells: &[Cell]) -> Vec<&str> {
    cells.iter().map(|cell| cell.model.name.as_str()).collect()
}

const PLAIN: &str = "width = 8\ndropout = 0.0";

#[test]
fn factors_are_found_grouped_and_named() {
    // What the second model sets beside PLAIN, [factors], and each factor as "name (label): first | second".
    let cases: &[(&str, &str, &[&str])] = &[
        ("dropout = 0.5\nwidth = 8", "", &["dropout (dropout): 0 | 0.5"]),
        ("dropout = 0.0e3\nwidth = 8", "", &[]),
        (
            "dropout = 0.5\nwidth = 16\noptimizer = { Adam = { lr = 1e-4 } }\nepochs = 6",
            "",
            &[
                "width (width): 8 | 16",
                "dropout (dropout): 0 | 0.5",
                "optimizer (optimizer with its rate): SGD, lr 0.001 | Adam, lr 0.0001",
                "epochs (epochs): 3 | 6",
            ],
        ),
        // Only the rate, only the schedule: not the optimizer.
        (
            &format!("{PLAIN}\noptimizer = {{ SGD = {{ lr = 0.1 }} }}"),
            "",
            &["optimizer (learning rate): SGD, lr 0.001 | SGD, lr 0.1"],
        ),
        (
            &format!("{PLAIN}\nschedule = \"CosineAnnealingLR\""),
            "",
            &["schedule (schedule): constant | half a cosine down to 0"],
        ),
        // Schedule and warm-up go with the optimizer.
        (
            &format!(
                "{PLAIN}\noptimizer = {{ SGD = {{ lr = 0.1, momentum = 0.9 }} }}\nschedule = \"OneCycleLR\"\nwarmup_epochs = 1"
            ),
            "",
            &[
                "optimizer (optimizer with its rate, schedule and warm-up): SGD, lr 0.001, schedule constant, \
               warmup_epochs 0 | SGD, lr 0.1, momentum 0.9, schedule one cycle from 1/25 up during the first 30 % \
               of the steps, then down to 1/10000 of the start, warmup_epochs 1",
            ],
        ),
        // Unless they are named apart.
        (
            &format!("{PLAIN}\noptimizer = \"Adam\"\nschedule = \"CosineAnnealingLR\"\nwarmup_epochs = 1"),
            "[factors]\npace = [\"schedule\"]",
            &[
                "optimizer (optimizer with its warm-up): SGD, lr 0.001, warmup_epochs 0 | Adam, lr 0.001, \
                 warmup_epochs 1",
                "pace (pace): constant | half a cosine down to 0",
            ],
        ),
        // A group stands where its first setting would; what goes with the optimizer goes with its group.
        (
            "dropout = 0.5\nwidth = 8\noptimizer = \"Adam\"\nwarmup_epochs = 1\nepochs = 6\nbatch_size = 32",
            "[factors]\ntraining = [\"epochs\", \"optimizer\"]",
            &[
                "dropout (dropout): 0 | 0.5",
                "training (training): SGD, lr 0.001, warmup_epochs 0, epochs 3 | Adam, lr 0.001, warmup_epochs 1, \
                 epochs 6",
                "batch_size (batch_size): 16 | 32",
            ],
        ),
        (
            &format!(
                "{PLAIN}\nlabel_smoothing = 0.1\nnormalization = {{ mean = [0.5], std = [0.25] }}\nearly_stopping = {{ patience = 2 }}"
            ),
            "",
            &[
                "label_smoothing (label_smoothing): 0 | 0.1",
                "normalization (normalization): mean 0, std 1 | mean 0.5, std 0.25",
                "early_stopping (early_stopping): none | patience 2",
            ],
        ),
        // A variable of one architecture alone goes with the architecture; one of both does not.
        (
            "architecture = \"pooled\"\npool = 2\nwidth = 16",
            "",
            &["architecture (architecture): mlp | pooled", "width (width): 8 | 16"],
        ),
    ];
    for (second, groups, expected) in cases {
        let found = factors_of(&source(PLAIN, second, groups));
        let found: Vec<String> = match found {
            Ok(factors) => factors
                .iter()
                .map(|f| format!("{} ({}): {} | {}", f.name, f.label, f.first, f.second))
                .collect(),
            Err(FactorsError::Alike { .. }) => vec![],
            Err(error) => panic!("{error}"),
        };
        assert_eq!(found, *expected, "{second}");
    }
}

/// Words round a share and name five classes: of levels that read alike it is told what they are.
#[test]
fn levels_that_read_alike_are_told_apart() {
    let lines = |pct_start: &str, sandal: &str| {
        format!(
            "{PLAIN}\nschedule = {{ OneCycleLR = {{ pct_start = {pct_start} }} }}\nclass_weights = {{ \"Ankle boot\" = 2.0, \
             Bag = 2.0, Coat = 2.0, Dress = 2.0, Pullover = 2.0, Sandal = {sandal} }}"
        )
    };
    let found = factors_of(&source(&lines("0.3", "0.5"), &lines("0.30001", "1.5"), "")).unwrap();
    let found: Vec<[&str; 3]> = found.iter().map(|f| [&*f.name, &*f.first, &*f.second]).collect();
    let cycle = |start: &str| {
        format!("{{ OneCycleLR = {{ pct_start = {start}, div_factor = 25.0, final_div_factor = 10000.0 }} }}")
    };
    let weights = |last: &str| {
        format!(
            "{{ \"Ankle boot\" = 2.0, \"Bag\" = 2.0, \"Coat\" = 2.0, \"Dress\" = 2.0, \"Pullover\" = 2.0, \
             \"Sandal\" = {last} }}"
        )
    };
    assert_eq!(
        found,
        [
            ["schedule", &*cycle("0.3"), &*cycle("0.30001")],
            ["class_weights", &*weights("0.5"), &*weights("1.5")],
        ]
    );
}

#[test]
fn more_than_five_factors_are_told_by_a_fraction_and_too_many_are_refused() {
    let second =
        "width = 16\ndropout = 0.5\noptimizer = \"Adam\"\nepochs = 6\nbatch_size = 32\nlabel_smoothing = 0.1";
    let text = source(PLAIN, second, "");
    let names: Vec<String> = factors_of(&text).unwrap().into_iter().map(|factor| factor.name).collect();
    assert_eq!(names, ["width", "dropout", "optimizer", "epochs", "batch_size", "label_smoothing"]);
    let out = tempfile::tempdir().unwrap();
    let found = cells_of(&text, out.path());
    assert_eq!((found.len(), &found[0].model.name[..], &found[15].model.name[..]), (16, "a", "b"));
    // The fifth factor is the product of the first three, the sixth that of the first two and the fourth.
    assert_eq!(found[1].second_level, [true, false, false, false, true, true]);
    assert_eq!(found[1].model.name, "a+width+batch_size+label_smoothing");
    let models = ("a".to_string(), "b".to_string());
    let factors = (0..17).map(|factor| format!("f{factor}")).collect();
    let error = FactorsError::TooMany { models, factors, seeds: 1 }.to_string();
    for part in [
        "differ in 17 factors (f0, f1,",
        "131072 models and, with 1 seed each, 131072 runs; Toile explains 16 factors at most",
        "[factors]\n  together = [\"f15\", \"f16\"]",
    ] {
        assert!(error.contains(part), "{part:?} is not in\n{error}");
    }
    // What it advises works.
    let grouped = source(PLAIN, second, "[factors]\ntogether = [\"batch_size\", \"label_smoothing\"]");
    assert_eq!(factors_of(&grouped).unwrap().len(), 5);
}

const THREE: &str = "width = 8\ndropout = 0.5\noptimizer = { Adam = { lr = 1e-4 } }\nepochs = 6";

#[test]
fn cells_are_named_by_what_is_at_its_second_level() {
    let out = tempfile::tempdir().unwrap();
    let text = source(PLAIN, THREE, "");
    let found = cells_of(&text, out.path());
    let expected = [
        "a",
        "a+dropout",
        "a+optimizer",
        "a+dropout+optimizer",
        "a+epochs",
        "a+dropout+epochs",
        "a+optimizer+epochs",
        "b",
    ];
    assert_eq!(names(&found), expected);
    for (index, cell) in found.iter().enumerate() {
        let levels: Vec<bool> = (0..3).map(|factor| index >> factor & 1 == 1).collect();
        assert_eq!(cell.second_level, levels);
        let settings = ModelSettings::of(&cell.model);
        assert_eq!(settings.variables[1].1, if levels[0] { "0.5" } else { "0" });
        assert_eq!(settings.optimizer_name(), if levels[1] { "Adam" } else { "SGD" });
        assert_eq!(settings.epochs(), if levels[2] { 6 } else { 3 });
        // Each is a study file of its own.
        let again = parse(&resolved(&study(&text), &cell.model), "resolved.toml").unwrap();
        assert_eq!(again.models[0].recipe, cell.model.recipe);
        assert_eq!(again.models[0].name, cell.model.name);
    }
}

#[test]
fn a_cell_that_is_there_keeps_its_name() {
    let out = tempfile::tempdir().unwrap();
    // A model of the study with the recipe, and one with the name of a cell and another recipe.
    let more = "[model.longer]\narchitecture = \"mlp\"\noptimizer = \"SGD\"\nepochs = 6\nbatch_size = 16\nwidth = 8\n\
                dropout = 0\non_request = true\n\
                [model.\"a+dropout\"]\narchitecture = \"mlp\"\noptimizer = \"SGD\"\nepochs = 9\nbatch_size = 16\n\
                width = 8\ndropout = 0.5\n";
    let text = source(PLAIN, THREE, more);
    let of = study(&text);
    let plain = cells_of(&text, out.path());
    assert_eq!(names(&plain)[1..5], ["a+dropout+", "a+optimizer", "a+dropout+optimizer", "longer"]);
    let leave = |name: &str, model: &Model| {
        let folder = out.path().join(name).join("seed-4");
        fs::create_dir_all(&folder).unwrap();
        let model = Model { name: name.into(), ..model.clone() };
        fs::write(folder.join("config.toml"), resolved(&of, &model)).unwrap();
    };
    leave("adam", &plain[2].model);
    // Of two the name it would have comes first.
    leave("a+optimizer+epochs", &plain[6].model);
    leave("abc", &plain[6].model);
    // The name of another combination is left to that one, which will be refused.
    leave("a+dropout+epochs", &plain[3].model);
    let expected = [
        "a",
        "a+dropout+",
        "adam",
        "a+dropout+optimizer",
        "longer",
        "a+dropout+epochs",
        "a+optimizer+epochs",
        "b",
    ];
    assert_eq!(names(&cells_of(&text, out.path())), expected);
}

#[test]
fn the_study_s_own_factorial_has_the_names_it_was_trained_under() {
    let source = Source::open("baseline-vs-better").unwrap();
    let study = source.study().unwrap();
    let (a, b) = (model(&study, "baseline"), model(&study, "better"));
    let factors = find(&study, a, b).unwrap();
    let out = tempfile::tempdir().unwrap();
    let found = cells(&source, &study, (a, b), &factors, out.path()).unwrap();
    let expected = [
        "baseline",
        "baseline+dropout",
        "baseline+optimizer",
        "baseline+dropout+optimizer",
        "baseline-40",
        "baseline+dropout+epochs",
        "baseline+optimizer+epochs",
        "better",
    ];
    assert_eq!(names(&found), expected);
}

#[test]
fn a_combination_that_is_no_network_is_refused_with_its_place() {
    let out = tempfile::tempdir().unwrap();
    // Five rounds of warm-up do not fit into three epochs.
    let text = source(PLAIN, "width = 8\ndropout = 0.0\nwarmup_epochs = 5\nepochs = 6", "");
    let study = study(&text);
    let (a, b) = (model(&study, "a"), model(&study, "b"));
    let factors = find(&study, a, b).unwrap();
    let error = cells(&Source::new(&*text, "test.toml"), &study, (a, b), &factors, out.path()).unwrap_err();
    let error = error.to_string();
    for part in ["warmup_epochs = 5", "^", "as `a+warmup_epochs`, a mixture of `a` and `b`", "[factors]"] {
        assert!(error.contains(part), "{part:?} is not in\n{error}");
    }
}

#[test]
fn augmentation_is_a_factor() {
    let text = source(
        "width = 8\ndropout = 0.0\n",
        "width = 8\ndropout = 0.5\naugment = [\"RandomHorizontalFlip\"]\n",
        "",
    );
    let text =
        text.replace("validation = 0.1", "validation = 0.1\naugment = [{ RandomCrop = { padding = 2 } }]");
    let factors = factors_of(&text).unwrap();
    let found: Vec<(&str, &str, &str)> =
        factors.iter().map(|factor| (&*factor.name, &*factor.first, &*factor.second)).collect();
    let augment = ("augment", "RandomCrop (padding 2)", "RandomHorizontalFlip");
    assert_eq!(found, [("dropout", "0", "0.5"), augment]);
    let folder = tempfile::tempdir().unwrap();
    let cells = cells_of(&text, folder.path());
    let lists: Vec<&str> = cells.iter().map(|cell| cell.model.recipe.augment[0].name()).collect();
    assert_eq!(lists, ["RandomCrop", "RandomCrop", "RandomHorizontalFlip", "RandomHorizontalFlip"]);
}

/// Both pages name every setting that can be a factor, in the order in which factors are listed; those that go with the
/// optimizer may stand beside it.
#[test]
fn pages_name_all_factors_in_their_order() {
    let pages = [
        (include_str!("../../../../docs/explaining.md"), "**Factors.**"),
        (include_str!("../../../../docs/study-file.md"), "The settings are `architecture`"),
    ];
    for (page, begin) in pages {
        let paragraph = page.split_once(begin).expect(begin).1.split("\n\n").next().unwrap();
        let text = format!("{begin}{paragraph}");
        let mut before = 0;
        for setting in factor_settings() {
            let at = text.find(&format!("`{setting}`"));
            let at = at.unwrap_or_else(|| panic!("`{setting}` is not in\n{text}"));
            if !goes_with_the_optimizer(setting) {
                assert!(at >= before, "`{setting}` stands too early in\n{text}");
                before = at;
            }
        }
    }
}
