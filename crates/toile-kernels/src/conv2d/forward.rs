//! Forward convolution: checks the arguments, and runs the kernel of the [table](super::table).

use super::ahead::Ahead;
use super::geometry::{Conv2d, need};
use super::plane::{Activated, ForwardPart, Init, Plane, activate};
use super::scratch::Scratch;
use super::split::{Part, Split};
use super::table;
use super::winograd;
use crate::LANES;
use crate::activation::OfRows;
use crate::batch_norm::{Input, Region, SharedInput, image_moments, image_moments_len};
use crate::isa::Isa;
use crate::team::{Shares, Team};

/// Arguments of [`forward`].
#[derive(Debug)]
pub struct Forward<'a> {
    /// The geometry.
    pub conv: Conv2d,
    /// Number of images.
    pub images: usize,
    /// Input images.
    pub input: Input<'a>,
    /// Packed weight, or where [`Conv2d::transformed_len`] says there is one, the transformed one.
    pub weight: &'a [f32],
    /// Bias, filled up to whole panels.
    pub bias: Option<&'a [f32]>,
    /// Output images; only their pixels are written, never the border.
    pub output: &'a mut [f32],
    /// What goes into the activation, for the way back: [`Conv2d::before_len`] values, laid out as the output. In
    /// front of pooling, of the values that win.
    pub before: Option<&'a mut [f32]>,
    /// With pooling: `[image][row][column][channel]`, no border.
    pub argmax: Option<&'a mut [u8]>,
    /// One a thread, as for [`backward`](super::backward); none where the algorithm is direct, of f32, and no activation
    /// other than ReLU comes before pooling.
    pub scratch: &'a mut [Scratch],
}

/// Convolves `images` images, each an item of the team, or several where there are few.
pub fn forward(team: &mut Team, args: Forward<'_>) {
    forward_with_moments(team, args, None);
}

/// As [`forward`]. Also writes the moments of each stored image by itself, as
/// [`batch_norm::moments`](crate::batch_norm::moments) does, while the image is still in the cache.
pub fn forward_with_moments(team: &mut Team, args: Forward<'_>, moments: Option<&mut [f32]>) {
    args.check(team.threads());
    let Forward { conv, images, input, weight, bias, output, before, argmax, scratch } = args;
    let moments = moments.map(|values| {
        need("the moments", values.len(), image_moments_len(conv.output, images));
        Shares(values.as_mut_ptr())
    });
    let output = Shares(output.as_mut_ptr());
    let before = before.map(|values| Shares(values.as_mut_ptr()));
    let isa = team.isa();
    let batch = Batch {
        isa,
        conv,
        split: Split::new(&conv, images, team.threads()),
        activation: OfRows::new(isa, conv.activation),
        input: input.shared(images, conv.input, team.threads()),
        weight,
        bias,
        output,
        before,
        argmax: argmax.map(|bytes| Shares(bytes.as_mut_ptr())),
    };
    let kernel = table::forward(&conv, isa);
    let scratch = Shares(scratch.as_mut_ptr());
    let Split { images: together, .. } = batch.split;
    let (parts, whole) = (batch.split.parts(), batch.split.parts() == 1);
    team.for_each(images.div_ceil(together) * parts, |thread, item| {
        let (run, part) = (item / parts * together, item % parts);
        let run = run..images.min(run + together);
        // SAFETY: `check` has compared the lengths with what the geometry reaches; an item writes its own part
        // of its own images (and of the moments), a thread has a scratch of its own.
        unsafe {
            let part = batch.split.part(&conv, part);
            let own = if conv.takes_scratch_forward() { scratch.at(thread) } else { std::ptr::null_mut() };
            let of_image = |image: usize, input: *const f32| {
                batch.part(image, &part, input, own, batch.sums().at(batch.start(image, &part)))
            };
            let region = conv.region_of(&part);
            kernel(
                &mut run
                    .clone()
                    .map(|image| of_image(image, batch.input.image(isa, thread, image, region.clone()))),
            );
            for image in run {
                if let Some(activation) = batch.activation.filter(|_| !conv.pools_activated()) {
                    let plane = of_image(image, std::ptr::null()).plane;
                    activate(activation, &plane, output.at(batch.start(image, &part)));
                }
                if let Some(moments) = moments
                    && whole
                {
                    image_moments(isa, conv.output, output.at(0), image, moments.at(0));
                }
            }
        }
    });
    if let Some(moments) = moments
        && !whole
    {
        team.for_each(images, |_, image| {
            // SAFETY: `check` has compared the lengths; an item writes its own part of the moments.
            unsafe { image_moments(isa, conv.output, output.at(0), image, moments.at(0)) }
        });
    }
}

impl Forward<'_> {
    /// Panics where a buffer is too short for the geometry, or one is missing.
    fn check(&self, threads: usize) {
        let Forward { conv, images, .. } = *self;
        conv.check();
        need("the output", self.output.len(), conv.output.buffer_len(images));
        match conv.transformed_len() {
            0 => assert_eq!(self.weight.len(), conv.weight_len(), "packed weight"),
            transformed => assert_eq!(self.weight.len(), transformed, "transformed weight"),
        }
        if conv.takes_scratch_forward() {
            Scratch::check(self.scratch, &conv, threads);
        }
        if let Some(bias) = self.bias {
            assert_eq!(bias.len(), conv.bias_len(), "bias");
        }
        if let Some(bytes) = &self.argmax {
            need("the argmax", bytes.len(), images * conv.argmax_len());
        }
        assert_eq!(conv.pool, self.argmax.is_some(), "pooling goes with an argmax");
        if let Some(values) = &self.before {
            assert!(conv.keeps_before(), "what goes into {:?} is not kept", conv.activation);
            need("what goes into the activation", values.len(), conv.before_len(images));
        }
    }
}

impl Conv2d {
    /// What a part of the output is made of.
    fn region_of(&self, part: &Part) -> Region {
        let [first, end] = part.rows;
        let of_all = end == self.output.height;
        let [first, end] = if self.pool { [2 * first, 2 * end] } else { [first, end] };
        // Pooling leaves an odd last row out, which is computed all the same.
        let end = if of_all { self.conv_size()[0] } else { end };
        let inside = |row: usize| row.saturating_sub(self.padding[0]).min(self.input.height);
        let from = inside(first * self.stride[0]);
        let rows = from..inside((end.max(1) - 1) * self.stride[0] + self.kernel[0]).max(from);
        Region { rows, ..Region::whole(self.input) }
    }
}

/// What the items of a forward pass share.
struct Batch<'a> {
    isa: Isa,
    conv: Conv2d,
    split: Split,
    activation: Option<OfRows>,
    input: SharedInput<'a>,
    weight: &'a [f32],
    bias: Option<&'a [f32]>,
    output: Shares<f32>,
    /// Where what goes into the activation is kept.
    before: Option<Shares<f32>>,
    argmax: Option<Shares<u8>>,
}

impl Batch<'_> {
    /// Where the values of a part of an image begin, in a buffer laid out as the output.
    fn start(&self, image: usize, part: &Part) -> usize {
        let layout = self.conv.output;
        let row = part.rows[0] * layout.row_stride();
        image * layout.image_stride() + layout.origin() + row + part.channels[0]
    }

    /// Where kernels write: what goes into the activation to where that is kept. In front of pooling it is kept only of
    /// the values that win, once they are known.
    fn sums(&self) -> Shares<f32> {
        self.before.filter(|_| !self.conv.pools_activated()).unwrap_or(self.output)
    }

    /// A part of an image that begins at `input`, whose values go to `output`.
    ///
    /// # Safety
    /// The lengths have been checked, and there are such an image and such a part. The scratch is the thread's own,
    /// where the convolution takes one.
    unsafe fn part(
        &self,
        image: usize,
        part: &Part,
        input: *const f32,
        scratch: *mut Scratch,
        output: *mut f32,
    ) -> ForwardPart {
        let conv = &self.conv;
        let Part { rows: [row, end], channels: [first, last] } = *part;
        let step_row = conv.stride[0] * conv.input.row_stride();
        let conv_row = if conv.pool { 2 * row } else { row };
        let from = conv.window_origin() + conv_row * step_row;
        let tile = conv.algorithms.forward.tile();
        let terms = conv.algorithms.forward.precision().places(conv.window_len());
        let panel = tile.map_or(terms * LANES, |tile| winograd::panel_len(conv, tile));
        // What is not pooled of the convolution's own output, below the last part and right of each.
        let beyond = |axis: usize, stored: usize| {
            if conv.pool { conv.conv_size()[axis] - 2 * stored } else { 0 }
        };
        let below = if end == conv.output.height { beyond(0, end) } else { 0 };
        let argmax = image * conv.argmax_len() + row * conv.output.row_len() + first;
        let start = self.start(image, part);
        // SAFETY: the caller promises what stands under Safety: all offsets are inside the buffers.
        unsafe {
            let input = input.wrapping_add(from);
            let plane = Plane {
                input,
                input_row: conv.input.row_stride(),
                ahead: Ahead::behind(conv, input, self.input.next()),
                step_row,
                step_column: conv.stride[1] * conv.input.channels,
                kernel_rows: conv.kernel[0],
                segment: conv.segment(),
                weight: self.weight.as_ptr().add(first / LANES * panel),
                panel,
                output,
                output_row: conv.output.row_stride(),
                output_column: conv.output.channels,
                channels: last - first,
                rows: end - row,
                columns: conv.output.width,
                pooled: conv.pool,
                beyond: [below, beyond(1, conv.output.width)],
                init: self.bias.map_or(Init::Zero, |b| Init::Bias(b.as_ptr().add(first))),
                relu: conv.relu(),
            };
            let argmax = self.argmax.map_or(std::ptr::null_mut(), |bytes| bytes.at(argmax));
            let activated = self.activation.filter(|_| conv.pools_activated()).map(|activation| Activated {
                activation,
                before: self.before.map_or(std::ptr::null_mut(), |before| before.at(start)),
                room: (*scratch).band(),
            });
            let scratch = match tile {
                Some(_) => (*scratch).winograd(),
                None if conv.forward_in_pairs() => (*scratch).pairs(),
                None => std::ptr::null_mut(),
            };
            let together = self.split.images;
            ForwardPart { isa: self.isa, conv: *conv, plane, together, argmax, scratch, activated }
        }
    }
}

/// What a convolution without pooling gave before its activation, to be made again
/// ([`makes_again`](Conv2d::makes_again)).
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// Packed weight.
    pub weight: &'a [f32],
    /// Bias, filled up to whole panels.
    pub bias: Option<&'a [f32]>,
}

impl Again<'_> {
    /// Panics where the lengths are not the convolution's.
    pub(super) fn check(&self, conv: &Conv2d) {
        assert_eq!(self.weight.len(), conv.weight_len(), "packed weight");
        if let Some(bias) = self.bias {
            assert_eq!(bias.len(), conv.bias_len(), "bias");
        }
    }

    /// Writes an image's to `to`, pixel (0, 0) of one in the layout of the output.
    ///
    /// # Safety
    /// `check` has passed, `input` is an image in the layout of the input, and nobody else touches what is written.
    pub(super) unsafe fn image(&self, isa: Isa, conv: Conv2d, input: *const f32, to: *mut f32) {
        let Again { weight, bias } = *self;
        let split = Split::new(&conv, 1, 1);
        let nothing = Input::Stored(&[]).shared(0, conv.input, 1);
        let output = Shares(std::ptr::null_mut());
        let (activation, before, argmax) = (None, None, None);
        let batch =
            Batch { isa, conv, split, activation, input: nothing, weight, bias, output, before, argmax };
        // SAFETY: the caller promises what stands under Safety; one part is the whole image.
        unsafe {
            let part = batch.part(0, &split.part(&conv, 0), input, std::ptr::null_mut(), to);
            // The gradient of the weight asks for the next image.
            let part = ForwardPart { plane: Plane { ahead: None, ..part.plane }, ..part };
            table::forward(&conv, isa)(&mut std::iter::once(part));
        }
    }
}
