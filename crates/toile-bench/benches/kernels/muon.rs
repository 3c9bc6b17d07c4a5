//! Muon's step of a whole matrix.

use criterion::Criterion;
use toile_kernels::muon::{Args, MuonStep, Scratch, Size, step};
use toile_kernels::optimizer::Places;

use crate::support::{measure, uniform};

/// Newton-Schulz as published (Jordan et al. 2024), at a rate at which thousands of steps change next to nothing.
const STEP: MuonStep = MuonStep {
    coefficients: (3.4445, -4.7750, 2.0315),
    iterations: 5,
    eps: 1e-7,
    rate: 1e-9,
    shrink: 1.0,
    normalize_weights: false,
};

pub(crate) fn bench(criterion: &mut Criterion) {
    // Convolutions of the frontier's networks, and a linear layer.
    for [rows, columns] in [[96, 288], [96, 864], [128, 1152], [10, 576]] {
        let size = Size { rows, columns };
        let places = Places::new(size.values(), size.values(), <[f32]>::to_vec).expect("memory");
        let mut scratch = Scratch::new(&[size]).expect("memory");
        let (mut weight, direction) = (uniform(size.values()), uniform(size.values()));
        // Each iteration: Y'Y, its square, and Y by the sum.
        let (short, long) = (rows.min(columns), rows.max(columns));
        let operations = STEP.iterations * 2 * short * short * (2 * long + short);
        measure(criterion, "muon step", &format!("{rows}x{columns}"), operations, |team| {
            let args = Args {
                step: STEP,
                size,
                places: &places,
                weight: &mut weight,
                direction: &direction,
                scratch: &mut scratch,
            };
            step(team, args);
        });
    }
}
