//! What a run leaves, and what a second one makes of it.

use std::sync::Mutex;

use super::fixture::{Bench, EPOCHS, Fault, TRAIN_IMAGES, model, study};
use toile_study::conduct::{ConductError, Renderer, StudyView, reread};
use toile_study::evidence::comparison::Comparison;
use toile_study::evidence::looks;
use toile_study::evidence::settings::ComparisonSettings;
use toile_study::results::{Receipt, RunStatus, StudyResults};
use toile_study::run::{Event, Observer, RunError};
use toile_study::study_file::resolved;

#[test]
fn a_run_leaves_the_folder_its_reader_knows() {
    let bench = Bench::new(study(vec![model("a")]));
    let outcome = bench.run().unwrap();
    let expected = [
        ".lock",
        "a/seed-0/checkpoint/state.safetensors",
        "a/seed-0/config.toml",
        "a/seed-0/confusion_matrix.csv",
        "a/seed-0/evaluation.json",
        "a/seed-0/predictions.csv",
        "a/seed-0/receipt.json",
        "a/seed-0/results.csv",
        "a/seed-0/weights/last.safetensors",
        "looks.json",
        "results.json",
    ];
    assert_eq!(bench.names(), expected);
    assert_eq!(bench.read("a/seed-0/config.toml"), resolved(&bench.study, &bench.study.models[0]));
    assert_eq!(bench.read("a/seed-0/results.csv").lines().count(), 1 + EPOCHS as usize);
    let written: StudyResults = serde_json::from_str(&bench.read("results.json")).unwrap();
    assert_eq!(written, outcome.results);

    let run = &outcome.results.models[0].runs[0];
    let evaluation = run.evaluation.as_ref().unwrap();
    assert_eq!(run.status, RunStatus::Finished);
    assert_eq!(evaluation.test_loss, run.epochs.last().unwrap().test_loss);
    assert_eq!(evaluation.confusion.images(), 15);
    // What was learnt is more than chance: the rows are easy to tell apart.
    assert!(evaluation.train_accuracy > 0.5, "{evaluation:?}");

    let predictions = bench.read("a/seed-0/predictions.csv");
    assert_eq!(
        predictions.lines().next().unwrap(),
        "index,label,prediction,probability top,probability middle,probability bottom,log_probability"
    );
    let losses = predictions
        .lines()
        .skip(1)
        .map(|line| -f64::from(line.rsplit(',').next().unwrap().parse::<f32>().unwrap()));
    assert_eq!(
        losses.sum::<f64>() / 15.0,
        evaluation.test_loss.unwrap(),
        "the very mean that evaluation measured"
    );
    let right = predictions.lines().skip(1).filter(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        let sum: f64 = fields[3..6].iter().map(|p| p.parse::<f64>().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{line}");
        fields[1] == fields[2]
    });
    assert_eq!(right.count() as f64 / 15.0, evaluation.test_accuracy.unwrap());

    let receipt: Receipt = serde_json::from_str(&bench.read("a/seed-0/receipt.json")).unwrap();
    assert_eq!((receipt.threads, receipt.isa.as_str()), (1, "plain"));
    assert!(receipt.images_per_second > 0.0);
}

#[test]
fn the_same_command_again_computes_nothing() {
    struct Nothing;
    impl Observer for Nothing {
        fn event(&self, event: &Event) {
            panic!("told of {event:?}");
        }
    }
    let bench = Bench::new(study(vec![model("a"), model("b")]));
    let first = bench.run().unwrap();
    let before = bench.files();
    let again = bench.run_with(Fault::PanicInStep(1), &Nothing).unwrap();
    assert_eq!((first.started, again.started), (2, 0));
    assert_eq!(first.results, again.results);
    assert!(before == bench.files());
}

#[test]
fn jobs_change_no_bit() {
    let mut study = study(vec![model("a"), model("b")]);
    study.seeds = vec![0, 1, 2];
    let mut one = Bench::new(study.clone());
    one.options.jobs = Some(1);
    let mut many = Bench::new(study);
    many.options.jobs = Some(4);
    one.run().unwrap();
    many.run().unwrap();
    assert_eq!(one.names().len(), 4 + 6 * 8);
    assert!(one.files() == many.files());
}

#[test]
fn seeds_and_models_name_what_runs() {
    let mut on_request = model("b");
    on_request.on_request = true;
    let mut bench = Bench::new(study(vec![model("a"), on_request]));
    let outcome = bench.run().unwrap();
    assert_eq!(outcome.results.models.len(), 1);
    bench.options.models = Some(vec!["b".into()]);
    // `a` was run before: it is still part of what is known.
    assert_eq!(bench.run().unwrap().results.models.iter().map(|m| m.runs.len()).sum::<usize>(), 2);
    bench.options.models = Some(vec!["c".into()]);
    let error = bench.run().unwrap_err().to_string();
    assert!(error.contains("no model \"c\"") && error.contains("a, b"), "{error}");
}

#[test]
fn a_validation_split_chooses_best_and_stops_early() {
    let mut model = model("a");
    model.recipe.epochs = 60;
    model.recipe.early_stopping = Some(2);
    // So fast that the validation loss soon goes up.
    model.recipe.learning_rate.base = 0.2;
    let mut study = study(vec![model]);
    crate::bound::hold_out(&mut study, Some(0.25));
    let bench = Bench::new(study);
    let outcome = bench.run().unwrap();
    let summary = &outcome.results.dataset;
    assert_eq!(summary.train_images + summary.validation_images, TRAIN_IMAGES);
    let run = &outcome.results.models[0].runs[0];
    let losses: Vec<f64> = run.epochs.iter().map(|row| row.validation_loss.unwrap()).collect();
    let evaluation = run.evaluation.as_ref().unwrap();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(losses.len() < 60, "it never stopped: {losses:?}");
    assert_eq!(evaluation.weights, "best");
    assert_eq!(losses[evaluation.epoch as usize - 1], best);
    assert_eq!(losses.len(), evaluation.epoch as usize + 2);
    assert_eq!(evaluation.test_loss, run.epochs[evaluation.epoch as usize - 1].test_loss);
    assert!(bench.names().contains(&"a/seed-0/weights/best.safetensors".to_owned()));
}

#[test]
fn a_folder_with_other_settings_is_refused() {
    let mut bench = Bench::new(study(vec![model("a")]));
    bench.run().unwrap();
    let before = bench.files();
    bench.study.models[0].recipe.learning_rate.base = 0.02;
    let error = bench.run().unwrap_err();
    assert!(matches!(error, ConductError::Run(RunError::OtherConfiguration { .. })), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("in the folder: optimizer = { Adam = { lr = 0.01") && text.contains("lr = 0.02"),
        "{text}"
    );
    assert!(before == bench.files());
}

#[test]
fn events_tell_the_run_as_it_goes() {
    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);
    impl Observer for Log {
        fn event(&self, event: &Event) {
            let json = serde_json::to_value(event).unwrap();
            let name = json["event"].as_str().unwrap().to_owned();
            if name != "progress" {
                self.0.lock().unwrap().push(format!("{name} {}", json["epoch"]));
            }
        }
    }
    let log = Log::default();
    Bench::new(study(vec![model("a")])).run_with(Fault::None, &log).unwrap();
    let told = log.0.into_inner().unwrap();
    assert_eq!(told, ["planned null", "started null", "epoch 1", "epoch 2", "epoch 3", "finished null"]);
}

/// Models that were asked for are set against each other as soon as all of their runs are over, and once.
#[test]
fn a_comparison_is_made_when_every_run_is_over() {
    let mut study = study(vec![model("a"), model("b")]);
    study.seeds = vec![0, 1, 2];
    study.comparison = ComparisonSettings { margin: Some(0.2), ..ComparisonSettings::default() };
    let mut bench = Bench::new(study);
    let outcome = bench.run_with(Fault::StopInStep(1), &()).unwrap();
    assert!(outcome.comparison.is_none() && !bench.names().contains(&"comparison.json".to_owned()));
    bench.options.resume = true;
    // Said after the first results, a margin is no longer beforehand.
    bench.options.models = Some(vec!["a".into()]);
    assert!(bench.run().unwrap().comparison.is_none(), "one model is nothing to compare");
    bench.options.models = None;
    let comparison = bench.run().unwrap().comparison.unwrap();
    let written: Comparison = serde_json::from_str(&bench.read("comparison.json")).unwrap();
    assert_eq!(comparison, written);
    assert_eq!((comparison.look, &comparison.models[1].seeds[..]), (1, &[0, 1, 2][..]));
    assert!(comparison.margin.as_ref().unwrap().in_study_file);
    let before = bench.files();
    bench.run().unwrap();
    assert!(before == bench.files(), "the same look again");
    // Part of the study again: nothing has changed, and what is known is shown.
    bench.options.models = Some(vec!["b".into()]);
    assert_eq!(bench.run().unwrap().comparison.as_ref(), Some(&comparison));
    assert!(before == bench.files(), "the report keeps its verdict");
    bench.options.models = None;
    // With fewer seeds, too: the others have been trained all the same.
    bench.study.seeds = vec![1];
    let outcome = bench.run().unwrap();
    let seeds: Vec<u64> = outcome.results.models[0].runs.iter().map(|run| run.seed).collect();
    assert_eq!(seeds, [1, 0, 2]);
    assert_eq!(outcome.comparison.as_ref(), Some(&comparison));
    bench.study.seeds = vec![0, 1, 2];
    bench.run().unwrap();
    assert!(before == bench.files(), "as before");

    bench.study.seeds.push(3);
    bench.study.comparison.margin = Some(0.3);
    let comparison = bench.run().unwrap().comparison.unwrap();
    assert_eq!(comparison.look, 2);
    assert!(!comparison.margin.unwrap().in_study_file);

    let before = bench.files();
    for name in ["predictions.csv", "weights/last.safetensors"] {
        std::fs::remove_file(bench.out.path().join("b/seed-2").join(name)).unwrap();
        assert_eq!(bench.run().unwrap().comparison.unwrap().look, 2);
        assert!(before == bench.files(), "{name} is made again");
    }
    // Nothing is left to make it again from.
    std::fs::remove_file(bench.out.path().join("b/seed-2/predictions.csv")).unwrap();
    std::fs::remove_dir_all(bench.out.path().join("b/seed-2/checkpoint")).unwrap();
    std::fs::remove_dir_all(bench.out.path().join("b/seed-2/weights")).unwrap();
    let error = bench.run().unwrap_err().to_string();
    assert!(error.contains("predictions.csv") && error.contains("it is missing"), "{error}");
}

/// What can be made again stops nothing; the count of looks cannot.
#[test]
fn what_others_left_damaged_is_told_and_left_out() {
    let bench = Bench::new(study(vec![model("a")]));
    std::fs::write(bench.out.path().join("looks.json"), "{").unwrap();
    let error = bench.run().unwrap_err().to_string();
    assert!(error.contains("looks.json cannot be used"), "{error}");
    assert_eq!(bench.names().iter().filter(|name| name.starts_with("a/")).count(), 0, "nothing is trained");
    std::fs::remove_file(bench.out.path().join("looks.json")).unwrap();
    for name in ["comparison.json", "explain-a-b.json", "ablation.json"] {
        std::fs::write(bench.out.path().join(name), "{").unwrap();
    }
    let outcome = bench.run().unwrap();
    assert_eq!(outcome.results.models[0].runs[0].status, RunStatus::Finished);
    let notes = outcome.notes.join("\n");
    for name in ["comparison.json", "explain-a-b.json", "ablation.json"] {
        assert!(notes.contains(&format!("{name} cannot be used")), "{notes}");
    }
    assert_eq!(outcome.notes.len(), 3, "{notes}");
}

/// What was drawn of earlier runs and has nothing to show now does not stay beside what is drawn now.
#[test]
fn what_is_not_drawn_any_more_is_removed() {
    struct Draws(&'static str);
    impl Renderer for Draws {
        fn study_files(&self, _: StudyView<'_>) -> Vec<(String, Vec<u8>)> {
            vec![(self.0.into(), b"drawn".to_vec())]
        }

        fn occasional_files(&self) -> Vec<&'static str> {
            vec!["data/old.csv", "data/new.csv", "data/never.csv"]
        }
    }
    let bench = Bench::new(study(vec![model("a")]));
    for (draws, gone) in [("data/old.csv", "data/new.csv"), ("data/new.csv", "data/old.csv")] {
        bench.draw(&Draws(draws)).unwrap();
        let names = bench.names();
        assert!(names.contains(&draws.to_owned()) && !names.contains(&gone.to_owned()), "{names:?}");
    }
}

/// Each of them decides or shows something later: a figure that nobody wrote is not believed. Files of earlier versions
/// have no digest.
#[test]
fn a_changed_figure_in_a_file_of_the_study_is_noticed() {
    let mut study = study(vec![model("a"), model("b")]);
    study.seeds = vec![0, 1, 2];
    let bench = Bench::new(study);
    assert!(bench.run().unwrap().comparison.is_some());
    let out = bench.out.path();
    let whole = reread(out).unwrap();
    assert!(whole.notes.is_empty() && whole.evidence.comparison.is_some(), "{:?}", whole.notes);
    let planned = looks::planned(out).unwrap().unwrap();
    let noticed = |name: &str| match name {
        "looks.json" => looks::planned(out).unwrap_err().to_string(),
        "results.json" => reread(out).unwrap_err().to_string(),
        _ => reread(out).unwrap().notes.join("\n"),
    };
    for (name, figure, other) in [
        ("looks.json", "\"alpha\": 0.05", "\"alpha\": 0.06"),
        ("comparison.json", "\"look\": 1", "\"look\": 3"),
        ("results.json", "\"toile_version\": \"0.", "\"toile_version\": \"9."),
    ] {
        let text = bench.read(name);
        assert!(text.contains(figure), "{name} has {figure}: {text}");
        std::fs::write(out.join(name), text.replacen(figure, other, 1)).unwrap();
        let told = noticed(name);
        assert!(told.contains(name) && told.contains("digest"), "{name}: {told}");
        let (before, _) = text.split_once(",\n  \"sha256\"").expect("it carries its digest");
        std::fs::write(out.join(name), format!("{before}\n}}\n")).unwrap();
        let read = reread(out).unwrap();
        assert_eq!((read.results, read.evidence), (whole.results.clone(), whole.evidence.clone()), "{name}");
        assert_eq!(looks::planned(out).unwrap(), Some(planned), "{name}");
    }
    // The comparison of other runs of the same names and seeds is not shown beside these.
    let text = bench.read("comparison.json");
    let accuracy = whole.evidence.comparison.unwrap().models[0].per_seed[0];
    std::fs::write(out.join("comparison.json"), text.replace(&accuracy.to_string(), "0.123")).unwrap();
    assert_eq!(reread(out).unwrap().evidence.comparison, None);
}
