//! Backward convolution: weight, bias and input gradients of a group of images at a time.
//!
//! A part of a group is an item. It sees to its share of the group's weight gradient and of each image's input
//! gradient, by the kernels of the [table](super::table). Those that are not sparse read the gradient of the
//! convolution's own output, framed with zeros, which each item spreads out, or makes, for itself; or where it lies, if it
//! needs no frame.

use std::ops::Range;

use super::forward::Again;
use super::geometry::{Conv2d, need};
use super::input_gradient::{self, Framed, input_gradient};
use super::pairs;
use super::plane::InputPlane;
use super::scratch::Scratch;
use super::sparse;
use super::split::{self, Share};
use super::spread::{SpreadPlane, StoredPlane, spread_back, spread_out};
use super::table::{self, InputKernel, WeightKernel};
use super::weight_gradient::{bias_gradient, weight_gradient, weight_gradient_of_pairs};
use super::winograd;
use crate::GROUP;
use crate::activation::OfRows;
use crate::batch_norm::{DOutput, Input, InputSums, Region, SharedDOutput, SharedInput, SharedInputSums};
use crate::isa::Isa;
use crate::layout::product;
use crate::team::{Shares, Team};

/// Arguments of [`backward`].
#[derive(Debug)]
pub struct Backward<'a> {
    /// The geometry.
    pub conv: Conv2d,
    /// Number of images.
    pub images: usize,
    /// What went in.
    pub input: Input<'a>,
    /// What came out; only read where ReLU follows without pooling.
    pub output: &'a [f32],
    /// What went into the activation, where its gradient needs that ([`Conv2d::before_len`]).
    pub before: Option<&'a [f32]>,
    /// What it is made from again, where the convolution does that ([`Conv2d::makes_again`]).
    pub again: Option<Again<'a>>,
    /// Which pixel of each pooling window won, with pooling.
    pub argmax: Option<&'a [u8]>,
    /// Gradient of what came out.
    pub d_output: DOutput<'a>,
    /// [group][weight, then bias]: each group's gradients, packed as the weight, or as rows where the
    /// convolution is sparse (see [`pack_partials`](super::pack_partials)); none where nobody wants them.
    pub partials: Option<&'a mut [f32]>,
    /// Whether the bias' gradient is wanted; without, its partials may mean nothing.
    pub bias: bool,
    /// Gradient of what went in, if somebody wants it.
    pub d_input: Option<InputGradient<'a>>,
    /// One a thread, made by [`Scratch::new`] and kept from call to call (its zeros are relied on).
    pub scratch: &'a mut [Scratch],
}

/// Where the input gradient goes.
#[derive(Debug)]
pub struct InputGradient<'a> {
    /// In the input's layout. What ends up in the border means nothing.
    pub values: &'a mut [f32],
    /// Add to what is there instead of overwriting it.
    pub accumulate: bool,
    /// What is summed of it, where the input is normalised by the convolution itself.
    pub sums: Option<InputSums<'a>>,
    /// The weight as the gradient's kernel reads it (see [`Conv2d::renew_mirror`]).
    pub mirror: &'a [f32],
}

/// Gradients of `images` images, each group of [`GROUP`] an item of the team, or several where there are few.
pub fn backward(team: &mut Team, args: Backward<'_>) {
    args.check(team.threads());
    let Backward { conv, images, input, output, before, again, argmax, .. } = args;
    let Backward { d_output, partials, bias, d_input, scratch, .. } = args;
    let isa = team.isa();
    let batch = Batch {
        isa,
        conv,
        images,
        activation: OfRows::new(isa, conv.activation),
        weight_kernel: partials.is_some().then(|| table::weight_gradient(&conv, isa)),
        input: input.shared(images, conv.input, team.threads()),
        output,
        before: before.unwrap_or_default(),
        again: again.filter(|_| conv.makes_again()),
        argmax: argmax.map_or(std::ptr::null(), <[u8]>::as_ptr),
        d_output: d_output.shared(images, conv.output, conv.rooms(team.threads())),
        partials: partials.map(|partials| Shares(partials.as_mut_ptr())),
        bias,
        d_input: d_input.map(|d| {
            let values = Shares(d.values.as_mut_ptr());
            Target {
                kernel: table::input_gradient(&conv, isa),
                values,
                accumulate: d.accumulate,
                sums: d.sums.map(|sums| sums.shared(images, conv.input, values)),
                mirror: d.mirror,
            }
        }),
    };
    let (scratch, parts) = (Shares(scratch.as_mut_ptr()), batch.parts(team.threads()));
    team.for_each(images.div_ceil(GROUP) * parts, |thread, item| {
        let share = Share { part: item % parts, parts };
        // SAFETY: `check` has compared all lengths with what the geometry reaches. A thread has its own scratch,
        // an item its own share of its group's partial gradients and of its images' input gradients.
        unsafe { batch.item(thread, item / parts, share, &mut *scratch.at(thread)) };
    });
    if let Some(sums) = batch.d_input.and_then(|d| d.sums).filter(|_| parts > 1) {
        // SAFETY: `check` and `shared` have compared the lengths; an item writes its own image's.
        team.for_each(images, |_, image| unsafe { sums.image(isa, image) });
    }
}

impl Conv2d {
    /// Whether the kernels read the gradient of the output as it is, framed with zeros.
    fn reads_gradient_as_it_is(&self) -> bool {
        !self.pool && self.activation.is_none()
    }

    /// Images that there has to be room for on so many threads, where the gradient of the output is made
    /// ([`DOutput::Normalised`]).
    pub fn rooms(&self, threads: usize) -> usize {
        if self.reads_gradient_as_it_is() { 0 } else { threads }
    }
}

impl Backward<'_> {
    /// Panics where a buffer is too short for the geometry, or one is missing.
    fn check(&self, threads: usize) {
        let Backward { conv, images, .. } = *self;
        conv.check();
        let partials = product([images.div_ceil(GROUP), conv.partial_len()]);
        if let Some(values) = &self.partials {
            need("the partial gradients", values.len(), partials);
        }
        assert_eq!(conv.pool, self.argmax.is_some(), "pooling goes with an argmax");
        if let Some(bytes) = self.argmax {
            need("the argmax", bytes.len(), images * conv.argmax_len());
        } else if conv.relu() {
            need("the output", self.output.len(), conv.output.buffer_len(images));
        }
        let before = self.before.unwrap_or_default();
        need("what went into the activation", before.len(), conv.before_len(images));
        if conv.makes_again() {
            self.again.expect("what the activation's input is made from again").check(&conv);
        }
        Scratch::check(self.scratch, &conv, threads);
        if let Some(d) = &self.d_input {
            need("the input gradient", d.values.len(), conv.input.buffer_len(images));
            assert_eq!(d.mirror.len(), conv.mirror_len(), "mirrored weight");
        }
    }
}

/// What the items of a backward pass share.
struct Batch<'a> {
    isa: Isa,
    conv: Conv2d,
    images: usize,
    activation: Option<OfRows>,
    /// None where nobody wants the gradients of weight and bias.
    weight_kernel: Option<WeightKernel>,
    input: SharedInput<'a>,
    output: &'a [f32],
    before: &'a [f32],
    again: Option<Again<'a>>,
    /// Null without pooling.
    argmax: *const u8,
    d_output: SharedDOutput<'a>,
    partials: Option<Shares<f32>>,
    bias: bool,
    d_input: Option<Target<'a>>,
}

// SAFETY: items only read `argmax`, which the caller of `backward` lends for the whole pass.
unsafe impl Sync for Batch<'_> {}

/// Where the input gradient goes, and which kernel makes it.
#[derive(Clone, Copy)]
struct Target<'a> {
    kernel: InputKernel,
    values: Shares<f32>,
    accumulate: bool,
    sums: Option<SharedInputSums<'a>>,
    mirror: &'a [f32],
}

/// An image.
#[derive(Clone, Copy)]
struct OfImage {
    image: usize,
    /// Its output's gradient, as it was stored; null where it is [made framed](Batch::makes_framed).
    gradient: *const f32,
    x: InputPlane,
}

/// A share of a group's gradients in the making.
struct InWinogradsDomain<'a> {
    weight: Option<winograd::WeightGradient<'a>>,
    input: Option<winograd::Convolution>,
}

impl Batch<'_> {
    /// Parts of a group's gradients. Each spreads out the output gradient for itself, and normalises the input where that
    /// is left to it, which is little beside the rest unless there are few channels.
    fn parts(&self, threads: usize) -> usize {
        // The sparse kernels' lists are made for whole groups, and windows passed once.
        if !self.reads_framed() {
            return 1;
        }
        let conv = &self.conv;
        let [rows, columns] = conv.conv_size();
        let multiplications = rows * columns * conv.output.channels * conv.window_len();
        split::parts(self.images.div_ceil(GROUP), multiplications * self.images.min(GROUP), threads)
    }

    /// Whether the kernel of the weight's gradient reads that of the convolution's own output, framed.
    fn sums_over_all(&self) -> bool {
        use WeightKernel::{Direct, DirectPairs, Winograd};
        matches!(self.weight_kernel, Some(Winograd | DirectPairs | Direct))
    }

    /// Whether any kernel does.
    fn reads_framed(&self) -> bool {
        self.sums_over_all() || self.d_input.is_some_and(|d| d.kernel != InputKernel::Winners)
    }

    /// An item's share of a group.
    ///
    /// # Safety
    /// The lengths have been checked; nobody else touches this share and the scratch.
    unsafe fn item(&self, thread: usize, group: usize, share: Share, scratch: &mut Scratch) {
        let conv = &self.conv;
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            let partial =
                self.partials.map_or(std::ptr::null_mut(), |all| all.at(group * conv.partial_len()));
            // What goes over the winners is added up, and one item sees to all of it.
            let winners = matches!(self.weight_kernel, Some(WeightKernel::Winners | WeightKernel::Windows));
            if winners && share.part == 0 {
                partial.write_bytes(0, conv.partial_len());
            }
            let mut winograd = self.in_winograds_domain(share, scratch.winograd());
            let mut summed = group * GROUP;
            for image in group * GROUP..self.images.min((group + 1) * GROUP) {
                let gradient = self.stored_gradient(thread, image, scratch);
                let x = self.input_of(thread, image);
                let of_image = OfImage { image, gradient, x };
                self.over_winners(of_image, share, scratch, partial);
                if self.reads_framed() {
                    self.over_all(of_image, share, scratch, partial, &mut winograd);
                }
                if share.parts == 1 {
                    summed = self.sum(summed..image + 1, winograd.input.as_ref());
                }
            }
            if let Some(sums) = winograd.weight {
                sums.finish(partial);
            }
            if let Some(mut convolution) = winograd.input {
                convolution.finish();
            }
            if share.parts == 1 {
                self.sum(summed..self.images.min((group + 1) * GROUP), None);
            }
        }
    }

    /// Takes the sums of the images whose input gradients are all there, and returns the first whose is not: tiles may
    /// wait for those of the next image.
    ///
    /// # Safety
    /// As for [`Batch::item`].
    unsafe fn sum(&self, images: Range<usize>, convolution: Option<&winograd::Convolution>) -> usize {
        let end = images.end - convolution.map_or(0, winograd::Convolution::images_pending);
        if let Some(sums) = self.d_input.and_then(|d| d.sums) {
            for image in images.start..end {
                // SAFETY: the caller promises what stands under Safety.
                unsafe { sums.image(self.isa, image) };
            }
        }
        debug_assert!(end >= images.start, "tiles wait for an image that has been summed");
        end
    }

    /// What Winograd's kernels keep from image to image, in a thread's scratch.
    ///
    /// # Safety
    /// As for [`Batch::item`].
    unsafe fn in_winograds_domain(&self, share: Share, scratch: *mut f32) -> InWinogradsDomain<'_> {
        let (conv, isa) = (&self.conv, self.isa);
        let algorithms = conv.algorithms;
        let sums = self.weight_kernel == Some(WeightKernel::Winograd);
        let weight = algorithms.weight_gradient.winograd().filter(|_| sums).map(|algorithm| {
            // SAFETY: inside the scratch, for which the caller vouches.
            let place = unsafe { scratch.add(winograd::sums_start(conv)) };
            winograd::WeightGradient::new(isa, conv, algorithm, share, place)
        });
        let convolves = self.d_input.is_some_and(|d| d.kernel == InputKernel::Winograd);
        let input = algorithms.input_gradient.winograd().filter(|_| convolves);
        let input = input.map(|algorithm| winograd::Convolution::new(isa, algorithm, GROUP, scratch));
        InWinogradsDomain { weight, input }
    }

    /// Where output (0, 0)'s window begins in the gradient of an image's input.
    fn window(&self, image: usize) -> usize {
        image * self.conv.input.image_stride() + self.conv.window_origin()
    }

    /// Where an image begins in what is laid out as the output.
    fn stored(&self, image: usize) -> usize {
        image * self.conv.output.image_stride() + self.conv.output.origin()
    }

    /// An image's input, as far as somebody reads it.
    ///
    /// # Safety
    /// As for [`Batch::item`].
    unsafe fn input_of(&self, thread: usize, image: usize) -> InputPlane {
        if self.weight_kernel.is_none() && self.again.is_none() {
            return InputPlane { values: std::ptr::null(), next: 0 };
        }
        let conv = &self.conv;
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            let input = self.input.image(self.isa, thread, image, Region::whole(conv.input));
            InputPlane { values: input.add(conv.window_origin()), next: self.input.next() }
        }
    }

    /// Whether an image's gradient is made where the kernels read it, with nothing to be taken back through.
    fn makes_framed(&self) -> bool {
        self.d_output.is_made() && self.conv.reads_gradient_as_it_is()
    }

    /// An image's gradient as it was stored, unless it is [made framed](Batch::makes_framed). With pooling, only what
    /// won its window has a gradient: that is taken back through an activation other than ReLU here, on whichever side of
    /// the pooling it stands.
    ///
    /// # Safety
    /// As for [`Batch::item`].
    unsafe fn stored_gradient(&self, thread: usize, image: usize, scratch: &mut Scratch) -> *const f32 {
        let (layout, start) = (self.conv.output, self.stored(image));
        // SAFETY: the caller promises what stands under Safety; what went into the activation and the scratch are
        // laid out as the output.
        unsafe {
            if self.makes_framed() {
                return std::ptr::null();
            }
            let dy = self.d_output.image(self.isa, thread, image);
            let Some(activation) = self.activation.filter(|_| self.conv.pool) else { return dy };
            let (before, to) = (self.before.as_ptr().add(start), scratch.behind_activation.as_mut_ptr());
            for at in (0..layout.height).map(|row| row * layout.row_stride()) {
                activation.backward(before.add(at), dy.add(at), to.add(at), layout.row_len());
            }
            to
        }
    }

    /// The gradients of an image that only go over what won its pooling window; `gradient` as it was stored.
    ///
    /// # Safety
    /// As for [`Batch::item`].
    unsafe fn over_winners(
        &self,
        OfImage { image, gradient, x }: OfImage,
        share: Share,
        scratch: &mut Scratch,
        partial: *mut f32,
    ) {
        let (isa, conv, lists) = (self.isa, &self.conv, &mut scratch.lists);
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            let of_image = sparse::Image {
                gradient,
                argmax: self.argmax.wrapping_add(image * conv.argmax_len()),
                x: x.values,
                next: x.next,
            };
            match self.weight_kernel {
                Some(WeightKernel::Winners) => sparse::weight_gradients(isa, conv, of_image, lists, partial),
                Some(WeightKernel::Windows) if share.part == 0 => {
                    sparse::window_gradients(isa, conv, of_image, lists, partial);
                }
                _ => {}
            }
            if let Some(d) = self.d_input
                && d.kernel == InputKernel::Winners
            {
                if !d.accumulate {
                    sparse::clear(conv, d.values, image);
                }
                let target = sparse::Target { dx: d.values.at(self.window(image)), rows: d.mirror.as_ptr() };
                sparse::input_gradients(isa, conv, of_image, lists, target);
            }
        }
    }

    /// The gradients of an image that go over all pixels of the convolution's own output; `gradient` as it was
    /// stored.
    ///
    /// # Safety
    /// As for [`Batch::item`].
    unsafe fn over_all(
        &self,
        of_image: OfImage,
        share: Share,
        scratch: &mut Scratch,
        partial: *mut f32,
        winograd: &mut InWinogradsDomain<'_>,
    ) {
        let (isa, conv) = (self.isa, self.conv);
        let OfImage { image, x, .. } = of_image;
        let fresh = image.is_multiple_of(GROUP);
        // SAFETY: the caller promises what stands under Safety.
        unsafe {
            let (framed, again) = (scratch.framed.as_mut_ptr(), scratch.again.as_mut_ptr());
            let gradient = self.spread(of_image, again, framed);
            match (self.weight_kernel, &mut winograd.weight) {
                (Some(WeightKernel::Winograd), Some(sums)) => sums.add(x, gradient.values, gradient.row),
                (Some(WeightKernel::DirectPairs), _) => {
                    let columns = pairs::by_columns(isa, &conv, x, gradient, scratch.pairs());
                    weight_gradient_of_pairs(isa, conv, columns, partial, fresh, share);
                }
                (Some(WeightKernel::Direct), _) => {
                    weight_gradient(isa, conv, x, gradient, partial, fresh, share)
                }
                _ => {}
            }
            if self.bias && share.part == 0 && self.sums_over_all() {
                bias_gradient(isa, conv, gradient, partial, fresh);
            }
            if let Some(d) = self.d_input.filter(|d| d.kernel != InputKernel::Winners) {
                let at = image * conv.input.image_stride() + conv.input.origin();
                let mut framed = Framed { values: conv.framed(gradient), row: gradient.row };
                if d.kernel == InputKernel::DirectPairs {
                    framed = pairs::framed_in_pairs(isa, &conv, framed, scratch.pairs());
                }
                let image = input_gradient::Image {
                    framed,
                    mirror: d.mirror.as_ptr(),
                    dx: d.values.at(at),
                    accumulate: d.accumulate,
                };
                input_gradient(isa, &conv, image, share, winograd.input.as_mut());
            }
        }
    }

    /// Takes an image's gradient, as it was stored, back through pooling and activation to `framed`, or makes it there.
    /// Where there is nothing to be taken back through and no frame, it stays where it was stored.
    ///
    /// # Safety
    /// As for [`Batch::item`]; `again` and `framed` are the scratch's.
    unsafe fn spread(
        &self,
        OfImage { image, gradient, x }: OfImage,
        again: *mut f32,
        framed: *mut f32,
    ) -> SpreadPlane {
        let (conv, at) = (self.conv, self.stored(image));
        // SAFETY: the caller promises what stands under Safety. The output and what went into the activation are only
        // read where the activation asks for them, and then they are as long as `check` wants them.
        unsafe {
            let values = framed.add(conv.framed_origin());
            let to = SpreadPlane { values, row: conv.framed_row(), column: conv.output.channels };
            if self.makes_framed() {
                self.d_output.make(self.isa, image, to.values, to.row);
                return to;
            }
            if conv.reads_gradient_as_it_is() && conv.has_no_frame() {
                return SpreadPlane { values: gradient.cast_mut(), row: conv.output.row_stride(), ..to };
            }
            let before = match self.again {
                Some(of) => {
                    of.image(self.isa, conv, x.values.sub(conv.window_origin()), again);
                    again.cast_const()
                }
                None => self.before.as_ptr().wrapping_add(at),
            };
            let stored = StoredPlane {
                gradient,
                output: self.output.as_ptr().wrapping_add(at),
                before,
                argmax: self.argmax.wrapping_add(image * conv.argmax_len()),
            };
            match self.activation {
                Some(activation) if !conv.pool => spread_back(activation, &conv, stored, to),
                _ => spread_out(self.isa, conv, stored, to),
            }
            to
        }
    }
}
