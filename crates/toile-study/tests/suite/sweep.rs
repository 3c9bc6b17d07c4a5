//! Tuning a learning rate: what decides, and what does not.

use toile_study::evidence::sweep::Sweep;
use toile_study::recipe::{JudgedBy, Validation};
use toile_study::results::{
    DatasetSummary, EpochRow, ModelResults, ModelSettings, RunResults, RunStatus, StudyResults,
};
use toile_study::study::Study;
use toile_study::study_file::{load, resolved};

use crate::bound::{hold_out, parse};
use toile_study::sweep::{Question, judge, study as sweep_study, tuned_model};

/// Figures of an epoch: validation accuracy and loss, and a test accuracy that must not matter, were there one.
type Epoch = (f64, f64, f64);

fn run(seed: u64, epochs: &[Epoch]) -> RunResults {
    let row = |(index, &(accuracy, loss, test)): (usize, &Epoch)| EpochRow {
        epoch: index as u32 + 1,
        learning_rate: 0.1,
        train_loss: 1.0,
        train_accuracy: 0.5,
        validation_loss: Some(loss),
        validation_accuracy: Some(accuracy),
        test_loss: Some(1.0 - test),
        test_accuracy: Some(test),
    };
    let status = match epochs {
        [] => RunStatus::Diverged { epoch: 1, step: 3 },
        _ => RunStatus::Finished,
    };
    RunResults { seed, status, epochs: epochs.iter().enumerate().map(row).collect(), evaluation: None }
}

fn base() -> Study {
    Study { seeds: vec![0], ..load("quick").unwrap() }
}

fn question(rates: &[f64]) -> Question {
    Question { validation: 0.25, epochs: Some(2), ..Question::of(rates.to_vec()) }
}

/// Judges rates 0.1, 0.2, ... with these runs.
fn judged(study: &Study, rates: &[Vec<RunResults>]) -> Sweep {
    let model = &study.models[0];
    let tried: Vec<f64> = (1..=rates.len()).map(|rate| rate as f64 / 10.0).collect();
    let question = question(&tried);
    let of_sweep = sweep_study(study, model, &question).unwrap();
    let models = of_sweep.models.iter().zip(rates).map(|(model, runs)| ModelResults {
        name: model.name.clone(),
        settings: ModelSettings::of(model),
        layers: vec![],
        published: None,
        runs: runs.clone(),
    });
    let dataset = DatasetSummary {
        name: "d".into(),
        class_names: vec![],
        image_shape: [1, 1, 1],
        train_images: 1,
        validation_images: 1,
        test_images: 1,
        digests: vec![],
    };
    let results = StudyResults {
        study: "s".into(),
        title: String::new(),
        note: String::new(),
        seeds: vec![],
        cross_validation: None,
        toile_version: String::new(),
        dataset,
        models: models.collect(),
        ensembles: vec![],
    };
    judge(study, model, &question, &results)
}

#[test]
fn a_sweep_is_a_study_of_its_own() {
    let base = base();
    let sweep = sweep_study(&base, &base.models[1], &question(&[0.3, 1e-7, 0.3])).unwrap();
    let names: Vec<&str> = sweep.models.iter().map(|model| model.name.as_str()).collect();
    let in_order = names.len() == 2 && names[0].starts_with("lr-1e-7-") && names[1].starts_with("lr-0.3-");
    assert!(in_order, "in order, each once: {names:?}");
    let longer = Question { epochs: Some(3), ..question(&[0.3]) };
    let longer = sweep_study(&base, &base.models[1], &longer).unwrap();
    assert!(longer.models[0].name != names[1], "of another recipe");
    assert_eq!((sweep.validation(), sweep.judged_by()), (Some(Validation::Share(0.25)), JudgedBy::HeldOut));
    for model in &sweep.models {
        let again = parse(&resolved(&sweep, model), "resolved.toml").unwrap();
        assert_eq!((again.validation(), again.models[0].recipe.epochs), (Some(Validation::Share(0.25)), 2));
        assert_eq!(again.judged_by(), JudgedBy::HeldOut);
        assert_eq!(again.models[0].recipe.learning_rate, model.recipe.learning_rate);
    }
    assert_eq!(sweep.models[1].recipe.learning_rate.base, 0.3);
}

#[test]
fn validation_decides_and_the_test_images_do_not() {
    let (poor, good, best_on_test) = ((0.5, 1.0, 0.6), (0.8, 0.7, 0.7), (0.7, 0.9, 0.99));
    let one = |epoch: Epoch| vec![run(0, &[epoch])];
    // Rates 0.1, 0.2, ...; the place of the best, and whether it is at the edge.
    for (rates, expected, at_edge) in [
        (vec![one(poor), one(good), one(best_on_test)], Some(0.2), false),
        (vec![one(good), one(poor), one(best_on_test)], Some(0.1), true),
        (vec![one(poor), one(best_on_test), one(good)], Some(0.3), true),
        (vec![one(good)], Some(0.1), true),
        // Of equals the lower loss, then the lower rate.
        (vec![one(poor), one((0.8, 0.8, 0.9)), one(good), one(poor)], Some(0.3), false),
        (vec![one(poor), one(good), one(good), one(poor)], Some(0.2), false),
        // The last epoch counts, not the best one.
        (vec![vec![run(0, &[(0.9, 0.1, 0.9), poor])], one(best_on_test), one(poor)], Some(0.2), false),
        // A rate that diverged under one seed is out; beyond it there is nothing to look for.
        (vec![one(poor), one(good), vec![run(0, &[])]], Some(0.2), false),
        (
            vec![one(poor), vec![run(0, &[(0.99, 0.1, 0.9)]), run(1, &[])], one(good), one(poor)],
            Some(0.3),
            false,
        ),
        (vec![vec![run(0, &[])], vec![run(0, &[])]], None, false),
        // A seed that was not asked for says nothing, though its run may be there.
        (vec![one(poor), vec![run(7, &[(0.1, 9.0, 0.1)]), run(0, &[good])], one(poor)], Some(0.2), false),
        (vec![one(poor), vec![run(0, &[good]), run(7, &[])], one(poor)], Some(0.2), false),
        // The mean over the seeds.
        (
            vec![
                one(poor),
                vec![run(0, &[(0.9, 0.5, 0.1)]), run(1, &[(0.5, 0.9, 0.1)])],
                vec![run(0, &[(0.72, 0.5, 0.1)]), run(1, &[(0.72, 0.9, 0.1)])],
                one(poor),
            ],
            Some(0.3),
            false,
        ),
    ] {
        let found = judged(&Study { seeds: vec![0, 1], ..base() }, &rates);
        assert_eq!((found.best, found.at_edge), (expected, at_edge), "{rates:?}");
    }
    // Nor are they kept.
    let kept = serde_json::to_string(&judged(&base(), &[one(good)])).unwrap();
    assert!(!kept.contains("test"), "{kept}");
}

#[test]
fn where_the_study_holds_out_images_its_best_epoch_counts() {
    let mut study = base();
    hold_out(&mut study, Some(0.1));
    // The lowest loss, not the highest accuracy.
    let falls = vec![run(0, &[(0.9, 0.3, 0.5), (0.95, 0.8, 0.5)])];
    let found = judged(&study, &[falls, vec![run(0, &[(0.92, 0.5, 0.5)])], vec![run(0, &[(0.1, 2.0, 0.5)])]]);
    assert_eq!(found.rates[0].validation_accuracy, Some(0.9));
    assert_eq!(found.best, Some(0.2));
}

#[test]
fn the_tuned_model_can_be_put_into_the_study_file() {
    let study = parse(super::study_file::keys::EVERYTHING, "everything.toml").unwrap();
    for model in &study.models {
        let table = tuned_model(&study, model, 0.25);
        let again = format!("{}\n{table}", super::study_file::keys::EVERYTHING);
        let again = parse(&again, "again.toml").unwrap_or_else(|error| panic!("{error}\n{table}"));
        let tuned = again.models.last().unwrap();
        assert_eq!(tuned.name, format!("{}-tuned", model.name));
        let mut expected = model.clone();
        expected.name.clone_from(&tuned.name);
        expected.recipe.learning_rate.base = 0.25;
        (expected.on_request, expected.published) = (false, None);
        assert_eq!(*tuned, expected);
    }
    let plain = tuned_model(&base(), &base().models[1], 0.01);
    let expected = "[model.better-tuned]\narchitecture = \"cnn\"\ndropout = 0.3\noptimizer = { Adam = { lr = 0.01 } }\n\
                    epochs = 6\nbatch_size = 16\n";
    assert_eq!(plain, expected);
}
