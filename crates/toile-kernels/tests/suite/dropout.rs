//! Dropout kernels against the reference.

use toile_kernels::activation::{self, Activation};
use toile_kernels::dropout::{Mask, apply, backward_in_place, mask, reference};
use toile_kernels::layout::{Images, ImagesMut, Layout};
use toile_kernels::random::{Purpose, Stream};

use crate::support::{CHANNELS, MAKERS, POISON, inside, layouts, same_bits, surrounded, teams, uniform};

const IMAGE_IDS: [u32; 3] = [7, 0, 59_999];
const EPOCH: u32 = 3;
const ORDINAL: u16 = 2;

/// Which units of each image are kept, one image after the other.
fn kept(layout: Layout, p: f64, channels: bool, seed: u64) -> Vec<bool> {
    let units = if channels { layout.channels } else { layout.image_len() };
    let threshold = reference::threshold(p);
    let stream = |id: u32| Stream::new(seed, Purpose::Dropout(ORDINAL), EPOCH, id);
    let keep = |id: u32| (0..units).map(move |unit| reference::keep(&stream(id), threshold, unit));
    IMAGE_IDS.into_iter().flat_map(keep).collect()
}

fn masks<'a>(layout: Layout, p: f64, channels: bool, seed: u64) -> Mask<'a> {
    Mask { layout, p, channels, seed, ordinal: ORDINAL, epoch: EPOCH, image_ids: &IMAGE_IDS }
}

#[test]
fn masks_keep_what_the_reference_keeps() {
    let mut teams = teams();
    for size in CHANNELS {
        for dims in [[size, 1, 1], [size, 3, 5], [64 * size + 1, 1, 1]] {
            let layout = Layout::dense(dims);
            for (p, channels) in [0.0, 0.1, 0.5, 0.9999].into_iter().flat_map(|p| [(p, false), (p, true)]) {
                // Seeds beyond 32 bits: both words of the key count.
                let seed = 5000 + size as u64 + (9 << 40);
                let keep = kept(layout, p, channels, seed);
                let units = keep.len() / IMAGE_IDS.len();
                let scale = reference::scale::<f32>(p);
                let value = |i: usize| {
                    let (image, unit) = (i / layout.image_len(), i % layout.image_len() % units);
                    if keep[image * units + unit] { scale } else { 0.0 }
                };
                let expected: Vec<f32> = (0..IMAGE_IDS.len() * layout.image_len()).map(value).collect();
                for team in &mut teams {
                    let what = format!("{dims:?} p {p} channels {channels} seed {seed} {team:?}");
                    let mut got = vec![POISON; layout.buffer_len(IMAGE_IDS.len())];
                    mask(team, masks(layout, p, channels, seed), &mut got);
                    same_bits(&inside(layout, &got, IMAGE_IDS.len(), &what), &expected, &what);
                }
            }
        }
    }
}

/// The reference on each image.
fn apply_reference(
    layout: Layout,
    p: f64,
    keep: &[bool],
    x: &[f32],
    accumulate: bool,
    y: &[f32],
) -> Vec<f32> {
    let mut y = y.to_vec();
    let images = x.chunks_exact(layout.image_len()).zip(y.chunks_exact_mut(layout.image_len()));
    for ((x, y), keep) in images.zip(keep.chunks_exact(keep.len() / IMAGE_IDS.len())) {
        reference::apply(reference::scale(p), keep, x, accumulate, y);
    }
    y
}

#[test]
fn equals_the_reference_bit_for_bit() {
    let mut teams = teams();
    let images = IMAGE_IDS.len();
    for channels in CHANNELS {
        for (values, make) in MAKERS {
            for whole_channels in [false, true] {
                let (p, seed) = (0.4, 5500 + channels as u64 * 10);
                let [plain, bordered] = layouts([channels, 3, 4]);
                let keep = kept(plain, p, whole_channels, seed);
                let x = make(seed + 1, images * plain.image_len());
                let before = uniform(seed + 2, x.len());
                // After ReLU and dropout: zeros of both kinds, positive values, and the odd NaN.
                let into_relu = make(seed + 3, x.len());
                let mut y = vec![0.0; x.len()];
                activation::reference::forward(Activation::ReLU, &into_relu, &mut y);
                for team in &mut teams {
                    let mut drawn = vec![POISON; plain.buffer_len(images)];
                    mask(team, masks(plain, p, whole_channels, seed), &mut drawn);
                    let drawn = Images { values: &drawn, layout: plain };
                    for (from, to) in [(plain, plain), (bordered, bordered), (plain, bordered)] {
                        let what = format!(
                            "{channels} channels {values} whole channels {whole_channels} seed {seed} {team:?}"
                        );
                        let input = surrounded(from, &x);
                        for accumulate in [false, true] {
                            let what = format!("output of {what} accumulate {accumulate}");
                            let expected = apply_reference(plain, p, &keep, &x, accumulate, &before);
                            let mut output = surrounded(to, &before);
                            let target = ImagesMut { values: &mut output, layout: to };
                            let read = [Images { values: &input, layout: from }, drawn];
                            apply(team, images, read, accumulate, target);
                            same_bits(&inside(to, &output, images, &what), &expected, &what);
                        }
                        let after = surrounded(from, &y);
                        for (cut, drop) in [(false, false), (false, true), (true, false), (true, true)] {
                            let what = format!("gradient of {what} ReLU {cut} dropout {drop}");
                            let mut expected = x.clone();
                            if drop {
                                expected = apply_reference(plain, p, &keep, &expected, false, &before);
                            }
                            if cut {
                                let dy = expected.clone();
                                activation::reference::input_gradient(
                                    Activation::ReLU,
                                    &into_relu,
                                    &dy,
                                    false,
                                    &mut expected,
                                );
                            }
                            let mut gradient = surrounded(to, &x);
                            let target = ImagesMut { values: &mut gradient, layout: to };
                            let output = cut.then_some(Images { values: &after, layout: from });
                            backward_in_place(team, images, output, drop.then_some(drawn), target);
                            same_bits(&inside(to, &gradient, images, &what), &expected, &what);
                        }
                    }
                }
            }
        }
    }
}
