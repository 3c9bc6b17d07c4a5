//! A small study with evidence of every kind, made up: three classes, two models, three seeds, tiny images.

use serde_json::{from_value, json};
use toile_cli::report::Pictures;
use toile_data::Dataset;
use toile_study::conduct::StudyView;
use toile_study::evidence::Evidence;
use toile_study::evidence::outcomes::{ModelOutcomes, Outcomes, RunOutcomes};
use toile_study::results::{
    ConfusionMatrix, EpochRow, Evaluation, ModelResults, Receipt, RunResults, RunStatus, StudyResults,
};

use crate::golden::plausible_results;

/// Names as `toile explain` and a tuned baseline leave them: more models than colours.
pub(super) const MANY_MODELS: [&str; 13] = [
    "baseline",
    "better",
    "baseline-40",
    "baseline-tuned",
    "baseline+dropout",
    "baseline+optimizer",
    "baseline+optimizer+epochs",
    "baseline+dropout+optimizer",
    "baseline+dropout+epochs",
    "baseline-tuned+dropout",
    "baseline-tuned+dropout+optimizer",
    "baseline-tuned+optimizer",
    "baseline-tuned+epochs",
];

/// All that a report is made of.
pub(super) struct Fixture {
    pub(super) results: StudyResults,
    pub(super) receipts: Vec<(String, u64, Receipt)>,
    pub(super) resolved: Vec<(String, String)>,
    pub(super) evidence: Evidence,
    pub(super) test: Dataset,
}

impl Fixture {
    pub(super) fn view(&self) -> StudyView<'_> {
        let Fixture { results, receipts, evidence, test, .. } = self;
        StudyView { results, receipts, evidence, test: Some(test), between_epochs: false }
    }

    /// The report's files, by name.
    pub(super) fn files(&self) -> Vec<(String, Vec<u8>)> {
        toile_cli::report::files(self.view(), &self.resolved, None, &[])
    }

    pub(super) fn without_data(&self, pictures: Option<&dyn Pictures>) -> Vec<(String, Vec<u8>)> {
        let view = StudyView { test: None, ..self.view() };
        toile_cli::report::files(view, &self.resolved, pictures, &[])
    }

    pub(super) fn html(&self) -> String {
        html_of(&self.files())
    }
}

pub(super) fn html_of(files: &[(String, Vec<u8>)]) -> String {
    let file = files.iter().find(|(name, _)| name == "report.html").expect("there is always a page");
    String::from_utf8(file.1.clone()).expect("HTML is text")
}

/// A number from 0 to 1 that looks like chance (the finaliser of SplitMix64).
fn chance(seed: u64, image: usize) -> f64 {
    let start = (seed << 32 | image as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (start ^ start >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ mixed >> 31) >> 40) as f64 / f64::from(1 << 24)
}

/// What a run makes of the images when it is right about this share of them.
pub(super) fn run(seed: u64, labels: &[u32], classes: u32, right: f64) -> RunOutcomes {
    let of = |image: usize| {
        let (label, luck) = (labels[image], chance(seed, image));
        let hit = luck < right;
        let other = 1 + (chance(seed + 33, image) * f64::from(classes - 1)) as u32;
        let prediction = if hit { label } else { (label + other) % classes };
        let sure = 0.4 + 0.59 * chance(seed + 77, image);
        let nll = if hit { -sure.ln() } else { -((1.0 - sure) / 2.0).ln() };
        (prediction, sure as f32, nll)
    };
    let all: Vec<(u32, f32, f64)> = (0..labels.len()).map(of).collect();
    RunOutcomes {
        seed,
        predictions: all.iter().map(|image| image.0).collect(),
        confidence: all.iter().map(|image| image.1).collect(),
        nll: all.iter().map(|image| image.2).collect(),
        folds: Vec::new(),
    }
}

fn confusion(labels: &[u32], run: &RunOutcomes, classes: usize) -> ConfusionMatrix {
    ConfusionMatrix::of(classes, labels.iter().copied().zip(run.predictions.iter().copied()))
}

fn run_results(labels: &[u32], run: &RunOutcomes, classes: usize) -> RunResults {
    let correct = run.correct(labels).iter().filter(|right| **right).count();
    let test_accuracy = correct as f64 / labels.len() as f64;
    let test_loss = run.nll.iter().sum::<f64>() / run.nll.len() as f64;
    let row = |epoch: u32| {
        let rest = 1.0 / f64::from(epoch);
        EpochRow {
            epoch,
            learning_rate: 0.001,
            train_loss: test_loss * (0.9 + rest) + 0.01 * run.seed as f64,
            train_accuracy: test_accuracy * (1.0 - 0.3 * rest),
            validation_loss: None,
            validation_accuracy: None,
            test_loss: Some(test_loss * (1.0 + rest - 1.0 / 4.0)),
            test_accuracy: Some(test_accuracy * (1.0 - 0.25 * rest)),
        }
    };
    let evaluation = Evaluation {
        weights: "last".into(),
        epoch: 4,
        train_loss: test_loss * 0.95,
        train_accuracy: test_accuracy + 0.01,
        validation_loss: None,
        validation_accuracy: None,
        test_loss: Some(test_loss),
        test_accuracy: Some(test_accuracy),
        confusion: confusion(labels, run, classes),
        test_accuracy_top5: (classes > 10).then_some(0.99),
    };
    RunResults {
        seed: run.seed,
        status: RunStatus::Finished,
        epochs: (1..=4).map(row).collect(),
        evaluation: Some(evaluation),
    }
}

/// Two models on so many images of this side, under these seeds.
pub(super) fn study(images: usize, side: usize, classes: usize, seeds: &[u64]) -> Fixture {
    study_of(&["baseline", "better"], [images, side, classes], seeds)
}

/// Models by these names, every other one the better, on so many images, their side, and classes.
pub(super) fn study_of(models: &[&str], [images, side, classes]: [usize; 3], seeds: &[u64]) -> Fixture {
    let model_names = models;
    let labels: Vec<u32> = (0..images).map(|image| (image % classes) as u32).collect();
    let template = plausible_results();
    let known = &template.dataset.class_names;
    let name = |class: usize| known.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
    let names: Vec<String> = (0..classes).map(name).collect();
    let (mut models, mut outcomes) = (Vec::new(), Vec::new());
    for (place, name) in model_names.iter().enumerate() {
        let mut model = template.models[place % 2].clone();
        model.name = name.to_string();
        if place > 1 {
            model.published = None;
        }
        super::set_epochs(&mut model.settings, 4);
        let of_seed = |seed: &u64| RunOutcomes {
            seed: *seed,
            // No two are wrong about the same images.
            ..run(*seed + 1_000 * (place / 2) as u64, &labels, classes as u32, [0.7, 0.9][place % 2])
        };
        let runs: Vec<RunOutcomes> = seeds.iter().map(of_seed).collect();
        models.push(ModelResults {
            runs: runs.iter().map(|run| run_results(&labels, run, classes)).collect(),
            published: model.published.clone().map(|mut published| {
                published.confusion = None;
                published.correct_of_class.retain(|(class, _)| names.contains(class));
                published
            }),
            ..model
        });
        outcomes.push(ModelOutcomes { name: name.to_string(), runs });
    }
    let pixels = images * side * side;
    let mut results = StudyResults { models, ..template };
    results.note = "The network is a reconstruction.".into();
    results.dataset.class_names.clone_from(&names);
    results.dataset.image_shape = [1, side, side];
    results.dataset.test_images = images;
    Fixture {
        receipts: Vec::new(),
        resolved: vec![("baseline".into(), "name = \"small\"\n".into())],
        evidence: Evidence {
            outcomes: Outcomes { labels: labels.clone(), models: outcomes },
            ..Evidence::default()
        },
        // Noise: what compresses worst.
        test: Dataset::new(
            [1, side, side],
            Vec::from_iter((0..pixels).map(|at| (chance(5, at) * 256.0) as u8)),
            labels,
            names,
        ),
        results,
    }
}

/// The small study with everything there is to show.
pub(super) fn everything() -> Fixture {
    let mut fixture = study(60, 4, 3, &[0, 1, 2]);
    let outcomes = &fixture.evidence.outcomes;
    let under_all = |model: usize, image: usize, right: bool| {
        outcomes.models[model]
            .runs
            .iter()
            .all(|run| (run.predictions[image] == outcomes.labels[image]) == right)
    };
    let changed = |right: bool| -> Vec<usize> {
        (0..60).filter(|image| under_all(0, *image, !right) && under_all(1, *image, right)).collect()
    };
    let interval = json!({ "low": 0.151, "high": 0.262, "confidence": 0.975 });
    let summary = |name: &str, mean: f64| {
        json!({ "name": name, "seeds": [0, 1, 2], "per_seed": [mean, mean, mean], "diverged": [], "mean": mean,
            "deviation": 0.01, "interval": interval })
    };
    let comparison = json!({
        "metric": "accuracy_top1", "alpha": 0.05, "look": 1, "images": 60,
        "margin": { "value": 0.01, "in_study_file": true },
        "models": [summary("baseline", 0.7), summary("better", 0.9)],
        "pairs": [{
            "first": "baseline", "second": "better", "verdict": "better",
            "difference": { "value": 0.207, "standard_error": 0.02, "interval": interval, "p_value": 0.00001,
                "variance": [0.0001, 0.0002, 0.0001] },
            "sentence": "better is better than baseline: +20.70 points of accuracy [15.10, 26.20].",
            "resolvable": 0.03, "resolvable_by_test_set": 0.02, "seeds_more": null, "mcnemar": null,
            "classes": [], "confusions": [],
            "fixed_by_every_seed": changed(true), "broken_by_every_seed": changed(false),
        }],
    });
    let effect = |factors: &[&str], value: f64| {
        json!({ "factors": factors, "value": value, "standard_error": 0.004,
            "interval": { "low": value - 0.01, "high": value + 0.01, "confidence": 0.95 } })
    };
    let cell = |model: &str, levels: [bool; 2], mean: f64| json!({ "model": model, "second_level": levels, "per_seed": [mean, mean, mean], "mean": mean, "interval": null });
    let attribution = json!({
        "first": "baseline", "second": "better", "metric": "accuracy_top1", "alpha": 0.05, "seeds": [0, 1, 2],
        "factors": [
            { "name": "optimizer", "first": "SGD, lr 0.001", "second": "Adam, lr 0.0001" },
            { "name": "dropout", "first": "0", "second": "0.5" },
        ],
        "cells": [cell("a", [false, false], 0.7), cell("b", [true, false], 0.9), cell("c", [false, true], 0.69), cell("d", [true, true], 0.91)],
        "gain": effect(&["optimizer", "dropout"], 0.207),
        "effects": [effect(&["optimizer"], 0.2), effect(&["dropout"], 0.0), effect(&["optimizer", "dropout"], 0.01)],
        "shapley": [effect(&["optimizer"], 0.21), effect(&["dropout"], -0.003)],
        "shares": [1.014, -0.014],
        "sentence": "optimizer +21.0 points, dropout -0.3 points.",
        "warnings": ["SGD at 0.001 is untuned: part of the optimizer's share is tuning."],
    });
    let points: Vec<_> = [0.0, 0.25, 0.5, 0.9]
        .iter()
        .map(|share| json!({ "share": share, "per_seed": [0.9], "mean": 0.9 - share * 0.5, "range": [0.3, 0.91] }))
        .collect();
    let ablation = json!({ "layers": ["fc1", "fc2"], "draws": 5,
        "models": [{ "name": "better", "seeds": [0, 1, 2], "points": points }] });
    fixture.evidence.comparison = Some(from_value(comparison).expect("a comparison"));
    fixture.evidence.attributions = vec![from_value(attribution).expect("an attribution")];
    fixture.evidence.ablation = Some(from_value(ablation).expect("an ablation"));
    fixture
}
