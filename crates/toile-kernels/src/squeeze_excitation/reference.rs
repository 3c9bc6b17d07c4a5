//! Squeeze-and-excitation in plain loops: the specification.
//!
//! Formula: m[c] is the mean of channel c over the image's pixels, h = relu(W1 m + b1), s = gate(W2 h + b2), and
//! y[pixel, c] = x[pixel, c] s[c] (Hu, Shen and Sun 2018). Gate: the logistic function, or the hard one.
//!
//! Layout: images `[image][row][column][channel]`, W1 `[squeezed][channel]`, W2 `[channel][squeezed]`.
//!
//! Order of accumulation, products by fused multiply-add:
//! - Means: from +0 over the pixels, row by row, by additions; then the division. A layer's output: from its bias over
//!   its inputs.
//! - Gradients: of a scale from +0 over the pixels, dy x; of a hidden value from +0 over the channels; of a mean from
//!   +0 over the hidden values, then divided by the number of pixels. Of the input: dy s + the mean's, in one
//!   multiply-add, added to what is there with `accumulate`.
//! - Of the layers: within each group of [`GROUP`] images from +0 over images, then the total from +0 plus the groups in
//!   order.

use super::gate::Gate;
use super::image::{self, DWeights, Kept, Plane, Room, Weights};
use crate::GROUP;
use crate::real::Real;

/// Sizes of a squeeze-and-excitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqueezeGeometry {
    /// Rows of an image.
    pub rows: usize,
    /// Columns of an image.
    pub columns: usize,
    /// Channels of an image.
    pub channels: usize,
    /// Values between the two layers.
    pub squeezed: usize,
    /// What makes the scales.
    pub gate: Gate,
}

impl SqueezeGeometry {
    fn plane(&self) -> Plane {
        let SqueezeGeometry { rows, columns, channels, .. } = *self;
        Plane { channels, stride: columns * channels, rows, columns }
    }

    fn image_len(&self) -> usize {
        self.rows * self.columns * self.channels
    }

    fn kept_len(&self) -> usize {
        3 * self.channels + self.squeezed
    }

    fn check<T>(&self, x: &[T], y: &[T], parameters: &[&[T]; 4]) {
        let layer = self.channels * self.squeezed;
        let lens = [layer, self.squeezed, layer, self.channels];
        assert_eq!(parameters.map(<[T]>::len), lens, "squeeze_excitation: lengths of the layers");
        assert_eq!(x.len() % self.image_len(), 0, "squeeze_excitation: whole images");
        assert_eq!(x.len(), y.len(), "squeeze_excitation: lengths");
    }
}

/// [row][column] to [column][row].
pub(super) fn transpose<T: Real>(from: &[T], columns: usize, to: &mut [T]) {
    let rows = from.len() / columns;
    for (row, values) in from.chunks_exact(columns).enumerate() {
        for (column, &value) in values.iter().enumerate() {
            to[column * rows + row] = value;
        }
    }
}

fn weights<'a, T>([fc1, bias1, fc2, bias2]: [&'a [T]; 4]) -> Weights<'a, T> {
    Weights { fc1, bias1, fc2, bias2 }
}

/// Writes the output of every image in `x`; `parameters` are W1, b1, W2, b2. Gives what the way back needs.
pub fn forward<T: Real>(g: &SqueezeGeometry, x: &[T], parameters: [&[T]; 4], y: &mut [T]) -> Vec<T> {
    g.check(x, y, &parameters);
    let transposed = [(parameters[0], g.channels), (parameters[2], g.squeezed)].map(|(layer, columns)| {
        let mut transposed = vec![T::ZERO; layer.len()];
        transpose(layer, columns, &mut transposed);
        transposed
    });
    let mut kept = vec![T::ZERO; x.len() / g.image_len() * g.kept_len()];
    let images = x.chunks_exact(g.image_len()).zip(y.chunks_exact_mut(g.image_len()));
    for ((x, y), kept) in images.zip(kept.chunks_exact_mut(g.kept_len())) {
        let (kept, transposed) =
            (Kept::of(kept, g.channels, g.squeezed), transposed.each_ref().map(|t| &t[..]));
        image::forward(g.gate, [g.plane(); 2], weights(parameters), transposed, x, kept, y);
    }
    kept
}

/// Writes the gradients of the layers, and writes or adds to that of the input. `kept` is what [`forward`] gave.
pub fn gradients<T: Real>(
    g: &SqueezeGeometry,
    [x, dy]: [&[T]; 2],
    parameters: [&[T]; 4],
    kept: &[T],
    d_parameters: [&mut [T]; 4],
    accumulate: bool,
    dx: &mut [T],
) {
    g.check(x, dy, &parameters);
    let mut room = vec![T::ZERO; 2 * g.channels + g.squeezed];
    let [fc1, bias1, fc2, bias2] = d_parameters;
    let mut totals = [fc1, bias1, fc2, bias2];
    totals.iter_mut().for_each(|total| total.fill(T::ZERO));
    let len = g.image_len();
    let groups = x.chunks(GROUP * len).zip(dy.chunks(GROUP * len)).zip(dx.chunks_mut(GROUP * len));
    for (((x, dy), dx), kept) in groups.zip(kept.chunks(GROUP * g.kept_len())) {
        let mut sums = totals.each_ref().map(|total| vec![T::ZERO; total.len()]);
        let [fc1, bias1, fc2, bias2] = &mut sums;
        let mut d = DWeights { fc1, bias1, fc2, bias2 };
        let images = x.chunks_exact(len).zip(dy.chunks_exact(len)).zip(dx.chunks_exact_mut(len));
        for (((x, dy), dx), kept) in images.zip(kept.chunks_exact(g.kept_len())) {
            let mut kept = kept.to_vec();
            let kept = Kept::of(&mut kept, g.channels, g.squeezed);
            let mut room = Room::of(&mut room, g.channels, g.squeezed);
            image::backward(g.gate, [g.plane(); 2], weights(parameters), [x, dy], &kept, &mut d, &mut room);
            image::input_gradient([g.plane(); 2], dy, kept.scales, &room, accumulate, dx);
        }
        for (total, sum) in totals.iter_mut().zip(&sums) {
            total.iter_mut().zip(sum).for_each(|(total, &sum)| *total = *total + sum);
        }
    }
}
