//! The sum with a branch that is left out of some images.

use toile_kernels::layout::{Images, ImagesMut};
use toile_kernels::stochastic_depth::reference::{self, Draw, factors};
use toile_kernels::stochastic_depth::{backward, forward};

use crate::support::{MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform};

const FACTORS: [f32; 4] = [1.25, 0.0, 1.25, 0.0];

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    for dims in [[1, 1, 1], [3, 4, 5], [17, 3, 2]] {
        let len: usize = dims.iter().product();
        for (values, make) in MAKERS {
            let [x, skip, dy] = [1, 2, 3].map(|seed| make(seed, FACTORS.len() * len));
            let before = uniform(4, x.len());
            let mut y = vec![0.0; x.len()];
            let mut dx = [false, true].map(|accumulate| (accumulate, before.clone()));
            for (image, &factor) in FACTORS.iter().enumerate() {
                let of = image * len..(image + 1) * len;
                reference::forward(factor, &x[of.clone()], &skip[of.clone()], &mut y[of.clone()]);
                for (accumulate, dx) in &mut dx {
                    reference::input_gradient(factor, &dy[of.clone()], *accumulate, &mut dx[of.clone()]);
                }
            }
            let [dense, framed] = layouts(dims);
            for team in &mut teams {
                let what = format!("{dims:?} {values} {team:?}");
                let (x, skip, dy) =
                    (surrounded(dense, &x), surrounded(framed, &skip), surrounded(framed, &dy));
                let mut out = vec![POISON; framed.buffer_len(FACTORS.len())];
                let summands =
                    [Images { values: &x, layout: dense }, Images { values: &skip, layout: framed }];
                forward(team, &FACTORS, summands, ImagesMut { values: &mut out, layout: framed });
                same_bits(&inside(framed, &out, FACTORS.len(), &what), &y, &what);
                for (accumulate, expected) in &dx {
                    let mut to = surrounded(dense, &before);
                    let (dy, d_input) = (
                        Images { values: &dy, layout: framed },
                        ImagesMut { values: &mut to, layout: dense },
                    );
                    backward(team, &FACTORS, dy, *accumulate, d_input);
                    let what = format!("gradient of {what}, accumulate {accumulate}");
                    same_bits(&inside(dense, &to, FACTORS.len(), &what), expected, &what);
                }
            }
        }
    }
}

/// A function of seed, layer, epoch and image alone, and as rare as it says.
#[test]
fn what_is_left_out_depends_on_the_image_alone() {
    let ids: Vec<u32> = (0..20_000).collect();
    let draw = Draw { p: 0.2, seed: 5, ordinal: 3, epoch: 2, image_ids: &ids };
    let all = |draw: Draw<'_>| {
        let mut values = vec![9.0f64; draw.image_ids.len()];
        factors(draw, &mut values);
        values
    };
    let kept = all(draw);
    assert!(kept.iter().all(|&factor| factor == 0.0 || factor == 1.25));
    // Four standard deviations of a binomial.
    let left_out = kept.iter().filter(|factor| **factor == 0.0).count();
    assert!((3_774..4_227).contains(&left_out), "{left_out} of 20,000");
    let some = [700, 3, 19_999];
    let expected = some.map(|id| kept[id as usize]);
    assert_eq!(all(Draw { image_ids: &some, ..draw }), expected, "in other company");
    for other in [Draw { seed: 6, ..draw }, Draw { ordinal: 4, ..draw }, Draw { epoch: 3, ..draw }] {
        assert_ne!(all(other), kept);
    }
}
