//! Runs found in folders, matched by the names of their classes, or refused.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use toile_study::evidence::compare::compare;
use toile_study::evidence::comparison::VerdictWord;
use toile_study::evidence::contenders::{self, ContenderError, Field, Place};
use toile_study::evidence::settings::{ComparisonSettings, Overrides, Question};
use toile_study::recipe::Recipe;
use toile_study::study::Study;
use toile_study::study_file::resolved;

use crate::bound::parse;

const CLASSES: [&str; 3] = ["a", "b", "c"];

/// A study with one model.
fn of_name(study: &str, batch_size: usize) -> Study {
    let text = format!(
        "name = \"{study}\"\ndataset = \"fashion-mnist-small\"\n\
         [architecture.a]\nlayers = [\"Flatten\", {{ Linear = {{ out_features = 10 }} }}, \"LogSoftmax\"]\n\
         [model.m]\narchitecture = \"a\"\noptimizer = \"SGD\"\nepochs = 1\nbatch_size = {batch_size}\n"
    );
    parse(&text, "test.toml").unwrap()
}

fn recipe(study: &str, batch_size: usize) -> Recipe {
    of_name(study, batch_size).models[0].recipe.clone()
}

fn config(study: &str, batch_size: usize) -> String {
    let study = of_name(study, batch_size);
    resolved(&study, &study.models[0])
}

/// A folder of studies, each with models and runs.
struct Runs(TempDir);

/// What a run came to.
#[derive(Clone, Copy)]
enum Over {
    Finished,
    Diverged,
    Not,
}

impl Runs {
    fn new() -> Self {
        Runs(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A run with classes in this order that gets wrong the images for which `wrong` holds, of 30.
    fn write(&self, run: &str, classes: [&str; 3], over: Over, wrong: impl Fn(usize) -> bool) {
        let folder = self.path(run);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), config("x", 32)).unwrap();
        let ending = match over {
            Over::Finished => r#"{"status": "finished", "evaluation": null}"#,
            Over::Diverged => r#"{"status": {"diverged": {"epoch": 1, "step": 2}}, "evaluation": null}"#,
            Over::Not => return,
        };
        fs::write(folder.join("evaluation.json"), ending).unwrap();
        let header = classes.map(|class| format!("probability {class}")).join(",");
        let mut text = format!("index,label,prediction,{header}\n");
        for image in 0..30 {
            let label = CLASSES[image % 3];
            let taken = CLASSES[(image + usize::from(wrong(image))) % 3];
            let probabilities = classes.map(|class| if class == taken { "0.8" } else { "0.1" }).join(",");
            text += &format!("{image},{label},{taken},{probabilities}\n");
        }
        fs::write(folder.join("predictions.csv"), text).unwrap();
    }

    /// Three finished runs.
    fn model(&self, model: &str, classes: [&str; 3], wrong: usize) {
        for seed in 0..3 {
            let is_wrong = |image: usize| image < wrong || image == 20 + seed;
            self.write(&format!("{model}/seed-{seed}"), classes, Over::Finished, is_wrong);
        }
    }

    fn of_models(&self, study: &str, names: &[&str]) -> Result<Vec<Place>, ContenderError> {
        contenders::of_models(&self.path(study), &names.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn of_folders(&self, names: &[&str]) -> Result<Vec<Place>, ContenderError> {
        contenders::of_folders(&names.iter().map(|name| self.path(name)).collect::<Vec<_>>())
    }
}

fn read(places: &[Place]) -> Field {
    contenders::read(places, None).unwrap_or_else(|error| panic!("{error}"))
}

fn names(places: &[Place]) -> Vec<&str> {
    places.iter().map(|place| &place.name[..]).collect()
}

#[test]
fn models_of_two_studies_are_matched_by_the_names_of_their_classes() {
    let runs = Runs::new();
    runs.model("old/cnn", CLASSES, 15);
    runs.model("new/cnn", ["c", "a", "b"], 2);
    let places = runs.of_folders(&["old/cnn", "new/cnn"]).unwrap();
    assert_eq!(names(&places), ["old/cnn", "new/cnn"]);
    let field = read(&places);
    assert_eq!(field.class_names, CLASSES);
    assert_eq!(field.folders.len(), 2);
    let question = Question::new(&ComparisonSettings::default(), None, Overrides::default());
    let found = compare(&question, 1, field.test(), &field.contenders()).unwrap();
    let pair = &found.pairs[0];
    assert_eq!(pair.verdict, VerdictWord::Better, "{}", pair.sentence);
    // Images 2 to 14 are put right, and none is broken: 20 to 22 are wrong under both, each under its seed.
    assert_eq!(pair.fixed_by_every_seed, (2..15).collect::<Vec<u32>>());
    let classes: Vec<_> = pair.classes.iter().map(|c| (&c.class[..], c.fixed, c.broken)).collect();
    assert_eq!(classes, [("a", 4.0, 0.0), ("b", 4.0, 0.0), ("c", 5.0, 0.0)]);
}

#[test]
fn folders_of_models_and_of_runs_are_told_apart() {
    let runs = Runs::new();
    runs.model("s/cnn", CLASSES, 3);
    runs.model("s/mlp", CLASSES, 3);
    let places = runs.of_folders(&["s/cnn", "s/mlp/seed-1", "s/mlp/seed-2"]).unwrap();
    assert_eq!(names(&places), ["cnn", "mlp (seed 1)", "mlp (seed 2)"]);
    let field = read(&places);
    let found: Vec<usize> = field.entrants.iter().map(|entrant| entrant.runs.len()).collect();
    assert_eq!((found, field.folders.len()), (vec![3, 1, 1], 1));
    assert_eq!(contenders::models_in(&runs.path("s")), ["cnn", "mlp"]);
    assert!(
        contenders::is_model_or_run(&runs.path("s/cnn")) && !contenders::is_model_or_run(&runs.path("s"))
    );
}

#[test]
fn diverged_runs_count_and_unfinished_ones_are_told() {
    let runs = Runs::new();
    runs.model("s/a", CLASSES, 3);
    runs.model("s/b", CLASSES, 3);
    runs.write("s/b/seed-7", CLASSES, Over::Diverged, |_| false);
    runs.write("s/a/seed-8", CLASSES, Over::Not, |_| false);
    let places = runs.of_models("s", &["a", "b"]).unwrap();
    let field = read(&places);
    assert_eq!((field.entrants[0].runs.len(), &field.entrants[1].diverged[..]), (3, &[7][..]));
    let early = "a (seed 0) and 6 more: written by an earlier version of Toile";
    assert_eq!(field.warnings[0], "a is not finished with seed 8: compared without.");
    assert!(field.warnings.len() == 2 && field.warnings[1].starts_with(early), "{:?}", field.warnings);
    let some = contenders::read(&places, Some(&[0, 2])).unwrap();
    let seeds: Vec<u64> = some.entrants[1].runs.iter().map(|run| run.seed).collect();
    assert_eq!((seeds, some.warnings.len()), (vec![0, 2], 1), "only that they are of an earlier version");
    // The study file's settings against those of the runs.
    let with = |recipe: Recipe| {
        let place = |place: &Place| Place { recipe: Some(recipe.clone()), ..place.clone() };
        contenders::read(&places.iter().map(place).collect::<Vec<_>>(), Some(&[0])).unwrap().warnings
    };
    let has_other = |warnings: &[String]| warnings.iter().any(|note| note.contains("other settings"));
    // The results may have been copied under another name of the study: a name is no setting.
    let recipe = recipe("another-name", 32);
    assert!(!has_other(&with(recipe.clone())));
    assert!(has_other(&with(Recipe { batch_size: 7, ..recipe })));
}

#[test]
fn what_cannot_be_compared_is_told_why() {
    let runs = Runs::new();
    runs.model("s/a", CLASSES, 3);
    runs.model("s/b", CLASSES, 3);
    runs.model("s/other", ["a", "b", "d"], 3);
    fs::create_dir_all(runs.path("s/empty")).unwrap();
    runs.write("s/begun/seed-0", CLASSES, Over::Not, |_| false);
    for seed in 0..3 {
        let text = fs::read_to_string(runs.path("s/other/seed-0/predictions.csv")).unwrap();
        let text = text.replace(",c,", ",d,").replace(",c,", ",d,");
        fs::write(runs.path(&format!("s/other/seed-{seed}/predictions.csv")), text).unwrap();
    }
    runs.model("s/fewer", CLASSES, 3);
    runs.model("s/mixed", CLASSES, 3);
    fs::write(runs.path("s/mixed/seed-1/config.toml"), config("x", 7)).unwrap();
    for seed in 0..3 {
        let path = runs.path(&format!("s/fewer/seed-{seed}/predictions.csv"));
        let text: String =
            fs::read_to_string(&path).unwrap().lines().take(21).map(|l| format!("{l}\n")).collect();
        fs::write(path, text).unwrap();
    }
    runs.model("s/hollow", CLASSES, 3);
    fs::remove_file(runs.path("s/hollow/seed-0/predictions.csv")).unwrap();

    let models = |names: &[&str]| {
        runs.of_models("s", names).and_then(|places| contenders::read(&places, None)).unwrap_err().to_string()
    };
    let folders = |names: &[&str]| runs.of_folders(names).unwrap_err().to_string();
    let seeds = || {
        let places = runs.of_models("s", &["a", "b"]).unwrap();
        contenders::read(&places, Some(&[0, 9])).unwrap_err().to_string()
    };
    for (found, expected) in [
        (models(&["a"]), &["two models or more, got 1", "there are a, b, begun"][..]),
        (models(&[]), &["got 0"]),
        (models(&["a", "b", "a"]), &["a is named twice"]),
        (models(&["a", "c"]), &["holds no run of c", "--out"]),
        (models(&["a", "empty"]), &["holds no run of empty"]),
        (models(&["a", "../s/b"]), &["holds no run of ../s/b"]),
        (models(&["a", "begun"]), &["no run of begun is over", "--resume"]),
        (models(&["a", "other"]), &["a and other have other classes (a, b and c against a, b and d)"]),
        (models(&["a", "fewer"]), &["a and fewer were tested on other images (30 and 20"]),
        (models(&["a", "mixed"]), &["seed-1", "other settings than the model's other runs"]),
        (models(&["a", "hollow"]), &["predictions.csv", "it is missing"]),
        (seeds(), &["a has no run with seed 9", "seeds 0, 1 and 2"]),
        (folders(&["s/a", "s/a/../a"]), &["a is named twice"]),
        (folders(&["s/a", "s/empty"]), &["s/empty is no folder of a run or a model"]),
        (folders(&["s/a", "nowhere"]), &["nowhere is no folder"]),
        (folders(&["s/a"]), &["got 1"]),
    ] {
        for part in expected {
            assert!(found.contains(part), "{part:?} is not in {found:?}");
        }
    }
    assert!(contenders::models_in(Path::new("nowhere")).is_empty());
}
