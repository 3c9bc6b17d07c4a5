//! Masks: sixteen Philox blocks side by side.

use super::reference;
use crate::layout::Layout;
use crate::random::{Purpose, Stream, philox4x32_10};
use crate::simd::versions;
use crate::team::{Shares, Team};

/// Which mask.
#[derive(Clone, Copy, Debug)]
pub struct Mask<'a> {
    /// Of the values it is for, dense.
    pub layout: Layout,
    /// Probability to drop.
    pub p: f64,
    /// Drop whole channels.
    pub channels: bool,
    /// Seed of the training.
    pub seed: u64,
    /// Which dropout layer.
    pub ordinal: u16,
    /// Epoch, from 0.
    pub epoch: u32,
    /// Index of each image in its data set.
    pub image_ids: &'a [u32],
}

/// Writes the mask of each image: 0 where a value is dropped, 1 / (1 - p) where it is kept.
pub fn mask(team: &mut Team, which: Mask<'_>, values: &mut [f32]) {
    let Mask { layout, p, channels, seed, ordinal, epoch, image_ids } = which;
    assert!(layout.is_dense(), "a mask has no border");
    assert!(values.len() >= layout.buffer_len(image_ids.len()), "mask");
    let isa = team.isa();
    let (len, stride) = (layout.image_len(), layout.image_stride());
    let units = if channels { layout.channels } else { len };
    let scale = reference::scale::<f32>(p);
    // 2^32 would keep nothing, and p < 1; so the threshold fits 32 bits but for rounding.
    let threshold = reference::threshold(p).min(u64::from(u32::MAX)) as u32;
    let values = Shares(values.as_mut_ptr());
    team.for_each(image_ids.len(), |_, image| {
        let stream = Stream::new(seed, Purpose::Dropout(ordinal), epoch, image_ids[image]);
        // SAFETY: an item writes its own image.
        let mask = unsafe { std::slice::from_raw_parts_mut(values.at(image * stride), len) };
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { fill(isa, &stream, threshold, scale, &mut mask[..units]) };
        let (first, others) = mask.split_at_mut(units);
        others.chunks_exact_mut(units).for_each(|pixel| pixel.copy_from_slice(first));
    });
}

/// Blocks computed side by side.
const SIDE: usize = 16;

versions! {
    fn fill<S>(stream: &Stream, threshold: u32, scale: f32, mask: &mut [f32]) {
        let (rest, key) = stream.counter_and_key();
        for (chunk, mask) in mask.chunks_mut(4 * SIDE).enumerate() {
            let mut words = [[0u32; SIDE]; 4];
            for i in 0..SIDE {
                let block = (chunk * SIDE + i) as u32;
                let four = philox4x32_10([block, rest[0], rest[1], rest[2]], key);
                for (word, value) in words.iter_mut().zip(four) {
                    word[i] = value;
                }
            }
            for (unit, value) in mask.iter_mut().enumerate() {
                *value = if words[unit % 4][unit / 4] >= threshold { scale } else { 0.0 };
            }
        }
    }
}
