//! Planes of half resolution brought to the picture's: between two samples the nearer one counts three times as much
//! ("fancy upsampling"). Halves are rounded up and down in turns, so that the whole gets neither lighter nor darker.

use super::frame::Plane;
use crate::error::Fault;

/// The samples of one row of the picture, at least as many as it is wide.
pub(super) fn row(plane: &Plane, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
    out.clear();
    let is_narrow = plane.size[1] <= 2;
    match plane.factors {
        [1, 1] => out.extend(plane.row(row)),
        [1, 2] if !is_narrow => across(plane.row(row), out),
        [2, 1] => {
            let (near, far) = two_rows(plane, row);
            let half = 1 + (row % 2) as u32;
            let sum = |(&near, &far): (&u8, &u8)| (3 * u32::from(near) + u32::from(far) + half) >> 2;
            out.extend(near.iter().zip(far).map(sum).map(|sample| sample as u8));
        }
        [2, 2] if !is_narrow => {
            let (near, far) = two_rows(plane, row);
            both(near, far, out);
        }
        [down, right] => {
            out.extend(plane.row(row / down).iter().flat_map(|&sample| std::iter::repeat_n(sample, right)))
        }
    }
    Ok(())
}

/// The nearest row of samples, and the next one on the other side; at an edge the nearest one again.
fn two_rows(plane: &Plane, row: usize) -> (&[u8], &[u8]) {
    let near = row / 2;
    let far = if row.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(plane.size[0] - 1) };
    (plane.row(near), plane.row(far))
}

/// Two samples for each one of a row of three or more.
fn across(samples: &[u8], out: &mut Vec<u8>) {
    let last = samples.len() - 1;
    for (index, &sample) in samples.iter().enumerate() {
        let three = 3 * u32::from(sample);
        let [before, after] =
            [samples[index.saturating_sub(1)], samples[(index + 1).min(last)]].map(u32::from);
        out.push(if index == 0 { sample } else { ((three + before + 1) >> 2) as u8 });
        out.push(if index == last { sample } else { ((three + after + 2) >> 2) as u8 });
    }
}

/// The same in both directions: sums of two rows first, then two samples for each.
fn both(near: &[u8], far: &[u8], out: &mut Vec<u8>) {
    let last = near.len() - 1;
    let sum = |index: usize| 3 * u32::from(near[index]) + u32::from(far[index]);
    for index in 0..near.len() {
        let this = sum(index);
        let before = if index == 0 { this } else { sum(index - 1) };
        let after = if index == last { this } else { sum(index + 1) };
        out.push(((3 * this + before + 8) >> 4) as u8);
        out.push(((3 * this + after + 7) >> 4) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(size: [usize; 2], factors: [usize; 2], samples: &[u8], count: usize) -> Vec<Vec<u8>> {
        let plane = Plane { size, stride: size[1], factors, samples: samples.to_vec() };
        let of = |index| {
            let mut out = Vec::new();
            row(&plane, index, &mut out).unwrap();
            out
        };
        (0..count).map(of).collect()
    }

    #[test]
    fn the_nearer_sample_counts_three_times_as_much() {
        assert_eq!(rows([1, 3], [1, 1], &[0, 100, 200], 1), [[0, 100, 200]]);
        assert_eq!(rows([1, 3], [1, 2], &[0, 100, 201], 1), [[0, 25, 75, 125, 176, 201]]);
        assert_eq!(rows([2, 1], [2, 1], &[0, 101], 4), [[0], [25], [76], [101]]);
        let both = rows([2, 3], [2, 2], &[0, 100, 200, 0, 100, 200], 4);
        assert_eq!(both, vec![vec![0, 25, 75, 125, 175, 200]; 4]);
        // Rows of two samples, and other factors, are repeated.
        assert_eq!(rows([1, 2], [1, 2], &[0, 100], 1), [[0, 0, 100, 100]]);
        assert_eq!(rows([2, 1], [4, 3], &[5, 6], 8)[3..5], [[5, 5, 5], [6, 6, 6]]);
    }

    #[test]
    fn one_level_stays_one_level() {
        for factors in [[1, 1], [1, 2], [2, 1], [2, 2], [4, 1]] {
            for value in [0, 1, 2, 127, 254, 255] {
                let rows = rows([3, 5], factors, &[value; 15], 3 * factors[0]);
                assert!(rows.iter().flatten().all(|&sample| sample == value), "{factors:?} {value}");
            }
        }
    }
}
