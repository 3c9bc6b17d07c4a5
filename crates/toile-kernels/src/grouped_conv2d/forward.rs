//! Forward: checks the arguments, and runs the kernel of the [table](super::table).

use super::geometry::GroupedConv2d;
use super::part::{Outputs, parts, share};
use super::table;
use crate::LANES;
use crate::activation::OfRows;
use crate::batch_norm::{Input, Region, image_moments, image_moments_len};
use crate::team::{Shares, Team};

/// Arguments of [`forward`].
#[derive(Debug)]
pub struct Forward<'a> {
    /// The geometry.
    pub conv: GroupedConv2d,
    /// Number of images.
    pub images: usize,
    /// Input images.
    pub input: Input<'a>,
    /// Packed weight.
    pub weight: &'a [f32],
    /// Packed bias.
    pub bias: Option<&'a [f32]>,
    /// Output images; only their pixels are written, never the border.
    pub output: &'a mut [f32],
    /// What goes into the activation, for the way back: [`GroupedConv2d::before_len`] values, laid out as the output.
    pub before: Option<&'a mut [f32]>,
    /// Where the moments of each output image go, as [`batch_norm::moments`](crate::batch_norm::moments) makes them.
    pub moments: Option<&'a mut [f32]>,
}

/// Convolves `images` images, each an item of the team, or several where there are few.
pub fn forward(team: &mut Team, args: Forward<'_>) {
    args.check();
    let Forward { conv, images, input, weight, bias, output, before, moments } = args;
    let input = input.shared(images, conv.input, team.threads());
    let (isa, row) = (team.isa(), table::chosen(&conv));
    let activation = OfRows::new(isa, conv.activation);
    let output = Shares(output.as_mut_ptr());
    // A kernel writes what goes into the activation to where that is kept.
    let sums = before.map_or(output, |before| Shares(before.as_mut_ptr()));
    let moments = moments.map(|moments| Shares(moments.as_mut_ptr()));
    let parts = parts(images, conv.units(), team.threads());
    let moments_of = |image: usize| {
        if let Some(moments) = moments {
            // SAFETY: `check` has compared the lengths; an item writes its own part of the moments.
            unsafe { image_moments(isa, conv.output, output.at(0), image, moments.at(0)) }
        }
    };
    team.for_each(images * parts, |thread, item| {
        let (image, units) = (item / parts, share(conv.units(), item % parts, parts));
        let start = image * conv.output.image_stride() + conv.output.origin();
        // SAFETY: `check` has compared the lengths with what the geometry reaches; an item writes its own channels of
        // its own image.
        unsafe {
            let of_image = Outputs {
                x: input.image(isa, thread, image, conv.region_of(units)).add(conv.window_origin()),
                is_far: input.next() > 0,
                weight: weight.as_ptr(),
                bias: bias.map_or(std::ptr::null(), <[f32]>::as_ptr),
                y: sums.at(start),
                relu: conv.relu(),
            };
            (row.forward)(isa, conv, of_image, units);
            if let Some(activation) = activation {
                conv.each_line(units, |at, len| {
                    activation.forward(sums.at(start + at), output.at(start + at), len);
                });
            }
        }
        if parts == 1 {
            moments_of(image);
        }
    });
    if parts > 1 && moments.is_some() {
        team.for_each(images, |_, image| moments_of(image));
    }
}

impl GroupedConv2d {
    /// Output channels of a share of the units.
    pub(super) fn channels_of(&self, units: [usize; 2]) -> [usize; 2] {
        let channels = if self.is_depthwise() { LANES } else { self.outputs() };
        units.map(|unit| (unit * channels).min(self.output.channels))
    }

    /// What a share of the units reads of an image.
    pub(super) fn region_of(&self, units: [usize; 2]) -> Region {
        let [begin, end] = self.channels_of(units);
        let channels = if self.is_depthwise() { begin..end } else { 0..self.input.channels };
        Region { channels, ..Region::whole(self.input) }
    }

    /// Calls `f(offset from pixel (0, 0), length)` for the values of an output image that belong to a share of the
    /// units: a row at a time where that is all channels.
    pub(super) fn each_line(&self, units: [usize; 2], f: impl Fn(usize, usize)) {
        let [begin, end] = self.channels_of(units);
        for row in (0..self.output.height).map(|row| row * self.output.row_stride()) {
            if end - begin == self.output.channels {
                f(row, self.output.row_len());
                continue;
            }
            for column in 0..self.output.width {
                f(row + column * self.output.channels + begin, end - begin);
            }
        }
    }
}

impl Forward<'_> {
    /// Panics where a buffer is too short for the geometry.
    fn check(&self) {
        let Forward { conv, images, .. } = *self;
        conv.check();
        need("the output", self.output.len(), conv.output.buffer_len(images));
        assert_eq!(self.weight.len(), conv.weight_len(), "packed weight");
        if let Some(bias) = self.bias {
            assert_eq!(bias.len(), conv.bias_len(), "packed bias");
        }
        if let Some(before) = &self.before {
            assert!(conv.before_len(1) > 0, "what goes into {:?} is not kept", conv.activation);
            need("what goes into the activation", before.len(), conv.before_len(images));
        }
        if let Some(moments) = &self.moments {
            need("the moments", moments.len(), image_moments_len(conv.output, images));
        }
    }
}

/// Panics where there are too few values.
#[track_caller]
pub(super) fn need(what: &str, got: usize, needed: usize) {
    assert!(got >= needed, "{what} has {got} values, {needed} are needed");
}
