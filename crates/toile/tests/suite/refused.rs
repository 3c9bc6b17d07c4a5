//! Settings that no study file could have are refused in code too, by the file's own words.

use toile::optimizer::{Adam, Muon, RMSprop, SGD};
use toile::schedule::{LearningRate, Schedule};
use toile::{
    Average, Clip, Error, Normalization, ParameterGroup, Recipe, Selection, TestTimeAugmentation, Treatment,
    Validation, layers, layers::*,
};

fn recipe() -> Recipe {
    Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 1, ..Recipe::default() }
}

fn at(base: f64) -> Recipe {
    Recipe { learning_rate: LearningRate::constant(base), ..recipe() }
}

fn moved(schedule: Schedule) -> Recipe {
    Recipe { learning_rate: LearningRate { schedule, ..LearningRate::constant(0.1) }, ..recipe() }
}

#[test]
fn what_no_study_file_could_say_is_not_trained() {
    let data = toile::data::load("fashion-mnist-small").unwrap();
    let by = |optimizer: toile::Optimizer| Recipe { optimizer, ..recipe() };
    let grouped = |select, treatment| Recipe {
        parameter_groups: vec![ParameterGroup { select, treatment }],
        ..recipe()
    };
    let first = || Selection { layer: Some("fc1".into()), ..Selection::default() };
    for (recipe, expected) in [
        (at(0.0), "`lr`: 0.0 is out of range; choose a number more than 0"),
        (at(-0.1), "`lr`: -0.1 is out of range"),
        (at(f64::NAN), "`optimizer` has a value that is no number"),
        (at(f64::INFINITY), "`lr`: inf is out of range"),
        (by(SGD { momentum: 1.0, ..SGD::default() }.into()), "`momentum`: 1.0 is out of range"),
        (by(SGD { nesterov: true, ..SGD::default() }.into()), "nesterov looks ahead"),
        (by(SGD { weight_decay: -1.0, ..SGD::default() }.into()), "`weight_decay`: -1.0 is out of range"),
        (by(SGD { weight_decay: f64::NAN, ..SGD::default() }.into()), "`optimizer` has a value"),
        (by(Adam { betas: (0.9, 1.0), ..Adam::default() }.into()), "`betas`, entry 2: 1.0 is out of range"),
        (by(Adam { eps: 0.0, ..Adam::default() }.into()), "`eps`: 0.0 is out of range"),
        (by(RMSprop { alpha: 1.5, ..RMSprop::default() }.into()), "`alpha`: 1.5 is out of range"),
        (by(Muon { ns_steps: 100, ..Muon::default() }.into()), "`ns_steps`: 100 is out of range"),
        (grouped(first(), Treatment::Own { optimizer: SGD::default().into(), lr: 0.0 }), "`lr`: 0.0"),
        (grouped(first(), Treatment::Changed { lr: None, weight_decay: Some(-1.0) }), "`weight_decay`: -1.0"),
        (grouped(first(), Treatment::Changed { lr: None, weight_decay: None }), "changes nothing"),
        (grouped(Selection::default(), Treatment::Frozen), "selects nothing"),
        (Recipe { clip: Some(Clip::Norm(0.0)), ..recipe() }, "`clip_grad_norm`: 0.0 is out of range"),
        (Recipe { clip: Some(Clip::Value(-1.0)), ..recipe() }, "`clip_grad_value`: -1.0"),
        (moved(Schedule::Step { step_size: 0, gamma: 0.1 }), "`step_size`: 0 is out of range"),
        (moved(Schedule::Step { step_size: 1, gamma: 0.0 }), "`gamma`: 0.0 is out of range"),
        (moved(Schedule::Cosine { eta_min: -1.0 }), "`eta_min`: -1.0 is out of range"),
        (moved(Schedule::PiecewiseLinear { points: vec![] }), "no point has a factor above 0"),
        (
            moved(Schedule::PiecewiseLinear { points: vec![(0.5, 1.0), (0.25, 0.0)] }),
            "is not behind the share",
        ),
        (
            moved(Schedule::WarmupStableDecay { warmup: 0.6, decay: 0.5, shape: Default::default() }),
            "the decay begins before the warm-up ends",
        ),
        (
            Recipe { average: Some(Average::Swa { start: 1.0 }), ..recipe() },
            "`start`: 1.0 is out of range; choose a number from 0 up to, but not including, 1",
        ),
        (
            Recipe { average: Some(Average::Lookahead { k: 0, alpha: 0.5, power: 0.0 }), ..recipe() },
            "`k`: 0 is out of range",
        ),
        (Recipe { epochs: 0, ..recipe() }, "`epochs`: 0 is out of range"),
        (
            Recipe {
                learning_rate: LearningRate { warmup_epochs: 2, ..LearningRate::constant(0.1) },
                ..recipe()
            },
            "end inside the warm-up",
        ),
        (Recipe { batch_size: 0, ..recipe() }, "`batch_size`: 0 is out of range"),
        (Recipe { label_smoothing: 1.0, ..recipe() }, "`label_smoothing`: 1.0 is out of range"),
        (Recipe { label_smoothing: -0.1, ..recipe() }, "`label_smoothing`: -0.1 is out of range"),
        (
            Recipe { normalization: Normalization::fixed(vec![0.0], vec![0.0]), ..recipe() },
            "`std`, entry 1: 0.0",
        ),
        (
            Recipe { validation: Some(Validation::Share(0.9)), ..recipe() },
            "choose among epochs: train the recipe as a study",
        ),
        (Recipe { early_stopping: Some(3), ..recipe() }, "choose among epochs: train the recipe as a study"),
        (
            Recipe { test_time_augmentation: Some(TestTimeAugmentation::default()), ..recipe() },
            "nothing but the image itself",
        ),
        (
            Recipe { layers: layers![Flatten, Dropout { p: 1.0 }, Linear::new(10), LogSoftmax], ..recipe() },
            "`p`: 1.0 is out of range",
        ),
        (Recipe { layers: layers![], ..recipe() }, "the network has no layers"),
    ] {
        let found = toile::train(&recipe, &data.train, 0);
        let Err(Error::Setting(said)) = found else { panic!("{recipe:?} is trained") };
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
}
