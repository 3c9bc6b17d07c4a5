//! Training in memory, saving, loading the folder of a run, and what is refused.

use std::num::NonZero;
use std::sync::atomic::AtomicBool;

use toile::data::{Dataset, Loaded};
use toile::study::conduct::{self, StudyHooks};
use toile::study::run::{Data, Options, engine};
use toile::study::study_file;
use toile::{Error, Model, Normalization, Predictions, Recipe, Trainer, Validation, layers, layers::*};

const STUDY: &str = r#"
name = "tiny"
dataset = "fashion-mnist-small"
seeds = [3]
normalization = { mean = [0.3], std = [0.4] }

[architecture.small]
layers = [
  { Conv2d = { out_channels = 4, kernel_size = 3, stride = 2 } }, "BatchNorm2d", "ReLU", "Flatten",
  { Dropout = { p = 0.25 } }, { Linear = { out_features = 10 } }, "LogSoftmax",
]

[model.a]
architecture = "small"
optimizer = { Adam = { lr = 0.01 } }
epochs = 2
batch_size = 60
"#;

fn data() -> Loaded {
    toile::data::load("fashion-mnist-small").unwrap()
}

#[test]
fn a_training_in_memory_is_the_run_of_a_study_bit_for_bit() {
    for augment in ["", AUGMENT] {
        in_memory_as_in_a_study(&STUDY.replace("[architecture", &format!("{augment}[architecture")));
    }
    // Filters from the images, and averages with statistics of their own.
    let filters = STUDY.replace("stride = 2 ", "init = \"whitening\", frozen = true ");
    for average in ["ema = { decay = 0.9, every = 3 }", "swa = { start = 0.5 }", "lookahead = { k = 7 }"] {
        in_memory_as_in_a_study(&format!("{filters}{average}"));
    }
}

/// What takes part in every step, and what looks at test images: rates of groups, matrices, bounds on gradients, rates
/// that move from step to step, several views.
#[test]
fn whatever_changes_a_step_changes_it_in_memory_too() {
    let muon =
        "parameter_groups = [{ layer = \"fc1\", kind = \"weight\", optimizer = { Muon = { lr = 0.02 } } }]\n";
    let groups = "parameter_groups = [{ kind = \"bias\", lr = 0.02 }, { layer = \"conv1\", kind = \"weight\", frozen = true }]\n";
    let points = "schedule = { PiecewiseLinear = { points = [[0.0, 0.2], [0.3, 1.0], [1.0, 0.0]] } }\n";
    let stable = "schedule = { WarmupStableDecay = { warmup = 0.2, decay = 0.3, shape = \"1-sqrt\" } }\n";
    for more in [
        format!("{muon}clip_grad_norm = 0.5\n{points}"),
        format!("{groups}clip_grad_value = 0.01\n{stable}"),
        "test_time_augmentation = { flip = true, shifts = 1 }\n".to_string(),
    ] {
        in_memory_as_in_a_study(&format!("{STUDY}{more}"));
    }
}

/// Evaluation sees the images as they are, in a study as here.
const AUGMENT: &str = r#"
augment = [
  { RandomCrop = { padding = 2 } }, { RandomErasing = { p = 1.0, value = "random" } },
  { RandomAffine = { degrees = 20, translate = [0.2, 0.2] } }, { CutMix = { alpha = 0.5 } },
]
"#;

fn in_memory_as_in_a_study(study: &str) {
    let data = data();
    let out = tempfile::tempdir().unwrap();
    let study = study_file::Source::new(study, "tiny.toml").study().unwrap();
    let stop = AtomicBool::new(false);
    let hooks = StudyHooks { executors: &engine, observer: &(), renderer: &(), stop: &stop };
    let Loaded { digests, test_digests, .. } = &data;
    let (digests, test_digests) = (&digests[..], *test_digests);
    let runs = Data { train: &data.train, validation: None, test: &data.test, digests, test_digests };
    let outcome = conduct::run(&study, runs, &Options::new(out.path()), hooks).unwrap();
    assert!(outcome.failures.is_empty());

    let loaded = Model::load(out.path().join("a/seed-3")).unwrap();
    let trainer = Trainer { threads: NonZero::new(3) };
    let trained = trainer.train(&study.models[0].recipe, &data.train, 3, |_| ()).unwrap();
    assert_eq!(trained.state_dict(), loaded.state_dict());
    assert_eq!(trained.recipe(), loaded.recipe());
    assert_eq!(trained.class_names(), loaded.class_names());

    let measured = outcome.results.models[0].runs[0].evaluation.clone().unwrap();
    let evaluation = loaded.evaluate(&data.test).unwrap();
    let (accuracy, loss) = (Some(evaluation.accuracy), Some(evaluation.loss));
    assert_eq!((accuracy, loss), (measured.test_accuracy, measured.test_loss));
    assert_eq!(evaluation.confusion, measured.confusion.to_rows());
}

fn linear() -> Recipe {
    Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 2, ..Recipe::default() }
}

#[test]
fn a_saved_model_predicts_the_same() {
    let data = data();
    let folder = tempfile::tempdir().unwrap();
    let mut epochs = Vec::new();
    let model = Trainer::default().train(&linear(), &data.train, 0, |epoch| epochs.push(epoch)).unwrap();
    assert_eq!(epochs.iter().map(|epoch| epoch.epoch).collect::<Vec<_>>(), [1, 2]);
    assert!(epochs[1].train_loss < epochs[0].train_loss, "{epochs:?}");

    let path = folder.path().join("model.safetensors");
    model.save(&path).unwrap();
    let again = Model::load(&path).unwrap();
    let images = &data.test.pixels[..5 * 784];
    assert_eq!(again.predict(images).unwrap(), model.predict(images).unwrap());
    assert_eq!(again.seed(), 0);
    for prediction in model.predict(images).unwrap() {
        assert!((prediction.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert_eq!(prediction.name, model.class_names()[prediction.class]);
    }

    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let said = Model::load(&path).unwrap_err().to_string();
    assert!(said.contains("model.safetensors") && said.contains("digest"), "{said}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let Loaded { train, test, .. } = data();
    let refused = |recipe: Recipe, data: &Dataset| toile::train(&recipe, data, 0).unwrap_err().to_string();
    let none = train.subset(&[]);
    for (recipe, data, expected) in [
        (linear(), &none, "no image"),
        (Recipe { batch_size: train.len() + 1, ..linear() }, &train, ": choose from 1 to"),
        (Recipe { layers: layers![Flatten, Linear::new(3), LogSoftmax], ..linear() }, &train, "3 outputs"),
        (Recipe { validation: Some(Validation::Share(0.1)), ..linear() }, &train, "as a study"),
        (Recipe { normalization: Normalization::none(3), ..linear() }, &train, "3 means"),
    ] {
        let said = refused(recipe, data);
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
    let model = toile::train(&linear(), &train, 0).unwrap();
    let mut other = test.clone();
    other.class_names.reverse();
    assert!(matches!(model.evaluate(&other), Err(Error::Setting(said)) if said.contains("the model knows")));
    assert!(model.predict(&[0; 783]).unwrap_err().to_string().contains("no whole images"));
    let gone = Model::load("no/such/run").unwrap_err().to_string();
    assert!(gone.contains("no/such/run"), "{gone}");
}

#[test]
fn predictions_for_other_images_are_not_compared() {
    let run = |labels: Vec<u32>| Predictions {
        seed: 0,
        class_names: vec!["a".into(), "b".into()],
        log_probabilities: labels.iter().flat_map(|_| [-0.1, -2.35]).collect(),
        labels,
    };
    let question = toile::comparison::ComparisonSettings::default();
    let (here, there) = ([run(vec![0, 1, 0])], [run(vec![0, 1, 1])]);
    let said = toile::compare(&question, ("x", &here), ("y", &there)).unwrap_err().to_string();
    assert!(said.contains("not for the images of x"), "{said}");
    assert_eq!(here[0].accuracy(), 2.0 / 3.0);
    assert_eq!(here[0].confusion(), [[2, 0], [1, 0]]);
}
