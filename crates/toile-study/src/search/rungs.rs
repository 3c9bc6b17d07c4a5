//! Successive halving: many candidates for few epochs, few for many.

/// How candidates are sorted out before they are trained for all epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halving {
    /// One of so many goes on; each rung has so many times the epochs of the one below.
    pub eta: u32,
    /// Fewest epochs of a rung.
    pub epochs_min: u32,
}

/// One round of trainings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Epochs of each training.
    pub epochs: u32,
    /// Candidates that are trained, those that are kept along for comparison not counted.
    pub candidates: usize,
}

/// The rungs for so many candidates and epochs: successive halving (Jamieson and Talwalkar, "Non-stochastic Best Arm
/// Identification and Hyperparameter Optimization", 2016), as in the synchronous form of ASHA (Li et al., "A System for
/// Massively Parallel Hyperparameter Tuning", 2020): what goes on does not depend on which training was faster
/// ([`Ladder`](super::Ladder) does not wait all the same). From the last rung down, with `epochs` epochs, each has a part of 1 in eta of
/// the epochs of the one above, rounded, as long as there are eta candidates a place and at least `epochs_min` epochs;
/// one in eta of the candidates goes on, at least one. Without halving there is one rung.
pub fn rungs(candidates: usize, epochs: u32, halving: Option<Halving>) -> Vec<Rung> {
    let Some(Halving { eta, epochs_min }) = halving else { return vec![Rung { epochs, candidates }] };
    let eta_wide = f64::from(eta);
    let mut lengths = vec![epochs];
    let (mut places, mut exact) = (1usize, f64::from(epochs));
    while places.saturating_mul(eta as usize) <= candidates {
        exact /= eta_wide;
        let shorter = exact.round() as u32;
        if shorter < epochs_min.max(1) || lengths.last().is_none_or(|last| shorter >= *last) {
            break;
        }
        lengths.push(shorter);
        places *= eta as usize;
    }
    let mut left = candidates;
    let rung = |epochs: u32| {
        let rung = Rung { epochs, candidates: left };
        left = (left / eta as usize).max(1);
        rung
    };
    lengths.into_iter().rev().map(rung).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_fall_as_epochs_grow() {
        for (candidates, epochs, halving, expected) in [
            (27, 9, Some((3, 1)), &[(1, 27), (3, 9), (9, 3)][..]),
            (27, 27, Some((3, 1)), &[(1, 27), (3, 9), (9, 3), (27, 1)]),
            (16, 8, Some((2, 2)), &[(2, 16), (4, 8), (8, 4)]),
            (10, 12, Some((3, 1)), &[(1, 10), (4, 3), (12, 1)]),
            (2, 9, Some((3, 1)), &[(9, 2)]),
            // Rounding does not make two rungs of the same length.
            (100, 2, Some((2, 1)), &[(1, 100), (2, 50)]),
            (5, 4, None, &[(4, 5)]),
        ] {
            let halving = halving.map(|(eta, epochs_min)| Halving { eta, epochs_min });
            let found: Vec<(u32, usize)> = rungs(candidates, epochs, halving)
                .iter()
                .map(|rung| (rung.epochs, rung.candidates))
                .collect();
            assert_eq!(found, expected, "{candidates} candidates, {epochs} epochs, {halving:?}");
        }
    }
}
