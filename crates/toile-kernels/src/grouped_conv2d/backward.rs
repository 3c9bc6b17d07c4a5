//! Backward: weight, bias and input gradients of a group of images at a time.

use super::forward::need;
use super::geometry::GroupedConv2d;
use super::part::{OfInput, OfWeight, parts, share};
use super::table;
use crate::activation::OfRows;
use crate::batch_norm::{DOutput, Input, InputSums, SharedInputSums};
use crate::isa::Isa;
use crate::layout::product;
use crate::simd::versions;
use crate::team::{Shares, Team};
use crate::{GROUP, LANES};

/// Arguments of [`backward`].
#[derive(Debug)]
pub struct Backward<'a> {
    /// The geometry.
    pub conv: GroupedConv2d,
    /// Number of images.
    pub images: usize,
    /// What went in.
    pub input: Input<'a>,
    /// What came out; only read where ReLU follows.
    pub output: &'a [f32],
    /// What went into the activation, where its gradient needs that ([`GroupedConv2d::before_len`]).
    pub before: Option<&'a [f32]>,
    /// Gradient of what came out.
    pub d_output: DOutput<'a>,
    /// [group][weight, then bias]: each group's gradients, packed as the weight and the bias.
    pub partials: &'a mut [f32],
    /// Whether the bias' gradient is wanted; without, its partials are 0.
    pub bias: bool,
    /// Gradient of what went in, if somebody wants it.
    pub d_input: Option<InputGradient<'a>>,
    /// [`GroupedConv2d::scratch_len`] values for each thread.
    pub scratch: &'a mut [f32],
}

/// Where the input gradient goes.
#[derive(Debug)]
pub struct InputGradient<'a> {
    /// In the input's layout; the border is left alone.
    pub values: &'a mut [f32],
    /// Add to what is there instead of overwriting it.
    pub accumulate: bool,
    /// What is summed of it, where the input is normalised by the convolution itself.
    pub sums: Option<InputSums<'a>>,
    /// The packed weight where each channel is by itself, else its mirror ([`GroupedConv2d::renew_mirror`]).
    pub weight: &'a [f32],
}

/// Gradients of `images` images, each group of [`GROUP`] an item of the team, or several where there are few.
pub fn backward(team: &mut Team, args: Backward<'_>) {
    args.check(team.threads());
    let Backward { conv, images, input, output, before, d_output, partials, bias, d_input, scratch } = args;
    let (isa, row) = (team.isa(), table::chosen(&conv));
    let d_output = d_output.shared(images, conv.output, team.threads());
    let input = input.shared(images, conv.input, team.threads());
    let behind = Behind { isa, conv, activation: OfRows::new(isa, conv.activation) };
    let (partials, scratch) = (Shares(partials.as_mut_ptr()), Shares(scratch.as_mut_ptr()));
    let target = d_input.map(|d| {
        let values = Shares(d.values.as_mut_ptr());
        let sums = d.sums.map(|sums| sums.shared(images, conv.input, values));
        Target { values, accumulate: d.accumulate, weight: d.weight, sums }
    });
    let sums = target.and_then(|target| target.sums);
    let groups = images.div_ceil(GROUP);
    let parts = parts(groups, conv.units(), team.threads());
    team.for_each(groups * parts, |thread, item| {
        let (group, units) = (item / parts, share(conv.units(), item % parts, parts));
        // SAFETY: `check` has compared all lengths with what the geometry reaches. A thread has its own scratch, an
        // item its own units of its group's partial gradients and of its images' input gradients.
        unsafe {
            let partial = partials.at(group * conv.partial_len());
            clear(&conv, partial, units);
            for image in group * GROUP..images.min((group + 1) * GROUP) {
                let start = image * conv.output.image_stride() + conv.output.origin();
                let stored = Stored {
                    dy: d_output.image(isa, thread, image),
                    output: output.as_ptr().wrapping_add(start),
                    before: before.unwrap_or_default().as_ptr().wrapping_add(start),
                };
                let room = scratch.at(thread * conv.scratch_len());
                let dy = behind.gradient(stored, room.wrapping_add(conv.output.origin()), units);
                let x = input.image(isa, thread, image, conv.region_of(units)).add(conv.window_origin());
                let next = input.next();
                (row.weight_gradient)(isa, conv, OfWeight { x, next, dy, partial, bias }, units);
                if let Some(Target { values, accumulate, weight, .. }) = target {
                    let dx = values.at(image * conv.input.image_stride() + conv.input.origin());
                    let weight = weight.as_ptr();
                    (row.input_gradient)(isa, conv, OfInput { dy, weight, dx, accumulate }, units);
                }
                if let Some(sums) = sums.filter(|_| parts == 1) {
                    sums.image(isa, image);
                }
            }
        }
    });
    if let Some(sums) = sums.filter(|_| parts > 1) {
        // SAFETY: `check` and `shared` have compared the lengths; an item writes its own image's.
        team.for_each(images, |_, image| unsafe { sums.image(isa, image) });
    }
}

/// [`InputGradient`], checked, to be shared by items.
#[derive(Clone, Copy)]
struct Target<'a> {
    values: Shares<f32>,
    accumulate: bool,
    weight: &'a [f32],
    sums: Option<SharedInputSums<'a>>,
}

/// Zeros for a share of a group's gradients, which its images are added to.
///
/// # Safety
/// `partial` has room for a group's gradients.
unsafe fn clear(conv: &GroupedConv2d, partial: *mut f32, [begin, end]: [usize; 2]) {
    let [weight, bias] = [conv.panels() * conv.panel_len(), conv.panels() * LANES];
    // SAFETY: the caller promises what stands under Safety.
    unsafe {
        partial.add(begin * weight).write_bytes(0, (end - begin) * weight);
        partial.add(conv.weight_len() + begin * bias).write_bytes(0, (end - begin) * bias);
    }
}

/// One image as it was stored, from pixel (0, 0).
#[derive(Clone, Copy)]
struct Stored {
    dy: *const f32,
    output: *const f32,
    before: *const f32,
}

/// The way back through the activation.
struct Behind {
    isa: Isa,
    conv: GroupedConv2d,
    activation: Option<OfRows>,
}

impl Behind {
    /// The gradient of what goes into the activation, of a share of the units: what came, or what is made of it in
    /// `room`.
    ///
    /// # Safety
    /// The image is stored in the output's layout as far as the activation reads it; `room` has space for one, where
    /// there is an activation.
    unsafe fn gradient(&self, stored: Stored, room: *mut f32, units: [usize; 2]) -> *const f32 {
        let Stored { dy, output, before } = stored;
        if self.conv.activation.is_none() {
            return dy;
        }
        self.conv.each_line(units, |at, len| {
            // SAFETY: the caller promises what stands under Safety; lines stay inside the image.
            unsafe {
                let to = room.add(at);
                match self.activation {
                    Some(activation) => activation.backward(before.add(at), dy.add(at), to, len),
                    None => through_relu(self.isa, output.add(at), dy.add(at), to, len),
                }
            }
        });
        room
    }
}

versions! {
    /// Takes `len` gradients back through ReLU: 0 where it cut the value off.
    fn through_relu<S>(output: *const f32, dy: *const f32, to: *mut f32, len: usize) {
        for first in (0..len).step_by(LANES) {
            let lanes = (len - first).min(LANES);
            let cut = S::le(S::load_first(output.add(first), lanes), S::zero());
            let gradient = S::select(cut, S::zero(), S::load_first(dy.add(first), lanes));
            S::store_first(to.add(first), lanes, gradient);
        }
    }
}

impl Backward<'_> {
    /// Panics where a buffer is too short for the geometry, or one is missing.
    fn check(&self, threads: usize) {
        let Backward { conv, images, .. } = *self;
        conv.check();
        need(
            "the partial gradients",
            self.partials.len(),
            product([images.div_ceil(GROUP), conv.partial_len()]),
        );
        if conv.relu() {
            need("the output", self.output.len(), conv.output.buffer_len(images));
        }
        let before = self.before.unwrap_or_default();
        need("what went into the activation", before.len(), conv.before_len(images));
        need("the scratch", self.scratch.len(), product([threads, conv.scratch_len()]));
        if let Some(d) = &self.d_input {
            need("the input gradient", d.values.len(), conv.input.buffer_len(images));
            let expected = if conv.is_depthwise() { conv.weight_len() } else { conv.mirror_len() };
            assert_eq!(d.weight.len(), expected, "the weight of the input gradient");
        }
    }
}
