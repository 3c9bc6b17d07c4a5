//! Averages of weights against the reference.

use toile_kernels::average::{reference, toward};

use crate::support::{MAKERS, same_bits, teams};

#[test]
fn equals_the_reference_bit_for_bit() {
    for team in &mut teams() {
        for (values, make) in MAKERS {
            // Around a vector, and around the part that a thread takes at a time.
            for len in [1, 15, 16, 17, 4095, 4097, 9000] {
                let (start, to) = (make(7100 + len as u64, len), make(7200 + len as u64, len));
                for share in [1.0, 0.5, 0.001, 0.0] {
                    let (mut expected, mut got) = (start.clone(), start.clone());
                    reference::toward(share, &mut expected, &to);
                    toward(team, share, &mut got, &to);
                    same_bits(&got, &expected, &format!("{len} {values} by {share} {team:?}"));
                }
            }
        }
    }
}

/// The first values are taken over as they are, also where the difference to what was there cannot be represented.
#[test]
fn a_share_of_one_is_the_values() {
    let (mut average, values) = ([1e30f32, -0.0, f32::MAX], [1.0f32, 2.0, f32::MIN]);
    toward(&mut teams()[0], 1.0, &mut average, &values);
    assert_eq!(average, values);
    toward(&mut teams()[0], 0.25, &mut average, &[3.0, 2.0, f32::MIN]);
    assert_eq!(average, [1.5, 2.0, f32::MIN]);
}
