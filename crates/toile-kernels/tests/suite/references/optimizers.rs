//! The optimizers' plain references.

use toile_kernels::optimizer::{self, AdamSettings, AdamStep, SgdStep};

use super::{bounded, uniform, wide};

#[test]
fn optimizers_are_bounded_against_f64() {
    let [w, g, m] = [1, 2, 3].map(|seed| uniform(seed, 100));
    let v: Vec<f32> = uniform(4, 100).iter().map(|v| v.abs() + 0.01).collect();
    for (momentum, weight_decay, nesterov) in [(0.0, 0.0, false), (0.9, 0.1, false), (0.9, 0.01, true)] {
        let step = |rate: f64| SgdStep { negative_rate: -rate, momentum, weight_decay, nesterov };
        let narrow = SgdStep {
            negative_rate: -0.1f32,
            momentum: momentum as f32,
            weight_decay: weight_decay as f32,
            nesterov,
        };
        let buffer = if momentum == 0.0 { vec![] } else { m.clone() };
        let (mut got, mut got_buffer) = (w.clone(), buffer.clone());
        optimizer::sgd(&narrow, &mut got, &g, &mut got_buffer);
        let (mut exact, mut exact_buffer) = (wide(&w), wide(&buffer));
        optimizer::sgd(&step(0.1), &mut exact, &wide(&g), &mut exact_buffer);
        // The direction is at most 3 with 7 roundings (scalars included), times 0.1; the sum is below 1.3.
        bounded(&got, &exact, &[2.0; 100], 3, "sgd");
    }
    for decoupled in [false, true] {
        let settings = AdamSettings { betas: (0.9, 0.999), eps: 1e-8, weight_decay: 0.1, decoupled };
        let (mut got, mut got_m, mut got_v) = (w.clone(), m.clone(), v.clone());
        optimizer::adam(&AdamStep::new(&settings, 0.01, 3), &mut got, &g, &mut got_m, &mut got_v);
        let (mut exact, mut exact_m, mut exact_v) = (wide(&w), wide(&m), wide(&v));
        let step = AdamStep::new(&settings, 0.01, 3);
        optimizer::adam(&step, &mut exact, &wide(&g), &mut exact_m, &mut exact_v);
        bounded(&got_m, &exact_m, &[1.1; 100], 5, "adam's first moment");
        bounded(&got_v, &exact_v, &[1.1; 100], 5, "adam's second moment");
        // The step is lr / 0.271 * m / (sqrt(v) / sqrt(0.003)) < 0.02 with about 12 roundings.
        bounded(&got, &exact, &[1.1; 100], 3, "adam");
    }
}

/// The first step of Adam is the learning rate in the gradient's direction; AdamW shrinks first.
#[test]
fn adam_corrects_its_bias() {
    for (decoupled, expected) in [(false, 0.99), (true, 0.985)] {
        let weight_decay = if decoupled { 0.5 } else { 0.0 };
        let settings = AdamSettings { betas: (0.9, 0.999), eps: 0.0, weight_decay, decoupled };
        let (mut w, mut m, mut v) = ([1.0f64], [0.0f64], [0.0f64]);
        optimizer::adam(&AdamStep::new(&settings, 0.01, 1), &mut w, &[7.0], &mut m, &mut v);
        assert!((w[0] - expected).abs() < 1e-12, "{w:?}");
    }
}

/// Where three steps, given their number from 1, the parameters and the gradients, lead.
fn three_steps(mut step: impl FnMut(u64, &mut [f64], &[f64])) -> [f64; 3] {
    let mut w = [1.0, -2.0, 0.5];
    for (t, factor) in [1.0, -2.0, 3.0].into_iter().enumerate() {
        step(t as u64 + 1, &mut w, &[0.5, -1.0, 2.0].map(|g: f64| g * factor));
    }
    w
}

/// Three steps of rate 0.1 on gradients 1, -2 and 3 times the same, by PyTorch 2.15 in float64.
#[test]
fn optimizers_are_pytorchs() {
    let close = |got: [f64; 3], expected: [f64; 3]| {
        assert!(got.iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-14), "{got:?}, not {expected:?}");
    };
    for (momentum, nesterov, expected) in [
        (0.0, false, [0.812628, -1.625256, 0.05615649999999995]),
        (0.9, false, [0.743148, -1.486296, 0.04661649999999995]),
        (0.9, true, [0.589220352, -1.178440704, -0.3411356165]),
    ] {
        let step = SgdStep { negative_rate: -0.1, momentum, weight_decay: 0.3, nesterov };
        let mut buffer = if momentum == 0.0 { vec![] } else { vec![0.0; 3] };
        close(three_steps(|_, w, g| optimizer::sgd(&step, w, g, &mut buffer)), expected);
    }
    for (decoupled, expected) in [
        (false, [0.8494405876968928, -1.8476516268720684, 0.397337803123963]),
        (true, [0.8211960915587035, -1.7337833291339888, 0.36473088361973705]),
    ] {
        let settings = AdamSettings { betas: (0.8, 0.95), eps: 1e-3, weight_decay: 0.3, decoupled };
        let [mut m, mut v] = [[0.0; 3], [0.0; 3]];
        let got = three_steps(|t, w, g| {
            optimizer::adam(&AdamStep::new(&settings, 0.1, t), w, g, &mut m, &mut v);
        });
        close(got, expected);
    }
}
