//! Log-softmax kernels against the reference.

use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::log_softmax::{Backward, backward, forward, forward_side_by_side, reference};

use crate::support::{MAKERS, POISON, inside, same_bits, surrounded, teams};

const CLASSES: [usize; 8] = [1, 2, 10, 15, 16, 17, 33, 100];

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    for classes in CLASSES {
        for (values, make) in MAKERS {
            for images in [1usize, 7] {
                let seed = 7000 + classes as u64 * 10;
                let layout = Layout::dense([classes, 1, 1]);
                // Far enough apart for exp to underflow.
                let x: Vec<f32> = make(seed, images * classes).into_iter().map(|v| v * 70.0).collect();
                let labels: Vec<u32> = (0..images).map(|i| (i * 3 % classes) as u32).collect();
                let mut logp = vec![0.0; x.len()];
                reference::forward(classes, &x, &mut logp);
                for team in &mut teams {
                    let what = format!("{images} x {classes} {values} {seed} {team:?}");
                    let logits = surrounded(layout, &x);
                    let logits = Images { values: &logits, layout };
                    let mut output = vec![POISON; layout.buffer_len(images)];
                    forward(team, images, logits, ImagesMut { values: &mut output, layout });
                    same_bits(&inside(layout, &output, images, &what), &logp, &format!("output of {what}"));
                    let mut rows = vec![POISON; images * classes + 1];
                    forward_side_by_side(team, images, logits, &mut rows);
                    same_bits(&rows[..images * classes], &logp, &format!("side by side, {what}"));
                    same_bits(&rows[images * classes..], &[POISON], &format!("behind the rows of {what}"));

                    let log_probabilities = Images { values: &output, layout };
                    for label_smoothing in [0.0, 0.1] {
                        let what = format!("{what} smoothing {label_smoothing}");
                        let rows = logp.chunks_exact(classes).zip(&labels);
                        let expected_losses: Vec<f32> = rows
                            .map(|(row, &label)| reference::loss(label_smoothing, row, label as usize))
                            .collect();
                        let mut expected = vec![0.0; x.len()];
                        reference::gradient(classes, label_smoothing, &x, &labels, &mut expected);
                        let args = Backward {
                            images,
                            x: logits,
                            log_probabilities,
                            labels: &labels,
                            label_smoothing,
                        };
                        let mut losses = vec![POISON; images + 2];
                        let mut dx = vec![POISON; layout.buffer_len(images)];
                        backward(team, args, &mut losses, ImagesMut { values: &mut dx, layout });
                        same_bits(&losses[..images], &expected_losses, &format!("losses of {what}"));
                        same_bits(&losses[images..], &[POISON; 2], &format!("behind the losses of {what}"));
                        same_bits(
                            &inside(layout, &dx, images, &what),
                            &expected,
                            &format!("gradient of {what}"),
                        );
                    }
                }
            }
        }
    }
}

/// Rows of which the largest values are zeros of both signs, and rows of infinities.
#[test]
fn signed_zeros_and_infinities_give_the_references_bits() {
    let infinite = [f32::NEG_INFINITY, f32::INFINITY];
    for classes in [1, 2, 15, 16, 17, 40] {
        let layout = Layout::dense([classes, 1, 1]);
        let spread = |values: &[f32], step: usize| -> Vec<f32> {
            (0..classes).map(|c| values[c / step % values.len()]).collect()
        };
        let rows = [
            spread(&[0.0, -0.0], 1),
            spread(&[-0.0, 0.0], 1),
            spread(&[-0.0, 0.0, -200.0], 3),
            spread(&[-200.0, -0.0], 16),
            spread(&[-0.0, -200.0], classes),
            spread(&[f32::NEG_INFINITY], 1),
            spread(&[f32::NEG_INFINITY, -0.0], 1),
            spread(&infinite, 5),
            spread(&[f32::MAX, f32::MIN], 2),
        ];
        let (x, images) = (rows.concat(), rows.len());
        let mut expected = vec![0.0; x.len()];
        reference::forward(classes, &x, &mut expected);
        for team in &mut teams() {
            let logits = surrounded(layout, &x);
            let mut got = vec![POISON; x.len()];
            forward_side_by_side(team, images, Images { values: &logits, layout }, &mut got);
            same_bits(&got, &expected, &format!("{classes} classes, {team:?}"));
        }
    }
}
