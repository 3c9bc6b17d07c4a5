//! Quantiles and tails beside SciPy's, and what they do at their ends.

use serde::Deserialize;
use toile_statistics::distributions::*;

#[derive(Deserialize)]
struct Reference {
    student_quantiles: Vec<(f64, f64, f64)>,
    student_outside: Vec<(f64, f64, f64)>,
    normal_quantiles: Vec<(f64, f64)>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../reference.json")).unwrap()
}

#[track_caller]
fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance * expected, "{what}: {found:e}, not {expected:e}");
}

#[test]
fn student_agrees_with_scipy() {
    for (p, nu, t) in reference().student_quantiles {
        assert_close(student_two_sided(p, nu), t, 1e-9, &format!("quantile {p} of {nu}"));
    }
    for (t, nu, p) in reference().student_outside {
        assert_close(student_outside(t, nu), p, 1e-9, &format!("P(|T| > {t}) with {nu}"));
    }
}

#[test]
fn normal_agrees_with_scipy() {
    for (p, z) in reference().normal_quantiles {
        assert_close(normal_two_sided(p), z, 1e-12, &format!("quantile {p}"));
        assert_close(2.0 * normal_above(z), p, 1e-12, &format!("P(|Z| > {z})"));
    }
}

#[test]
fn student_becomes_normal_without_a_step() {
    for p in [0.05, 1e-6] {
        let (below, above) = (student_two_sided(p, NU_NORMAL), student_two_sided(p, NU_NORMAL * 1.001));
        assert_close(below, above, 1e-6, &format!("quantile {p}"));
    }
}

#[test]
fn ends() {
    assert_eq!(student_two_sided(1.0, 3.0), 0.0);
    assert_eq!(student_two_sided(0.0, 3.0), f64::INFINITY);
    assert_eq!(student_outside(0.0, 3.0), 1.0);
    assert_eq!(student_outside(f64::INFINITY, 3.0), 0.0);
    for (p, nu) in [(1e-150, 1.0), (1e-300, 2.0), (1e-300, 9999.0), (0.999_999, 2.0)] {
        let back = student_outside(student_two_sided(p, nu), nu);
        assert_close(-back.ln(), -p.ln(), 1e-9, &format!("there and back, {p}, {nu}"));
    }
}
