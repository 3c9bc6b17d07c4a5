//! Main effects, interactions and Shapley values of small factorials.

use toile_kernels::random::philox4x32_10;
use toile_statistics::factorial::{FactorialError, effect_weights, shapley_weights};
use toile_statistics::{Sample, difference, factorial};

const SEEDS: [u64; 3] = [0, 1, 2];
const IMAGES: usize = 7;

/// Uniform in [0, 1) by place.
fn number(a: usize, b: usize, c: usize) -> f64 {
    f64::from(philox4x32_10([a as u32, b as u32, c as u32, 0], [5, 6])[0]) / 4_294_967_296.0
}

/// A cell whose mean is `mean`, with noise of seeds and images that differs by cell.
fn cell(number_of: usize, mean: f64) -> Sample {
    let noise: Vec<Vec<f64>> =
        (0..3).map(|seed| (0..IMAGES).map(|image| number(number_of, seed, image)).collect()).collect();
    let grand = noise.iter().flatten().sum::<f64>() / (3 * IMAGES) as f64;
    let values: Vec<Vec<f64>> =
        noise.iter().map(|row| row.iter().map(|value| mean + 0.1 * (value - grand)).collect()).collect();
    Sample::of_means(&SEEDS, &values).unwrap()
}

fn cells(factors: usize, mean: impl Fn(usize) -> f64) -> Vec<Sample> {
    (0..1 << factors).map(|x| cell(x, mean(x))).collect()
}

fn bit(x: usize, factor: usize) -> f64 {
    (x >> factor & 1) as f64
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
}

#[test]
fn shapley_values_sum_to_the_gain_and_so_do_odd_effects() {
    for factors in 1..=5 {
        let found = factorial(&cells(factors, |x| number(x, 9, 9))).unwrap();
        let gain = found.gain.value;
        assert_near(found.shapley.iter().map(|factor| factor.value).sum(), gain);
        let odd = found.effects.iter().filter(|effect| effect.factors.count_ones() % 2 == 1);
        assert_near(odd.map(|effect| effect.estimate.value).sum(), gain);
        assert_eq!(found.effects.len(), (1 << factors) - 1);
        // A factor's Shapley value from the effects.
        for (factor, shapley) in found.shapley.iter().enumerate() {
            let with_it = found
                .effects
                .iter()
                .filter(|effect| effect.factors >> factor & 1 == 1 && effect.factors.count_ones() % 2 == 1);
            let shared =
                with_it.map(|effect| effect.estimate.value / f64::from(effect.factors.count_ones())).sum();
            assert_near(shapley.value, shared);
        }
    }
}

#[test]
fn the_gain_is_the_difference_of_the_two_models() {
    let cells = cells(3, |x| number(x, 1, 1));
    assert_eq!(factorial(&cells).unwrap().gain, difference(&cells[0], &cells[7]).unwrap());
}

#[test]
fn without_interactions_shapley_values_are_main_effects() {
    let steps = [0.5, -0.125, 2.0];
    let found =
        factorial(&cells(3, |x| 1.0 + (0..3).map(|factor| bit(x, factor) * steps[factor]).sum::<f64>()))
            .unwrap();
    for (factor, step) in steps.iter().enumerate() {
        assert_near(found.shapley[factor].value, *step);
        assert_eq!(found.effects[factor].factors, 1 << factor);
        assert_near(found.effects[factor].estimate.value, *step);
    }
    for effect in &found.effects[3..] {
        assert_near(effect.estimate.value, 0.0);
    }
    let shares = found.shares(0.05).unwrap();
    assert_near(shares[0], 0.5 / 2.375);
    assert_near(shares.iter().sum(), 1.0);
}

#[test]
fn an_interaction_is_half_the_difference_of_differences() {
    // Alone each factor brings 1, together they bring 5.
    let found = factorial(&cells(2, |x| [0.0, 1.0, 1.0, 5.0][x])).unwrap();
    let values: Vec<f64> = found.effects.iter().map(|effect| effect.estimate.value).collect();
    for (found, expected) in values.iter().zip([2.5, 2.5, 1.5]) {
        assert_near(*found, expected);
    }
    assert_eq!(found.effects[2].factors, 0b11);
    assert_near(found.shapley[0].value, 2.5);
}

#[test]
fn exchanging_two_factors_exchanges_what_is_found() {
    let original = cells(3, |x| number(x, 2, 2));
    // Bits 0 and 2 exchanged.
    let exchanged = |x: usize| (x & 0b010) | (x & 1) << 2 | x >> 2;
    let permuted: Vec<Sample> = (0..8).map(|x| original[exchanged(x)].clone()).collect();
    let (a, b) = (factorial(&original).unwrap(), factorial(&permuted).unwrap());
    for (factor, other) in [(0, 2), (1, 1), (2, 0)] {
        assert_near(a.shapley[factor].value, b.shapley[other].value);
        assert_near(a.shapley[factor].standard_error, b.shapley[other].standard_error);
    }
    for effect in &a.effects {
        let twin = b.effects.iter().find(|twin| twin.factors as usize == exchanged(effect.factors as usize));
        assert_near(effect.estimate.value, twin.unwrap().estimate.value);
    }
}

#[test]
fn weights_by_hand() {
    assert_eq!(effect_weights(2, 0b01), [-0.5, 0.5, -0.5, 0.5]);
    assert_eq!(effect_weights(2, 0b11), [0.5, -0.5, -0.5, 0.5]);
    assert_eq!(shapley_weights(2, 0), [-0.5, 0.5, -0.5, 0.5]);
    let third = 1.0 / 3.0;
    let sixth = 1.0 / 6.0;
    assert_eq!(shapley_weights(3, 1), [-third, -sixth, third, sixth, -sixth, -third, sixth, third]);
}

#[test]
fn shares_are_not_told_where_the_gain_may_be_nothing() {
    let found = factorial(&cells(2, |x| [0.0, 10.0, -10.0, 1e-4][x])).unwrap();
    assert!(found.gain.interval(0.05).contains(0.0));
    assert_eq!(found.shares(0.05), None);
}

#[test]
fn other_numbers_of_cells_are_refused() {
    for count in [0, 1, 3, 6, 64] {
        let cells: Vec<Sample> = (0..count).map(|x| cell(x, 0.0)).collect();
        assert_eq!(factorial(&cells), Err(FactorialError::Cells { cells: count }));
    }
}
