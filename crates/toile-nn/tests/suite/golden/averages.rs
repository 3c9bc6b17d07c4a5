//! Averages of weights against `torch.optim.swa_utils`, and Lookahead against its formula: `bench/golden/averages.py`.

use serde_json::Value;
use toile_kernels::average::reference::toward;
use toile_nn::average::{Average, StepsDone};

use super::formula::Formula;

const STEPS: u64 = 10;
const VALUES: usize = 7;
/// Two steps an epoch.
const EPOCHS: u32 = 5;

/// The numbers that a step adds to a parameter and to a buffer; those they start with.
fn numbers(parameter: &str, buffer: &str) -> Vec<f64> {
    let of = |name: &str| {
        let formula = Formula::of(&format!("averages/{name}"));
        (0..VALUES).map(move |index| formula.symmetric(index))
    };
    of(parameter).chain(of(buffer)).collect()
}

/// Average and weights after each step; no average before it has begun.
fn ran(average: Average) -> Vec<(Option<Vec<f64>>, Vec<f64>)> {
    let mut weights = numbers("start", "running");
    let mut slow = weights.clone();
    let step = |done| {
        let added = numbers(&format!("step/{done}"), &format!("running/{done}"));
        weights.iter_mut().zip(added).for_each(|(weight, added)| *weight += added);
        let at = StepsDone { done, steps: STEPS / u64::from(EPOCHS), epochs: EPOCHS };
        if let Some(step) = average.step(at) {
            toward(step.share, &mut slow, &weights);
            if step.resets_weights {
                weights.clone_from(&slow);
            }
        }
        (average.has_begun(at).then(|| slow.clone()), weights.clone())
    };
    (1..=STEPS).map(step).collect()
}

fn same(what: &str, got: &[f64], expected: &Value) {
    let expected = expected.as_array().unwrap_or_else(|| panic!("{what}: nothing is stored"));
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        let expected = expected.as_f64().expect("a number");
        assert!((got - expected).abs() <= 1e-13, "{what}: {got}, expected {expected}");
    }
}

#[test]
fn averages_are_those_of_pytorch() {
    let stored = include_str!("../../golden/averages.json");
    let stored: Value = serde_json::from_str(stored).expect("JSON");
    let ema = |decay, every| Average::Ema { decay, every, warmup: false };
    let lookahead = |k, alpha, power| Average::Lookahead { k, alpha, power };
    let alpha = 1.0 - 0.95f64.powi(5);
    for (name, average) in [
        ("ema", ema(0.9, 1)),
        ("ema_every_3", ema(0.75, 3)),
        ("swa", Average::Swa { start: 0.4 }),
        ("lookahead", lookahead(3, 0.5, 0.0)),
        ("lookahead_rising", lookahead(5, alpha, 3.0)),
    ] {
        for (step, (slow, fast)) in ran(average).into_iter().enumerate() {
            let (what, stored) = (format!("{name}, step {step}"), &stored[name][step]);
            match (slow, stored) {
                (Some(slow), Value::Object(both)) => {
                    same(&what, &slow, &both["slow"]);
                    same(&what, &fast, &both["fast"]);
                }
                (Some(slow), values) => same(&what, &slow, values),
                (None, Value::Object(both)) => same(&what, &fast, &both["fast"]),
                (None, values) => assert!(values.is_null(), "{what} has begun"),
            }
        }
    }
}

/// The decay of a warm-up is TensorFlow's: min(decay, (1 + n) / (10 + n)).
#[test]
fn a_warm_up_remembers_little_at_first() {
    let average = Average::Ema { decay: 0.5, every: 2, warmup: true };
    let share = |done| average.step(StepsDone { done, steps: 5, epochs: 100 }).map(|step| step.share);
    assert_eq!([0, 1, 2, 3].map(share), [None, None, Some(1.0), None]);
    assert_eq!(
        [4, 6, 16].map(share),
        [Some(1.0 - 3.0 / 12.0), Some(1.0 - 4.0 / 13.0), Some(1.0 - 9.0 / 18.0)]
    );
    assert_eq!([18, 1000].map(share), [Some(0.5); 2]);
}
