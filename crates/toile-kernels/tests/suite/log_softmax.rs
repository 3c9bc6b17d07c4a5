//! Log-softmax kernels against the reference.

use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::log_softmax::{
    Backward, Mixed, Targets, backward, forward, forward_side_by_side, reference,
};

use crate::support::{MAKERS, POISON, inside, same_bits, surrounded, teams, uniform};

const CLASSES: [usize; 8] = [1, 2, 10, 15, 16, 17, 33, 100];

/// What losses can be taken against.
struct Kinds {
    others: Vec<u32>,
    shares: Vec<f32>,
    weights: Vec<f32>,
}

impl Kinds {
    fn new(images: usize, classes: usize) -> Kinds {
        Kinds {
            others: (0..images).map(|i| (i * 5 % classes) as u32).collect(),
            shares: (0..images).map(|i| [0.3, 1.0, 0.75, 0.0, 0.5][i % 5]).collect(),
            weights: (0..classes).map(|class| 0.25 + (class * 7 % 5) as f32).collect(),
        }
    }

    /// With and without label smoothing, mixing and weights.
    fn all<'a>(&'a self, labels: &'a [u32]) -> impl Iterator<Item = Targets<'a>> {
        let mixed = Mixed { labels: &self.others, shares: &self.shares };
        (0..8).map(move |kind| Targets {
            labels,
            label_smoothing: if kind & 1 > 0 { 0.1 } else { 0.0 },
            mixed: (kind & 2 > 0).then_some(mixed),
            class_weights: (kind & 4 > 0).then_some(&self.weights),
        })
    }
}

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
                let kinds = Kinds::new(images, classes);
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
                    for targets in kinds.all(&labels) {
                        let what = format!("{what} {targets:?}");
                        let rows = logp.chunks_exact(classes).enumerate();
                        let expected_losses: Vec<f32> =
                            rows.map(|(image, row)| targets.of(image).loss(row)).collect();
                        let mut expected = vec![0.0; x.len()];
                        targets.gradient(classes, &x, &mut expected);
                        let args = Backward { images, x: logits, log_probabilities, targets };
                        let mut losses = vec![POISON; images + 2];
                        let mut dx = vec![POISON; layout.buffer_len(images)];
                        let divisor =
                            backward(team, args, &mut losses, ImagesMut { values: &mut dx, layout });
                        assert_eq!(divisor, targets.weight_sum(), "{what}");
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

/// In f64, against the formula: every loss is a sum over the classes of a target times a weight, and the gradient is
/// that of the batch's loss.
#[test]
fn the_reference_is_the_cross_entropy_of_the_weighted_targets() {
    let (images, classes) = (10, 6);
    let kinds = Kinds::new(images, classes);
    let labels: Vec<u32> = (0..images).map(|i| (i * 3 % classes) as u32).collect();
    let x: Vec<f64> = uniform(5, images * classes).into_iter().map(f64::from).collect();
    for targets in kinds.all(&labels) {
        let target = |image: usize, class: u32| {
            let one = |label: u32| f64::from(u8::from(label == class));
            let own = match targets.mixed {
                None => one(labels[image]),
                Some(Mixed { labels: others, shares }) => {
                    let share = f64::from(shares[image]);
                    share * one(labels[image]) + (1.0 - share) * one(others[image])
                }
            };
            let weight = targets.class_weights.map_or(1.0, |w| f64::from(w[class as usize]));
            let smoothed = (1.0 - targets.label_smoothing) * own + targets.label_smoothing / classes as f64;
            (smoothed * weight, own * weight)
        };
        let all = |image: usize| (0..classes as u32).map(move |class| target(image, class));
        let weight_sum: f64 = (0..images).flat_map(all).map(|(_, own)| own).sum();
        let mut logp = vec![0.0; x.len()];
        reference::forward(classes, &x, &mut logp);
        let mut dx = vec![0.0; x.len()];
        targets.gradient(classes, &x, &mut dx);
        assert!((targets.weight_sum() - weight_sum).abs() < 1e-12, "{targets:?}");
        for (image, (row, dx)) in logp.chunks_exact(classes).zip(dx.chunks_exact(classes)).enumerate() {
            let expected: f64 = all(image).zip(row).map(|((target, _), logp)| target * -logp).sum();
            assert!((targets.of(image).loss(row) - expected).abs() < 1e-12, "{targets:?}, image {image}");
            let mass: f64 = all(image).map(|(target, _)| target).sum();
            for (((target, _), logp), dx) in all(image).zip(row).zip(dx) {
                let expected = (mass * logp.exp() - target) / weight_sum;
                assert!((dx - expected).abs() < 1e-12, "{targets:?}, image {image}: {dx}, {expected}");
            }
        }
    }
}

/// A share of 1 or 0, and a class mixed with itself, cost what the one class costs, to the bit; the larger share counts.
#[test]
fn what_is_not_mixed_is_plain() {
    let logp = [-0.5f32, -1.0, -3.0];
    let labels = [0; 5];
    let mixed = Mixed { labels: &[1, 1, 0, 2, 2], shares: &[1.0, 0.0, 0.3, 0.25, 0.5] };
    let targets = Targets { mixed: Some(mixed), ..Targets::plain(&labels, 0.1) };
    for (image, label) in [(0, 0), (1, 1), (2, 0)] {
        assert_eq!(targets.of(image).loss(&logp), reference::loss(0.1, &logp, label), "image {image}");
    }
    assert_eq!((0..5).map(|image| targets.main_label(image)).collect::<Vec<_>>(), [0, 1, 0, 2, 0]);
}
