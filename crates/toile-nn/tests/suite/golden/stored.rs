//! The stored values of a case, and the comparison with a tensor.

use serde_json::Value;

use super::formula::Formula;

/// Of the larger of a value and its tensor's root mean square, and never more than of max(1, |value|). Sums
/// over a tensor get no more than a single value does, so one wrong value shows in them.
const TOLERANCE: f64 = 1e-9;
/// A gradient that is zero but for rounding (a bias in front of a BatchNorm) is compared as if its tensor's
/// root mean square were this.
const GRADIENT_SCALE_MIN: f64 = 1e-3;

/// A case's file.
pub(super) struct Stored {
    case: &'static str,
    json: Value,
    /// What differs, a line a tensor.
    mismatches: Vec<String>,
    compared: Vec<String>,
}

impl Stored {
    pub(super) fn read(case: &'static str) -> Self {
        let path = format!("{}/tests/golden/{case}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        Stored { case, json, mismatches: vec![], compared: vec![] }
    }

    /// Compares a step's entry of a list beside the tensors: `losses`, `correct`.
    pub(super) fn check_step(&mut self, list: &str, step: usize, got: f64) {
        let want = self.json[list][step].as_f64();
        let want = want.unwrap_or_else(|| panic!("{}: no {list}[{step}]", self.case));
        self.check_value(&format!("{list}[{step}]"), want.abs(), want, got);
    }

    /// Compares the tensor stored as `label`, in PyTorch's order.
    pub(super) fn check(&mut self, label: &str, shape: &[usize], got: &[f64]) {
        let tensor = self.json["tensors"][label].clone();
        assert!(tensor.is_object(), "{}: nothing is stored as {label}", self.case);
        self.compared.push(label.to_string());
        let want_shape: Vec<usize> = numbers(&tensor["shape"]).iter().map(|&n| n as usize).collect();
        if want_shape != shape || shape.iter().product::<usize>() != got.len() {
            let found = format!("{label}: shape {shape:?} of {} values, expected {want_shape:?}", got.len());
            self.mismatches.push(found);
            return;
        }
        let (len, before) = (got.len(), self.mismatches.len());
        let whole = numbers(&tensor["values"]);
        let norm = match tensor["norm"].as_f64() {
            Some(norm) => norm,
            None => exact_sum(whole.iter().map(|x| x * x)).sqrt(),
        };
        let floor = if label.starts_with("gradient/") { GRADIENT_SCALE_MIN } else { 0.0 };
        let scale = (norm / (len as f64).sqrt()).clamp(floor, 1.0);
        if !whole.is_empty() {
            assert_eq!(whole.len(), len, "{}: {label} is stored in part", self.case);
            for (i, (&want, &got)) in whole.iter().zip(got).enumerate() {
                self.check_value(&format!("{label}[{i}]"), scale.max(want.abs()), want, got);
            }
        } else {
            let name = format!("{}/{label}", self.case);
            let samples = numbers(&tensor["samples"]);
            let dots = numbers(&tensor["dots"]);
            assert!(samples.len() == 64 && dots.len() == 4, "{}: {label} is stored in part", self.case);
            let places = Formula::of(&format!("{name}/sample"));
            for (k, &want) in samples.iter().enumerate() {
                let i = places.integer(k, len);
                self.check_value(&format!("{label}[{i}]"), scale.max(want.abs()), want, got[i]);
            }
            for (k, &want) in dots.iter().enumerate() {
                let signs = Formula::of(&format!("{name}/dot/{k}"));
                let dot = exact_sum(got.iter().enumerate().map(|(i, &x)| x * signs.sign(i)));
                self.check_value(&format!("{label} . signs {k}"), scale, want, dot);
            }
            let want = tensor["sum"].as_f64().expect("a sum");
            self.check_value(&format!("sum of {label}"), scale, want, exact_sum(got.iter().copied()));
            let got_norm = exact_sum(got.iter().map(|x| x * x)).sqrt();
            self.check_value(&format!("norm of {label}"), scale, norm, got_norm);
        }
        // The first few places of a wrong tensor are enough.
        let found = self.mismatches.len() - before;
        if found > 4 {
            self.mismatches.truncate(before + 4);
            self.mismatches.push(format!("{label}: and {} more", found - 4));
        }
    }

    fn check_value(&mut self, place: &str, scale: f64, want: f64, got: f64) {
        let error = (got - want).abs();
        if error.is_nan() || error > TOLERANCE * scale {
            self.mismatches.push(format!("{place}: got {got:e}, PyTorch has {want:e}, apart by {error:.1e}"));
        }
    }

    /// Every difference found, and every stored tensor that nobody compared.
    pub(super) fn mismatches(mut self) -> Vec<String> {
        for label in self.json["tensors"].as_object().expect("tensors").keys() {
            if !self.compared.contains(label) {
                self.mismatches.push(format!("{label} is stored and was not compared"));
            }
        }
        self.mismatches.into_iter().map(|line| format!("{}: {line}", self.case)).collect()
    }
}

fn numbers(json: &Value) -> Vec<f64> {
    json.as_array().map_or(vec![], |list| list.iter().map(|x| x.as_f64().expect("a number")).collect())
}

/// Neumaier's compensated sum: as good as exact here, so that a digest's rounding hides nothing.
fn exact_sum(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    for x in terms {
        let next = sum + x;
        lost += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
        sum = next;
    }
    sum + lost
}
