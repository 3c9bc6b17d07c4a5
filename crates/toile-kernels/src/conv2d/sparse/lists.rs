//! Lists of what won: by output channel for the weight gradient, by pixel for the input gradient.

use std::ops::Range;

use super::image::Image;
use crate::LANES;
use crate::buffer::{Buffer, OutOfMemory, try_filled};
use crate::conv2d::geometry::Conv2d;
use crate::layout::product;
use crate::simd::versions;

/// A winner: where its window starts in the input, and its gradient.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Winner {
    pub(super) offset: u32,
    pub(super) gradient: f32,
}

/// A thread's lists of winners, for one image. Whoever has a gradient of zero is left out.
#[derive(Debug, Default)]
pub(in crate::conv2d) struct Lists {
    /// `[oc][window]`, with room for one more a channel.
    by_channel: Vec<Winner>,
    /// Where in `by_channel` each channel's list ends.
    ends: Vec<u32>,
    /// Channels and gradients, `[window][place][oc]` without gaps.
    channels: Vec<u32>,
    gradients: Buffer,
    /// Where each `[window][place]` starts in them, and where the last one ends.
    starts: Vec<u32>,
    /// Where a convolution goes by windows instead: for each value of the input those at the four places
    /// of a window.
    pub(super) fours: Buffer,
}

impl Lists {
    pub(in crate::conv2d) fn new(conv: &Conv2d) -> Result<Lists, OutOfMemory> {
        if conv.goes_by_windows() {
            let fours = Buffer::try_zeroed(product([4, conv.places_len()]))?;
            return Ok(Lists { fours, ..Lists::default() });
        }
        if !conv.is_sparse() {
            return Ok(Lists::default());
        }
        let channels = conv.output.channels;
        let windows = conv.output.height * conv.output.width;
        // A window's winners are at most its channels; whole vectors are written.
        let by_pixel = product([windows, channels]) + LANES;
        Ok(Lists {
            // A list's end may be written once more than it is kept.
            by_channel: try_filled(Winner::default(), product([channels, windows + 1]))?,
            ends: try_filled(0, channels)?,
            channels: try_filled(0, by_pixel)?,
            gradients: Buffer::try_zeroed(by_pixel)?,
            starts: try_filled(0, product([windows, 4]) + 1)?,
            fours: Buffer::default(),
        })
    }

    /// The winners of a channel, in the order of a weight gradient.
    #[inline(always)]
    pub(super) fn of_channel(&self, conv: &Conv2d, oc: usize) -> &[Winner] {
        let start = oc * (conv.output.height * conv.output.width + 1);
        &self.by_channel[start..self.ends[oc] as usize]
    }

    /// The winners at one place of a window: channels and gradients.
    #[inline(always)]
    ///
    /// # Safety
    /// There is such a window, and [`by_pixel`] has filled the lists.
    pub(super) unsafe fn of_pixel(&self, window: usize, place: usize) -> (&[u32], &[f32]) {
        // SAFETY: `by_pixel` wrote the starts of all windows, ascending and inside the lists.
        unsafe {
            let [start, end] = [0, 1].map(|i| *self.starts.get_unchecked(4 * window + place + i) as usize);
            (self.channels.get_unchecked(start..end), self.gradients.get_unchecked(start..end))
        }
    }
}

versions! {
    /// Fills the lists by channel with what won in some rows of windows, and adds the gradients to `bias`.
    pub(super) fn by_channel<S>(
        conv: &Conv2d,
        image: Image,
        rows: &Range<usize>,
        lists: &mut Lists,
        bias: *mut f32,
    ) {
        let Conv2d { input, output, stride, .. } = *conv;
        let channels = output.channels;
        let step = [stride[0] * input.row_stride(), stride[1] * input.channels];
        let Lists { by_channel, ends, .. } = lists;
        for (oc, end) in ends.iter_mut().enumerate() {
            *end = (oc * (output.height * output.width + 1)) as u32;
        }
        for row in rows.clone() {
            for column in 0..output.width {
                let window = 2 * (row * step[0] + column * step[1]);
                let places = image.argmax.add((row * output.width + column) * channels);
                let gradients = image.gradient.add(row * output.row_stride() + column * channels);
                let mut first = 0;
                while first + LANES <= channels {
                    let (places, gradients) = (places.add(first), gradients.add(first));
                    let ends = ends.as_mut_ptr().add(first);
                    let bias = bias.add(first);
                    append::<LANES>(window, step, places, gradients, bias, ends, by_channel.as_mut_ptr());
                    first += LANES;
                }
                while first < channels {
                    let (places, gradients) = (places.add(first), gradients.add(first));
                    let ends = ends.as_mut_ptr().add(first);
                    let bias = bias.add(first);
                    append::<1>(window, step, places, gradients, bias, ends, by_channel.as_mut_ptr());
                    first += 1;
                }
            }
        }
    }
}

/// Appends what N channels have in a window to their lists. Written always, kept if it won: no branch to
/// mispredict.
#[inline(always)]
unsafe fn append<const N: usize>(
    window: usize,
    step: [usize; 2],
    places: *const u8,
    gradients: *const f32,
    bias: *mut f32,
    ends: *mut u32,
    by_channel: *mut Winner,
) {
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        let places = places.cast::<[u8; N]>().read().map(u32::from);
        let gradients = gradients.cast::<[f32; N]>().read();
        let at = ends.cast::<[u32; N]>().read();
        let mut winners = [Winner::default(); N];
        let mut after = at;
        let mut sums = bias.cast::<[f32; N]>().read();
        for i in 0..N {
            let down = if places[i] & 2 == 0 { 0 } else { step[0] as u32 };
            let right = if places[i] & 1 == 0 { 0 } else { step[1] as u32 };
            let offset = (window as u32).wrapping_add(down).wrapping_add(right);
            winners[i] = Winner { offset, gradient: gradients[i] };
            let won = (places[i] < 4) & (gradients[i] != 0.0);
            after[i] += u32::from(won);
            sums[i] += if won { gradients[i] } else { 0.0 };
        }
        for i in 0..N {
            *by_channel.add(at[i] as usize) = winners[i];
        }
        ends.cast::<[u32; N]>().write(after);
        bias.cast::<[f32; N]>().write(sums);
    }
}

versions! {
    /// Fills the lists by pixel.
    pub(super) fn by_pixel<S>(conv: &Conv2d, image: Image, lists: &mut Lists) {
        let output = conv.output;
        let channels = output.channels;
        let mut end = 0;
        for row in 0..output.height {
            for column in 0..output.width {
                let window = row * output.width + column;
                let places = image.argmax.add(window * channels);
                let gradients = image.gradient.add(row * output.row_stride() + column * channels);
                for which in 0..4 {
                    let mut first = 0;
                    while first < channels {
                        let lanes = (channels - first).min(LANES);
                        let gradient = S::load_first(gradients.add(first), lanes);
                        let place = S::load_bytes_first(places.add(first), lanes);
                        let place = S::select(S::eq(gradient, S::zero()), S::splat(4.0), place);
                        let wins = S::eq(place, S::splat(which as f32));
                        let to = lists.channels.as_mut_ptr().add(end);
                        let values = lists.gradients.as_mut_ptr().add(end);
                        end += S::compress(wins, lanes, first as u32, gradient, to, values);
                        first += LANES;
                    }
                    lists.starts[4 * window + which + 1] = end as u32;
                }
            }
        }
    }
}
