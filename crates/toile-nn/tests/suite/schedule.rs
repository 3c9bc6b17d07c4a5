//! Learning rates from step to step.

use toile_nn::schedule::{Decay, LearningRate, Schedule};

/// Rates written by PyTorch 2.15 (`StepLR`, `CosineAnnealingLR`, `OneCycleLR`), one an epoch for the
/// schedules that move once an epoch.
#[test]
fn agrees_with_pytorch() {
    let one_cycle = Schedule::OneCycle { pct_start: 0.3, div_factor: 25.0, final_div_factor: 1e4 };
    let short_cycle = Schedule::OneCycle { pct_start: 0.25, div_factor: 10.0, final_div_factor: 100.0 };
    #[rustfmt::skip]
    let cases: [(f64, Schedule, u64, &[f64]); 6] = [
        (0.05, Schedule::Step { step_size: 2, gamma: 0.3 }, 2,
            &[0.05, 0.05, 0.015, 0.015, 0.0045, 0.0045, 0.0013499999999999999]),
        (0.1, Schedule::Cosine { eta_min: 0.0 }, 2,
            &[0.1, 0.09504844339512096, 0.08117449009293669, 0.061126046697815725, 0.03887395330218429,
            0.018825509907063328, 0.004951556604879048]),
        (0.1, Schedule::Cosine { eta_min: 0.001 }, 3,
            &[0.1, 0.0905463412215599, 0.06579634122155989, 0.035203658778440096, 0.010453658778440105]),
        (0.1, Schedule::Cosine { eta_min: 0.001 }, 3, &[0.1]),
        // One step an epoch: the rates of 20 and 21 steps.
        (0.1, one_cycle, 1,
            &[0.0040000000000000036, 0.013167184270002533, 0.037167184270002526, 0.06683281572999747,
            0.09083281572999748, 0.1, 0.09874640062350874, 0.09504846320134738, 0.089091617757105,
            0.0811745653949763, 0.07169430017913009, 0.06112620219362893, 0.0500002, 0.03887419780637107,
            0.028306099820869922, 0.0188258346050237, 0.010908782242895003, 0.004951936798652629,
            0.0012539993764912555, 4e-07]),
        (0.02, short_cycle, 1,
            &[0.0019999999999999983, 0.0043489197450140675, 0.010169584764830281, 0.016423711727413307,
            0.019846757897155117, 0.019888419953989035, 0.019397529281651227, 0.018534375907505236,
            0.017333188199579963, 0.015841599285625552, 0.014118758160274811, 0.01223298413022358,
            0.010259057610463349, 0.008275254705107366, 0.006360243166579714, 0.004589962823981064,
            0.0030346141873201335, 0.0017558746445832133, 0.0008044526434146268,
            0.00021807684639304717, 2e-05]),
    ];
    for (base, schedule, steps_per_epoch, expected) in cases {
        let rate = LearningRate { base, schedule, warmup_epochs: 0 };
        let epochs = expected.len() as u32;
        for (epoch, &expected) in expected.iter().enumerate() {
            for step in epoch as u64 * steps_per_epoch..(epoch as u64 + 1) * steps_per_epoch {
                let got = rate.at(step, steps_per_epoch, epochs);
                // PyTorch's cosine multiplies its way from epoch to epoch: some 10 roundings of the base.
                assert!((got - expected).abs() <= 1e-15 * base * 10.0, "{rate:?} {step}: {got}");
            }
        }
    }
}

#[test]
fn one_cycle_depends_on_all_steps_and_not_on_the_epochs() {
    let schedule = Schedule::OneCycle { pct_start: 0.3, div_factor: 25.0, final_div_factor: 1e4 };
    let rate = LearningRate { base: 0.1, schedule, warmup_epochs: 0 };
    for step in 0..20 {
        assert_eq!(rate.at(step, 4, 5), rate.at(step, 1, 20));
    }
}

#[test]
fn degenerate_trainings_have_finite_rates() {
    for pct_start in [0.0, 0.25, 0.5, 1.0] {
        let schedule = Schedule::OneCycle { pct_start, div_factor: 25.0, final_div_factor: 1e4 };
        for epochs in 1..5 {
            for step in 0..u64::from(epochs) {
                let rate = LearningRate { base: 0.1, schedule: schedule.clone(), warmup_epochs: 0 };
                let rate = rate.at(step, 1, epochs);
                assert!(rate > 0.0 && rate <= 0.1, "{pct_start} {epochs} {step}: {rate}");
            }
        }
    }
}

#[test]
fn warm_up_scales_the_schedule_step_by_step() {
    let rate =
        LearningRate { base: 0.8, schedule: Schedule::Step { step_size: 1, gamma: 0.5 }, warmup_epochs: 2 };
    let rates: Vec<f64> = (0..6).map(|step| rate.at(step, 2, 3)).collect();
    assert_eq!(rates, [0.2, 0.4, 0.4 * 0.75, 0.4, 0.2, 0.2]);
    assert_eq!(LearningRate { schedule: Schedule::Constant, ..rate }.at(100, 2, 60), 0.8);
}

/// Rates written by PyTorch 2.15: `LambdaLR` with `numpy.interp(step / 10, ...)`, two steps an epoch.
#[test]
fn straight_lines_agree_with_pytorch() {
    let points = vec![(0.0, 0.2), (0.25, 1.0), (0.9, 0.05)];
    let rate = LearningRate { base: 0.3, schedule: Schedule::PiecewiseLinear { points }, warmup_epochs: 0 };
    #[rustfmt::skip]
    let expected = [0.06, 0.156, 0.252, 0.27807692307692305, 0.23423076923076921, 0.19038461538461537, 0.14653846153846153, 0.10269230769230772, 0.05884615384615383, 0.015];
    for (step, expected) in expected.into_iter().enumerate() {
        let got = rate.at(step as u64, 2, 5);
        assert!((got - expected).abs() < 1e-16, "{step}: {got}");
    }
    assert!(rate.depends_on_length());
    // In front of the first point and behind the last.
    let points = vec![(0.5, 0.5), (0.6, 2.0)];
    let rate = LearningRate { base: 1.0, schedule: Schedule::PiecewiseLinear { points }, warmup_epochs: 0 };
    assert_eq!([0, 5, 6, 9].map(|step| rate.at(step, 10, 1)), [0.5, 0.5, 2.0, 2.0]);
}

/// Against the formulas: a fifth up, two fifths down, of ten steps.
#[test]
fn up_along_and_down() {
    let rates = |shape| {
        let schedule = Schedule::WarmupStableDecay { warmup: 0.2, decay: 0.4, shape };
        let rate = LearningRate { base: 0.8, schedule, warmup_epochs: 0 };
        assert!(rate.depends_on_length());
        (0..11).map(|step| rate.at(step, 5, 2)).collect::<Vec<_>>()
    };
    let start = [0.4, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8];
    let near = |got: Vec<f64>, end: [f64; 4]| {
        for (step, (got, expected)) in got.iter().zip(start.into_iter().chain(end)).enumerate() {
            assert!((got - expected).abs() < 1e-15, "{step}: {got}, expected {expected}");
        }
    };
    near(rates(Decay::Linear), [0.6, 0.4, 0.2, 0.0]);
    near(rates(Decay::OneMinusSqrt), [0.4, 0.8 - 0.8 * 0.5f64.sqrt(), 0.8 - 0.8 * 0.75f64.sqrt(), 0.0]);
    let whole = Schedule::WarmupStableDecay { warmup: 0.0, decay: 1.0, shape: Decay::Linear };
    let rate = LearningRate { base: 1.0, schedule: whole, warmup_epochs: 0 };
    assert_eq!([0, 2, 4].map(|step| rate.at(step, 4, 1)), [1.0, 0.5, 0.0]);
}

#[test]
fn a_constant_rate_stays() {
    let rate = LearningRate::constant(0.3);
    assert!((0..12).all(|step| rate.at(step, 4, 3) == 0.3));
    let warm = LearningRate { warmup_epochs: 1, ..LearningRate::constant(0.3) };
    assert_eq!([warm.at(0, 4, 3), warm.at(4, 4, 3)], [0.3 * 0.25, 0.3]);
}
