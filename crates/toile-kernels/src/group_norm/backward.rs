//! The way back.

use super::forward::{Normalise, row_start};
use super::geometry::GroupNorm;
use super::reference::{Statistics, gradient_pixels, group_terms, sum_pixels};
use crate::activation::{OfRows, is_relu};
use crate::buffer::{OutOfMemory, try_filled};
use crate::layout::{Images, ImagesMut, product};
use crate::simd::versions;
use crate::team::{Shares, Team};

/// What the way back reads.
#[derive(Debug)]
pub struct Backward<'a> {
    /// The normalisation with its activation.
    pub norm: GroupNorm,
    /// Number of images.
    pub images: usize,
    /// What the values were normalised with.
    pub with: Normalise<'a>,
    /// The input.
    pub x: Images<'a>,
    /// What went into the activation, laid out as the gradient; the output for ReLU. Nobody looks where there
    /// is no activation.
    pub before: &'a [f32],
}

/// Sums and terms of the images, `[image][channel]` each.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Sums of dy, of dy xhat, c1, c2.
    values: [Vec<f32>; 4],
    /// Sums over the images.
    totals: [Vec<f64>; 2],
}

impl Workspace {
    /// For so many images of so many channels.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn new(images: usize, channels: usize) -> Result<Workspace, OutOfMemory> {
        let values = || try_filled(0.0, product([images, channels]));
        let totals = || try_filled(0.0, channels);
        Ok(Workspace { values: [values()?, values()?, values()?, values()?], totals: [totals()?, totals()?] })
    }

    /// Writes the sums of dy and of dy xhat over the images.
    fn sum(&mut self, images: usize, to: [&mut [f32]; 2]) {
        for ((of_images, totals), to) in self.values.iter().zip(&mut self.totals).zip(to) {
            totals.fill(0.0);
            for sums in of_images.chunks_exact(totals.len()).take(images) {
                totals.iter_mut().zip(sums).for_each(|(total, &sum)| *total += f64::from(sum));
            }
            to.iter_mut().zip(totals).for_each(|(to, total)| *to = *total as f32);
        }
    }
}

/// Takes the gradient `dy` back through the activation, in place, then writes the gradients of scale and shift
/// and, where it is wanted, that of the input, or adds to it with `accumulate`.
pub fn backward(
    team: &mut Team,
    args: Backward<'_>,
    dy: ImagesMut<'_>,
    [d_gamma, d_beta]: [&mut [f32]; 2],
    workspace: &mut Workspace,
    dx: Option<(bool, ImagesMut<'_>)>,
) {
    let Backward { norm, images, with, x, before } = args;
    let (g, channels) = (norm.geometry(), norm.dims[0]);
    x.check(images, "the input");
    dy.check(images, "the output gradient");
    norm.check(x.layout);
    norm.check(dy.layout);
    with.check(channels, images);
    assert_eq!([d_gamma.len(), d_beta.len()], [channels; 2], "a value a channel");
    assert!(workspace.values[0].len() >= images * channels, "the workspace");
    assert_eq!(workspace.totals[0].len(), channels, "the workspace");
    let needed = if norm.activation.is_some() { dy.layout.buffer_len(images) } else { 0 };
    assert!(before.len() >= needed, "what went into the activation");
    let dx = dx.map(|(accumulate, dx)| {
        dx.check(images, "the input gradient");
        norm.check(dx.layout);
        (accumulate, Shares(dx.values.as_mut_ptr()), dx.layout)
    });
    let (isa, from, out) = (team.isa(), x.layout, dy.layout);
    let (rows, relu) = (OfRows::new(isa, norm.activation), is_relu(norm.activation));
    let d = Shares(dy.values.as_mut_ptr());
    let work = workspace.values.each_mut().map(|values| Shares(values.as_mut_ptr()));
    let gamma = with.gamma;
    team.for_each(images, |_, image| {
        let s = with.statistics(channels, image);
        // SAFETY: the lengths are checked above, and an item touches its own image's part of the workspace and
        // of the gradients alone; the workspace's four parts are four allocations.
        let [sums, sums_xhat, c1, c2] = work
            .each_ref()
            .map(|values| unsafe { std::slice::from_raw_parts_mut(values.at(image * channels), channels) });
        sums.fill(0.0);
        sums_xhat.fill(0.0);
        let (from_len, len) = (from.row_len(), out.row_len());
        let x_row = |row: usize| &x.values[row_start(from, image, row)..][..from_len];
        for row in 0..out.height {
            let at = row_start(out, image, row);
            // SAFETY: the row lies in the gradient of this item's own image.
            let dy = unsafe { std::slice::from_raw_parts_mut(d.at(at), len) };
            if relu {
                // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
                unsafe { relu_row(isa, &before[at..at + len], dy) };
            } else if let Some(rows) = rows {
                // SAFETY: both rows have this length, and they are parts of two buffers.
                unsafe { rows.backward_in_place(before[at..at + len].as_ptr(), dy.as_mut_ptr(), len) };
            }
            // SAFETY: the function works on slices, and `isa` comes from the team, which has detected it.
            unsafe { sum_row(isa, s, x_row(row), dy, [&mut *sums, &mut *sums_xhat]) };
        }
        group_terms(&g, gamma, [&*sums, &*sums_xhat], [&mut *c1, &mut *c2]);
        let Some((accumulate, to, layout)) = &dx else { return };
        for row in 0..out.height {
            let at = row_start(*layout, image, row);
            // SAFETY: rows of this item's own image, in two buffers whose lengths are checked above; the
            // function works on slices, and `isa` comes from the team, which has detected it.
            unsafe {
                let dy = std::slice::from_raw_parts(d.at(row_start(out, image, row)), len);
                let dx = std::slice::from_raw_parts_mut(to.at(at), layout.row_len());
                gradient_row(isa, s, gamma, [&*c1, &*c2], [x_row(row), dy], *accumulate, dx);
            }
        }
    });
    workspace.sum(images, [d_beta, d_gamma]);
}

versions! {
    fn relu_row<S>(y: &[f32], dy: &mut [f32]) {
        for (&y, dy) in y.iter().zip(dy) {
            *dy = if y <= 0.0 { 0.0 } else { *dy };
        }
    }
}

versions! {
    fn sum_row<S>(s: Statistics<'_, f32>, x: &[f32], dy: &[f32], sums: [&mut [f32]; 2]) {
        sum_pixels(s, x, dy, sums);
    }
}

versions! {
    fn gradient_row<S>(
        s: Statistics<'_, f32>,
        gamma: &[f32],
        terms: [&[f32]; 2],
        read: [&[f32]; 2],
        accumulate: bool,
        dx: &mut [f32],
    ) {
        gradient_pixels(s, gamma, terms, read, accumulate, dx);
    }
}
