//! The step of a matrix against the reference, wherever its values lie.

use toile_kernels::muon::{Args, MuonStep, Scratch, Size, reference, step};
use toile_kernels::optimizer::{Places, square_sum, square_sum_of};

use crate::support::{MAKERS, POISON, same_bits, teams};

const STEP: MuonStep = MuonStep {
    coefficients: (3.4445, -4.7750, 2.0315),
    iterations: 5,
    eps: 1e-7,
    rate: 0.02,
    shrink: 0.998,
    normalize_weights: true,
};

/// Values packed backwards, with one of another's between each two.
struct Packed {
    places: Places,
    len: usize,
}

impl Packed {
    fn new(len: usize) -> Packed {
        let unpack = |packed: &[f32]| packed.iter().rev().skip(1).step_by(2).copied().collect();
        Packed { places: Places::new(len, 2 * len + 1, unpack).expect("memory"), len: 2 * len + 1 }
    }

    fn pack(&self, plain: &[f32]) -> Vec<f32> {
        let mut packed = vec![POISON; self.len];
        packed.iter_mut().rev().skip(1).step_by(2).zip(plain).for_each(|(to, from)| *to = *from);
        packed
    }
}

#[test]
fn a_step_equals_the_reference_bit_for_bit() {
    // Around vectors and tiles, higher than wide and wider than high; vectors, and one value.
    let sizes =
        [[1, 1], [1, 40], [7, 1], [5, 9], [16, 16], [17, 33], [33, 17], [30, 150], [70, 64], [64, 81]];
    for team in &mut teams() {
        for [rows, columns] in sizes {
            let size = Size { rows, columns };
            let packed = Packed::new(size.values());
            let mut scratch = Scratch::new(&[Size { rows: 70, columns: 151 }]).expect("memory");
            for normalize_weights in [false, true] {
                for (values, make) in MAKERS {
                    let settings = MuonStep { normalize_weights, ..STEP };
                    let direction = make(31 + rows as u64, size.values());
                    let mut expected = make(32 + columns as u64, size.values());
                    let mut weight = packed.pack(&expected);
                    reference::step(&settings, size, &mut expected, &direction);
                    let args = Args {
                        step: settings,
                        size,
                        places: &packed.places,
                        weight: &mut weight,
                        direction: &packed.pack(&direction),
                        scratch: &mut scratch,
                    };
                    step(team, args);
                    let what = format!("{rows} by {columns} {values} {normalize_weights} {team:?}");
                    same_bits(&weight, &packed.pack(&expected), &what);
                }
            }
        }
    }
}

/// The step is orthogonal as nearly as five iterations bring it: its singular values are near 1.
#[test]
fn a_step_has_singular_values_near_one() {
    let size = Size { rows: 12, columns: 30 };
    let (mut weight, zero_decay) = (vec![0.0f64; 360], MuonStep { rate: 1.0, shrink: 1.0, ..STEP });
    let settings = MuonStep { normalize_weights: false, ..zero_decay };
    let direction: Vec<f64> = (0..360).map(|i| f64::from((i * 7919) % 1009) / 1009.0 - 0.5).collect();
    reference::step(&settings, size, &mut weight, &direction);
    for i in 0..12 {
        let dot = |j: usize| (0..30).map(|k| weight[i * 30 + k] * weight[j * 30 + k]).sum::<f64>();
        assert!((0.4..1.5).contains(&dot(i)), "row {i}: {}", dot(i));
        let others = (0..12).filter(|&j| j != i).map(|j| dot(j).abs()).fold(0.0, f64::max);
        assert!(others < 0.4, "row {i}: {others}");
    }
    // Down the direction, not up.
    let along: f64 = weight.iter().zip(&direction).map(|(w, d)| w * d).sum();
    assert!(along < -10.0, "{along}");
}

#[test]
fn squares_are_summed_in_the_order_of_the_reference() {
    for team in &mut teams() {
        for len in [1, 7, 8, 9, 4095, 4096, 4097, 20_000] {
            for (values, make) in MAKERS {
                let plain = make(len as u64, len);
                let packed = Packed::new(len);
                let got = square_sum_of(team, &packed.pack(&plain), &packed.places, &mut [f64::NAN; 5]);
                let expected = square_sum(&plain);
                assert_eq!(got.to_bits(), expected.to_bits(), "{len} {values} {team:?}: {got} {expected}");
            }
        }
    }
}

#[test]
#[should_panic(expected = "a value is unpacked twice")]
fn two_values_in_one_place_are_refused() {
    drop(Places::new(2, 2, |packed| vec![packed[1], packed[1]]));
}

#[test]
#[should_panic(expected = "muon: a place beyond the values")]
fn places_beyond_the_weight_are_refused() {
    let size = Size { rows: 2, columns: 2 };
    let packed = Packed::new(4);
    let args = Args {
        step: STEP,
        size,
        places: &packed.places,
        weight: &mut [0.0; 8],
        direction: &[0.0; 9],
        scratch: &mut Scratch::new(&[size]).expect("memory"),
    };
    step(&mut teams()[0], args);
}

#[test]
#[should_panic(expected = "muon: a scratch for smaller matrices")]
fn a_scratch_for_smaller_matrices_is_refused() {
    let size = Size { rows: 2, columns: 20 };
    let packed = Packed::new(40);
    let args = Args {
        step: STEP,
        size,
        places: &packed.places,
        weight: &mut [0.0; 81],
        direction: &[0.0; 81],
        scratch: &mut Scratch::new(&[Size { rows: 2, columns: 19 }]).expect("memory"),
    };
    step(&mut teams()[0], args);
}
