//! Clipping against the reference.

use toile_kernels::clip::{bound, reference, scale};

use crate::support::{MAKERS, same_bits, teams};

#[test]
fn equals_the_reference_bit_for_bit() {
    for team in &mut teams() {
        for (values, make) in MAKERS {
            // Around a vector, and around the part that a thread takes at a time.
            for len in [1, 15, 16, 17, 4095, 4097, 9000] {
                let start = make(7300 + len as u64, len);
                // The smallest leave numbers that are denormal, and zeros.
                for by in [0.3, 1e-30, 1e-40, 0.0, f32::NAN] {
                    let what = format!("{len} {values} by {by} {team:?}");
                    let (mut expected, mut got) = (start.clone(), start.clone());
                    reference::scale(by, &mut expected);
                    scale(team, by, &mut got);
                    same_bits(&got, &expected, &format!("scaled {what}"));
                    let (mut expected, mut got) = (start.clone(), start.clone());
                    reference::bound(by, &mut expected);
                    bound(team, by, &mut got);
                    same_bits(&got, &expected, &format!("bounded {what}"));
                }
            }
        }
    }
}

#[test]
fn values_at_the_edges() {
    let (inf, nan, tiny) = (f32::INFINITY, f32::NAN, f32::from_bits(1));
    for team in &mut teams() {
        let mut values = [3.0, -0.0, -tiny, inf, -inf, nan, f32::MAX];
        scale(team, 0.5, &mut values);
        same_bits(&values, &[1.5, 0.0, 0.0, inf, -inf, nan, f32::MAX / 2.0], &format!("scaled {team:?}"));
        let mut values = [0.5, -0.5, 0.6, -0.6, -0.0, tiny, inf, -inf, nan];
        bound(team, 0.5, &mut values);
        same_bits(&values, &[0.5, -0.5, 0.5, -0.5, -0.0, tiny, 0.5, -0.5, nan], &format!("bounded {team:?}"));
    }
}
