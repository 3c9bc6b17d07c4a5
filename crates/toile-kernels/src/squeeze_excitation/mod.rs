//! Squeeze-and-excitation: an image's channels, each scaled by what a small network makes of all their means.
//!
//! **Formula, order.** As [`reference`] says.
//!
//! **Layout.** Images with any border on either side, of which the input's and the output's may differ; the layers as in
//! PyTorch, `[out][in]`. **Aliasing.** None.

mod gate;
mod image;
pub mod reference;

pub use gate::Gate;

use crate::GROUP;
use crate::buffer::{Buffer, OutOfMemory};
use crate::layout::{Images, ImagesMut, Layout, product};
use crate::simd::versions;
use crate::team::{Shares, Team};
use image::{DWeights, Kept, Plane, Room, Weights};

/// A squeeze-and-excitation with everything known but the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqueezeExcitation {
    /// Channels, height and width of an image.
    pub dims: [usize; 3],
    /// Values between the two layers.
    pub squeezed: usize,
    /// What makes the scales.
    pub gate: Gate,
}

impl SqueezeExcitation {
    /// Values of the four parameters: first layer, its bias, second layer, its bias.
    pub fn lens(&self) -> [usize; 4] {
        let ([channels, ..], squeezed) = (self.dims, self.squeezed);
        let layer = product([channels, squeezed]);
        [layer, squeezed, layer, channels]
    }

    /// Values of one group's partial gradients: those of the four parameters, one behind the other.
    pub fn partial_len(&self) -> usize {
        self.lens().iter().sum()
    }

    fn kept_len(&self) -> usize {
        3 * self.dims[0] + self.squeezed
    }

    fn room_len(&self) -> usize {
        2 * self.dims[0] + self.squeezed
    }

    /// How an image of this layout lies.
    fn plane(&self, layout: Layout) -> Plane {
        assert_eq!([layout.channels, layout.height, layout.width], self.dims, "an image of {self:?}");
        let Layout { channels, height, width, .. } = layout;
        Plane { channels, stride: layout.row_stride(), rows: height, columns: width }
    }

    fn check(&self, parameters: &[&[f32]; 4]) {
        assert_eq!(parameters.map(<[f32]>::len), self.lens(), "parameters of {self:?}");
        assert!(!self.dims.contains(&0) && self.squeezed > 0, "a size of 0 in {self:?}");
    }
}

/// What a batch needs beside its images.
#[derive(Debug)]
pub struct Workspace {
    whose: SqueezeExcitation,
    /// `[image]`: what the way back needs.
    kept: Buffer,
    /// `[thread]`.
    room: Buffer,
    /// Both layers with rows for columns.
    transposed: [Buffer; 2],
}

impl Workspace {
    /// For batches of up to `images` images.
    pub fn new(of: SqueezeExcitation, images: usize, threads: usize) -> Result<Workspace, OutOfMemory> {
        let [first, _, second, _] = of.lens();
        Ok(Workspace {
            whose: of,
            kept: Buffer::try_zeroed(product([images, of.kept_len()]))?,
            room: Buffer::try_zeroed(product([threads, of.room_len()]))?,
            transposed: [Buffer::try_zeroed(first)?, Buffer::try_zeroed(second)?],
        })
    }

    fn check(&self, of: SqueezeExcitation, images: usize, threads: usize) {
        assert_eq!(self.whose, of, "the workspace is another's");
        assert!(self.kept.len() >= images * of.kept_len(), "a workspace of fewer than {images} images");
        assert!(self.room.len() >= threads * of.room_len(), "a workspace of fewer than {threads} threads");
    }
}

/// Writes the output of each image, an item of the team.
pub fn forward(
    team: &mut Team,
    of: SqueezeExcitation,
    images: usize,
    parameters: [&[f32]; 4],
    workspace: &mut Workspace,
    x: Images<'_>,
    y: ImagesMut<'_>,
) {
    x.check(images, "the input");
    y.check(images, "the output");
    of.check(&parameters);
    workspace.check(of, images, team.threads());
    let [fc1, bias1, fc2, bias2] = parameters;
    reference::transpose(fc1, of.dims[0], &mut workspace.transposed[0]);
    reference::transpose(fc2, of.squeezed, &mut workspace.transposed[1]);
    let transposed = [&workspace.transposed[0][..], &workspace.transposed[1][..]];
    let (isa, from, to) = (team.isa(), of.plane(x.layout), of.plane(y.layout));
    let (kept, out) = (Shares(workspace.kept.as_mut_ptr()), Shares(y.values.as_mut_ptr()));
    team.for_each(images, |_, image| {
        let x_start = image * x.layout.image_stride() + x.layout.origin();
        let y_start = image * y.layout.image_stride() + y.layout.origin();
        // SAFETY: this function has checked the lengths above; an item writes its own image, and keeps what is its
        // own.
        let (kept, y) = unsafe {
            let kept = std::slice::from_raw_parts_mut(kept.at(image * of.kept_len()), of.kept_len());
            let len = y.layout.image_stride() - y.layout.origin();
            (kept, std::slice::from_raw_parts_mut(out.at(y_start), len))
        };
        let weights = Weights { fc1, bias1, fc2, bias2 };
        // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
        unsafe { forward_image(isa, of, [from, to], weights, transposed, &x.values[x_start..], kept, y) }
    });
}

versions! {
    fn forward_image<S>(
        of: SqueezeExcitation,
        planes: [Plane; 2],
        weights: Weights<'_, f32>,
        transposed: [&[f32]; 2],
        x: &[f32],
        kept: &mut [f32],
        y: &mut [f32],
    ) {
        let kept = Kept::of(kept, of.dims[0], of.squeezed);
        image::forward(of.gate, planes, weights, transposed, x, kept, y);
    }
}

/// Arguments of [`backward`].
#[derive(Debug)]
pub struct Backward<'a> {
    /// Whose gradients.
    pub of: SqueezeExcitation,
    /// Number of images.
    pub images: usize,
    /// The four parameters.
    pub parameters: [&'a [f32]; 4],
    /// As [`forward`] has left it.
    pub workspace: &'a mut Workspace,
    /// What went in.
    pub x: Images<'a>,
    /// Gradient of what came out.
    pub dy: Images<'a>,
    /// [group][parameters]: each group's gradients, [`SqueezeExcitation::partial_len`] values.
    pub partials: &'a mut [f32],
    /// Gradient of what went in, to write or (`true`) to add to, if somebody wants it.
    pub dx: Option<(bool, ImagesMut<'a>)>,
}

/// Gradients of a batch, each group of [`GROUP`] images an item of the team.
pub fn backward(team: &mut Team, args: Backward<'_>) {
    let Backward { of, images, parameters, workspace, x, dy, partials, dx } = args;
    x.check(images, "the input");
    dy.check(images, "the output gradient");
    of.check(&parameters);
    workspace.check(of, images, team.threads());
    let groups = images.div_ceil(GROUP);
    assert!(partials.len() >= product([groups, of.partial_len()]), "partial gradients of {groups} groups");
    let target = dx.map(|(accumulate, dx)| {
        dx.check(images, "the input gradient");
        (accumulate, dx.layout, of.plane(dx.layout), Shares(dx.values.as_mut_ptr()))
    });
    let isa = team.isa();
    let [fc1, bias1, fc2, bias2] = parameters;
    let planes = [of.plane(x.layout), of.plane(dy.layout)];
    let kept = Shares(workspace.kept.as_mut_ptr());
    let (room, partials) = (Shares(workspace.room.as_mut_ptr()), Shares(partials.as_mut_ptr()));
    team.for_each(groups, |thread, group| {
        // SAFETY: this function has checked the lengths above; a thread has its own room, an item its own group's
        // gradients.
        let (room, partial) = unsafe {
            let room = std::slice::from_raw_parts_mut(room.at(thread * of.room_len()), of.room_len());
            let len = of.partial_len();
            (room, std::slice::from_raw_parts_mut(partials.at(group * len), len))
        };
        partial.fill(0.0);
        for image in group * GROUP..images.min((group + 1) * GROUP) {
            let start = |layout: Layout| image * layout.image_stride() + layout.origin();
            // SAFETY: this function has checked the lengths above; an item takes back its own images.
            let (kept, d_input) = unsafe {
                let kept = std::slice::from_raw_parts_mut(kept.at(image * of.kept_len()), of.kept_len());
                let d_input = target.map(|(accumulate, layout, plane, values)| {
                    let len = layout.image_stride() - layout.origin();
                    let values = std::slice::from_raw_parts_mut(values.at(start(layout)), len);
                    InputGradient { accumulate, plane, values }
                });
                (kept, d_input)
            };
            let weights = Weights { fc1, bias1, fc2, bias2 };
            let values = [&x.values[start(x.layout)..], &dy.values[start(dy.layout)..]];
            // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
            unsafe { backward_image(isa, of, planes, weights, values, kept, partial, room, d_input) };
        }
    });
}

/// Where an image's input gradient goes.
struct InputGradient<'a> {
    accumulate: bool,
    plane: Plane,
    values: &'a mut [f32],
}

versions! {
    fn backward_image<S>(
        of: SqueezeExcitation,
        planes: [Plane; 2],
        weights: Weights<'_, f32>,
        values: [&[f32]; 2],
        kept: &mut [f32],
        partial: &mut [f32],
        room: &mut [f32],
        dx: Option<InputGradient<'_>>,
    ) {
        let [channels, squeezed] = [of.dims[0], of.squeezed];
        let [first, second, third, _] = of.lens();
        let (fc1, rest) = partial.split_at_mut(first);
        let (bias1, rest) = rest.split_at_mut(second);
        let (fc2, bias2) = rest.split_at_mut(third);
        let mut d = DWeights { fc1, bias1, fc2, bias2 };
        let (kept, mut room) = (Kept::of(kept, channels, squeezed), Room::of(room, channels, squeezed));
        image::backward(of.gate, planes, weights, values, &kept, &mut d, &mut room);
        if let Some(InputGradient { accumulate, plane, values: dx }) = dx {
            image::input_gradient([planes[1], plane], values[1], kept.scales, &room, accumulate, dx);
        }
    }
}
