//! The classroom study with two seeds more, and invented evidence whose every number can be told apart.

use toile_cli::outputs;
use toile_study::conduct::StudyView;
use toile_study::evidence::ablation::{AblatedModel, AblatedPoint, Ablation};
use toile_study::evidence::attribution::{Attribution, Effect};
use toile_study::evidence::comparison::{
    ClassChange, ComparedPair, Comparison, ConfusionChange, Difference, Margin, ModelSummary, VerdictWord,
};
use toile_study::evidence::outcomes::{ModelOutcomes, Outcomes, RunOutcomes};
use toile_study::evidence::{Evidence, Interval, Metric};
use toile_study::results::{ConfusionMatrix, StudyResults};
use toile_study::run::{RunId, RunView};

use crate::golden::plausible_results;

/// Three seeds of each model; the later ones are a little worse, and one baseline diverges in its last epoch.
pub(super) fn results() -> StudyResults {
    let mut results = plausible_results();
    for model in &mut results.models {
        for seed in [1, 2] {
            let mut run = model.runs[0].clone();
            run.seed = seed;
            for row in &mut run.epochs {
                row.test_loss = row.test_loss.map(|loss| loss * (1.0 + 0.1 * seed as f64));
                row.train_loss *= 1.0 + 0.05 * seed as f64;
                row.test_accuracy = row.test_accuracy.map(|accuracy| accuracy - 0.01 * seed as f64);
            }
            let evaluation = run.evaluation.as_mut().unwrap();
            evaluation.test_accuracy = evaluation.test_accuracy.map(|accuracy| accuracy - 0.01 * seed as f64);
            let mut rows = evaluation.confusion.to_rows();
            rows[0][0] -= seed;
            rows[0][6] += seed;
            evaluation.confusion = ConfusionMatrix::from_rows(&rows).expect("a square");
            model.runs.push(run);
        }
    }
    results.models[0].runs[2].epochs.last_mut().unwrap().test_loss = Some(f64::NAN);
    results
}

fn interval(low: f64, high: f64) -> Option<Interval> {
    Some(Interval { low, high, confidence: 0.95 })
}

/// Four images; what is hard and what is fixed is known by hand.
fn outcomes() -> Outcomes {
    let run = |seed, predictions: [u32; 4], nll: [f64; 4]| RunOutcomes {
        seed,
        predictions: predictions.to_vec(),
        confidence: vec![0.5, 0.7, 0.75, 1.0],
        nll: nll.to_vec(),
        folds: Vec::new(),
    };
    Outcomes {
        labels: vec![0, 1, 2, 3],
        models: vec![
            ModelOutcomes {
                name: "baseline".into(),
                runs: vec![
                    run(0, [6, 1, 4, 3], [2.0, 0.5, 3.0, 0.0]),
                    run(1, [6, 1, 4, 3], [3.0, 0.5, 1.0, 0.0]),
                    run(2, [0, 1, 2, 3], [0.1, 0.5, 0.2, 0.0]),
                ],
            },
            ModelOutcomes { name: "better".into(), runs: vec![run(0, [0, 1, 2, 9], [0.1, 0.25, 0.2, 7.0])] },
        ],
    }
}

fn comparison() -> Comparison {
    let summary = |name: &str, mean: f64| ModelSummary {
        name: name.into(),
        seeds: vec![0, 1, 2],
        per_seed: vec![mean, mean, mean],
        diverged: vec![],
        mean: Some(mean),
        deviation: Some(0.001),
        interval: interval(mean - 0.01, mean + 0.01),
    };
    Comparison {
        metric: Metric::AccuracyTop1,
        alpha: 0.05,
        look: 1,
        images: 4,
        folds: None,
        warnings: vec![],
        margin: Some(Margin { value: 0.003, in_study_file: true }),
        models: vec![summary("baseline", 0.69), summary("better", 0.91)],
        pairs: vec![ComparedPair {
            first: "baseline".into(),
            second: "better".into(),
            difference: Some(Difference {
                value: 0.22,
                standard_error: 0.004,
                interval: Interval { low: 0.21, high: 0.23, confidence: 0.975 },
                p_value: 1e-9,
                variance: [1e-5, 2e-5, 3e-5],
            }),
            verdict: VerdictWord::Better,
            undecided: None,
            sentence: "better is better, by 22 points".into(),
            resolvable: None,
            resolvable_by_test_set: None,
            seeds_more: None,
            mcnemar: None,
            classes: vec![ClassChange { class: "Shirt".into(), images: 1000, fixed: 300.5, broken: 20.25 }],
            confusions: vec![ConfusionChange {
                truth: "Coat".into(),
                predicted: "Pullover".into(),
                first: 331.0,
                second: 60.5,
                fixed: 280.5,
                broken: 10.0,
            }],
            fixed_by_every_seed: vec![2],
            broken_by_every_seed: vec![3],
        }],
    }
}

fn attribution() -> Attribution {
    let effect = |factors: &[&str], value: f64| Effect {
        factors: factors.iter().map(|f| f.to_string()).collect(),
        aliases: vec![],
        value,
        standard_error: 0.002,
        interval: interval(value - 0.005, value + 0.005),
    };
    Attribution {
        first: "baseline".into(),
        second: "better".into(),
        metric: Metric::AccuracyTop1,
        alpha: 0.05,
        seeds: vec![0, 1, 2],
        folds: None,
        fraction: None,
        factors: vec![],
        cells: vec![],
        gain: effect(&["optimizer", "epochs"], 0.22),
        effects: vec![effect(&["optimizer"], 0.2), effect(&["optimizer", "epochs"], -0.01)],
        shapley: vec![effect(&["optimizer"], 0.19), effect(&["epochs"], 0.03)],
        shares: Some(vec![0.85, 0.15]),
        sentence: String::new(),
        warnings: vec![],
    }
}

fn ablation() -> Ablation {
    let point = |share, per_seed: [f64; 2]| AblatedPoint {
        share,
        per_seed: per_seed.to_vec(),
        mean: (per_seed[0] + per_seed[1]) / 2.0,
        range: [per_seed[0] - 0.125, per_seed[1] + 0.125],
    };
    Ablation {
        layers: vec!["fc1".into()],
        draws: 5,
        models: vec![AblatedModel {
            name: "better".into(),
            seeds: vec![1, 0],
            points: vec![point(0.0, [0.75, 0.875]), point(0.5, [0.25, 0.5])],
        }],
    }
}

pub(super) fn evidence() -> Evidence {
    Evidence {
        outcomes: outcomes(),
        ensembles: Vec::new(),
        comparison: Some(comparison()),
        attributions: vec![attribution()],
        ablation: Some(ablation()),
        suspects: None,
    }
}

/// The files of a study.
pub(super) fn study_files(results: &StudyResults, evidence: &Evidence, between_epochs: bool) -> Files {
    Files(outputs::study_files(StudyView { results, receipts: &[], evidence, test: None, between_epochs }))
}

/// The files of a model's first run.
pub(super) fn run_files(results: &StudyResults, model: usize) -> Files {
    let model = &results.models[model];
    let run = &model.runs[0];
    Files(outputs::run_files(RunView {
        run: &RunId { model: model.name.clone(), seed: run.seed },
        title: &RunId { model: model.name.clone(), seed: run.seed }.to_string(),
        class_names: &results.dataset.class_names,
        evaluation: run.evaluation.as_ref().expect("it was tested"),
        epochs: &run.epochs,
    }))
}

pub(super) struct Files(Vec<(String, Vec<u8>)>);

impl Files {
    pub(super) fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[track_caller]
    pub(super) fn bytes(&self, name: &str) -> &[u8] {
        let found = self.0.iter().find(|(other, _)| other == name);
        &found.unwrap_or_else(|| panic!("no {name} among {:?}", self.names())).1
    }

    #[track_caller]
    pub(super) fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.bytes(name)).expect("it is text")
    }
}
