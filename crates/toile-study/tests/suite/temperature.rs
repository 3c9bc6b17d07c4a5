//! Temperature scaling against SciPy.

use serde::Deserialize;
use toile_study::calibration::temperature::{Fitted, fit, scale};

/// Written by `bench/golden/temperature.py`.
#[derive(Deserialize)]
struct Case {
    classes: usize,
    labels: Vec<u32>,
    log_probabilities: Vec<f32>,
    temperature: f64,
    nll_before: f64,
    nll_after: f64,
}

#[test]
fn agrees_with_scipy() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("temperature.json")).unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let Fitted { temperature, nll_before, nll_after } =
            fit(&case.log_probabilities, &case.labels, case.classes).unwrap();
        // Both know the zero of a derivative whose terms are of size one.
        assert!((temperature / case.temperature - 1.0).abs() < 1e-11, "{temperature} {}", case.temperature);
        assert!((nll_before - case.nll_before).abs() < 1e-13, "{nll_before} {}", case.nll_before);
        assert!((nll_after - case.nll_after).abs() < 1e-13, "{nll_after} {}", case.nll_after);
        let mut rows = case.log_probabilities.clone();
        scale(&mut rows, case.classes, temperature);
        let own =
            rows.chunks_exact(case.classes).zip(&case.labels).map(|(row, &l)| -f64::from(row[l as usize]));
        let mean = own.sum::<f64>() / case.labels.len() as f64;
        assert!((mean - nll_after).abs() < 1e-6, "{mean} {nll_after}");
    }
}
