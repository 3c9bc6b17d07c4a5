//! The sum at the end of a residual block against the reference.

use toile_kernels::add::{backward, forward, reference};
use toile_kernels::layout::{Images, ImagesMut};

use crate::support::{CHANNELS, MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform};

const IMAGES: usize = 3;

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    for channels in CHANNELS {
        for (values, make) in MAKERS {
            let seed = 4000 + channels as u64 * 10;
            let [plain, bordered] = layouts([channels, 4, 3]);
            let [a, b] = [0, 1].map(|i| make(seed + i, IMAGES * plain.image_len()));
            let before = uniform(seed + 2, a.len());
            let mut sum = vec![0.0; a.len()];
            reference::forward(&a, &b, &mut sum);
            for team in &mut teams {
                for [first, second, to] in [[plain; 3], [bordered; 3], [bordered, plain, bordered]] {
                    let what = format!("{channels} channels {values} {seed} {team:?}");
                    let (left, right) = (surrounded(first, &a), surrounded(second, &b));
                    let summands =
                        [Images { values: &left, layout: first }, Images { values: &right, layout: second }];
                    let mut y = vec![POISON; to.buffer_len(IMAGES)];
                    forward(team, IMAGES, summands, ImagesMut { values: &mut y, layout: to });
                    same_bits(&inside(to, &y, IMAGES, &what), &sum, &format!("sum of {what}"));

                    for accumulate in [false, true] {
                        let what = format!("gradient of {what} accumulate {accumulate}");
                        let mut expected = before.clone();
                        reference::input_gradient(&a, accumulate, &mut expected);
                        let mut dx = surrounded(second, &before);
                        let target = ImagesMut { values: &mut dx, layout: second };
                        backward(team, IMAGES, summands[0], accumulate, target);
                        same_bits(&inside(second, &dx, IMAGES, &what), &expected, &what);
                    }
                }
            }
        }
    }
}
