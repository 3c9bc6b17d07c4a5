//! Weight and bias gradients, dense: tiles of weights in the registers while the pixels stream past.

use super::ahead::{Ahead, AheadByRows};
use super::geometry::Conv2d;
use super::pairs::Columns;
use super::plane::InputPlane;
use super::split::Share;
use super::spread::SpreadPlane;
use crate::LANES;
use crate::simd::{One, Simd, Step, Two, Vector, pair_versions, prefetch, versions};

/// Calls `$visit` for each pixel of an output of this size, in the order of a weight gradient: 2x2 blocks.
/// The pixel is told by what it adds to two offsets, each with a step down and a step right. One loop goes through all
/// pixels of two rows: several visits side by side would want more registers than there are.
macro_rules! each_pixel {
    ($size:expr, $down:expr, $right:expr, |$at:ident| $visit:expr) => {{
        let ([rows, columns], down, right): ([usize; 2], [usize; 2], [usize; 2]) = ($size, $down, $right);
        // From the first pixel of a block to the second, to the one below the first, to the last, to the next block.
        let across = [0, 1].map(|i| [right[i], down[i].wrapping_sub(right[i])]);
        let back = [0, 1].map(|i| [right[i], right[i].wrapping_sub(down[i])]);
        let steps = [across, back].map(|[x, g]| [[x[0], g[0]], [x[1], g[1]]]);
        let mut start = [0, 0];
        for _ in 0..rows / 2 {
            let mut at: [usize; 2] = start;
            // In the odd last column the second pixel is the one below the first.
            for pixel in 0..2 * columns {
                {
                    let $at = at;
                    $visit;
                }
                let is_alone = pixel + 2 == 2 * columns && columns % 2 == 1;
                let step = if is_alone { down } else { steps[pixel / 2 % 2][pixel % 2] };
                at = [at[0].wrapping_add(step[0]), at[1].wrapping_add(step[1])];
            }
            start = [start[0] + 2 * down[0], start[1] + 2 * down[1]];
        }
        if rows % 2 == 1 {
            let mut at = start;
            for _ in 0..columns {
                let $at = at;
                $visit;
                at = [at[0] + right[0], at[1] + right[1]];
            }
        }
    }};
}

/// An image as the kernels go over it.
#[derive(Clone, Copy)]
struct Walk {
    /// Outputs, of which each two of a row are one where they share a place.
    size: [usize; 2],
    /// The input from output (0, 0)'s window on, and from one row of it to the next.
    x: *const f32,
    x_row: usize,
    /// The gradient.
    gradient: *const f32,
    /// From one output to the one below and to the one on the right: of the input, and of the gradient.
    down: [usize; 2],
    right: [usize; 2],
    /// As that of [`InputPlane`].
    next: usize,
    /// The next image, where places are asked for by the row.
    ahead: Option<Ahead>,
    /// Where the last place of a row is, if it is not behind the one before: of the input, and of the gradient.
    last: Option<[usize; 2]>,
}

impl Walk {
    fn over(conv: &Conv2d, x: InputPlane, gradient: SpreadPlane) -> Walk {
        let x_row = conv.input.row_stride();
        Walk {
            size: conv.conv_size(),
            x: x.values,
            x_row,
            gradient: gradient.values,
            down: [conv.stride[0] * x_row, gradient.row],
            right: [conv.stride[1] * conv.input.channels, gradient.column],
            next: x.next,
            ahead: None,
            last: None,
        }
    }

    fn over_pairs(conv: &Conv2d, columns: Columns) -> Walk {
        let Columns { x, x_row, down, right, last, gradient, gradient_row, ahead } = columns;
        let [rows, outputs] = conv.conv_size();
        let channels = conv.output.channels;
        Walk {
            size: [rows, outputs / 2],
            x,
            x_row,
            gradient,
            down: [down, gradient_row],
            right: [right, channels],
            next: 0,
            ahead,
            last: (outputs % 2 == 1).then_some([last, outputs / 2 * channels]),
        }
    }
}

/// L adjacent weights of a kernel row, or all L of K rows, by P panels, over all pixels of an image.
#[inline(always)]
unsafe fn weight_tile<V: Vector, T: Step<V>, const K: usize, const L: usize, const P: usize>(
    panel: usize,
    walk: &Walk,
    ahead: AheadByRows,
    partial: *mut f32,
    lanes: usize,
    fresh: bool,
) {
    // SAFETY: `Forward::check` and `Backward::check` have compared the buffers with what the geometry reaches.
    // Only the last panel may be partly filled.
    unsafe {
        let mut sums = [[[V::zero(); P]; L]; K];
        if !fresh {
            for k in 0..K {
                for l in 0..L {
                    for p in 0..P {
                        sums[k][l][p] = V::load(partial.add(p * panel + (k * L + l) * LANES));
                    }
                }
            }
        }
        macro_rules! take {
            ($at:expr) => {{
                let at: [usize; 2] = $at;
                let (x, g) = (walk.x.add(at[0]), walk.gradient.add(at[1]));
                prefetch(x.wrapping_add(walk.next));
                let mut gradients = [V::zero(); P];
                for p in 0..P {
                    gradients[p] = if p + 1 < P || lanes == V::LANES {
                        V::load(g.add(p * LANES))
                    } else {
                        V::load_first(g.add(p * LANES), lanes)
                    };
                }
                for k in 0..K {
                    for l in 0..L {
                        let value = V::splat(*x.add(k * walk.x_row + l));
                        for p in 0..P {
                            sums[k][l][p] = T::add(value, gradients[p], sums[k][l][p]);
                        }
                    }
                }
            }};
        }
        if T::PRODUCTS == 1 {
            each_pixel!(walk.size, walk.down, walk.right, |at| take!(at));
        } else {
            let (mut row, mut ahead) = ([0, 0], ahead);
            for _ in 0..walk.size[0] {
                ahead.ask();
                let mut at = row;
                for _ in 0..walk.size[1] {
                    take!(at);
                    at = [at[0] + walk.right[0], at[1] + walk.right[1]];
                }
                if let Some(last) = walk.last {
                    take!([row[0] + last[0], row[1] + last[1]]);
                }
                row = [row[0] + walk.down[0], row[1] + walk.down[1]];
            }
        }
        put_back::<V, K, L, P>(panel, partial, &sums, fresh);
    }
}

/// Writes a tile's sums to where they came from.
#[inline(always)]
unsafe fn put_back<V: Vector, const K: usize, const L: usize, const P: usize>(
    panel: usize,
    partial: *mut f32,
    sums: &[[[V::F; P]; L]; K],
    fresh: bool,
) {
    for k in 0..K {
        for l in 0..L {
            for p in 0..P {
                // SAFETY: the caller vouches for the tile's place in the partial gradients.
                unsafe {
                    let to = partial.add(p * panel + (k * L + l) * LANES);
                    V::store_first(to, V::LANES, sums[k][l][p]);
                    if fresh {
                        // Lanes that are not computed have no channel; their gradients are zero.
                        to.add(V::LANES).write_bytes(0, LANES - V::LANES);
                    }
                }
            }
        }
    }
}

/// Which of the tiles somebody else does.
struct Turns {
    share: Share,
    next: usize,
}

impl Turns {
    /// Whether the next tile is this part's.
    fn mine(&mut self) -> bool {
        let Share { part, parts } = self.share;
        self.next += 1;
        (self.next - 1) % parts == part
    }
}

/// Kernel rows of a tile, from this one on: several where rows are those of a single channel, so that the gradient is read
/// once for all of them and there are sums enough to keep the multipliers busy.
fn rows_together<const M: usize>(conv: &Conv2d, kernel_row: usize, share: Share) -> usize {
    let segment = conv.segment();
    let rows = match segment {
        2 | 5 => 2,
        3 => 3,
        _ => 1,
    };
    let fits = rows * segment <= M && kernel_row + rows <= conv.kernel[0];
    // Tiles are what parts of a group share; and the next image's rows are asked for by the first rows of a stride.
    if fits && share.parts == 1 && conv.stride[0] == 1 { rows } else { 1 }
}

/// All weights of P panels, from output channel `first`, in tiles of at most M.
#[inline(always)]
unsafe fn weight_sweep<V: Vector, T: Step<V>, const M: usize, const P: usize>(
    conv: &Conv2d,
    walk: &Walk,
    partial: *mut f32,
    first: usize,
    fresh: bool,
    turns: &mut Turns,
) {
    let lanes = (conv.output.channels - first - (P - 1) * LANES).min(LANES);
    let panel = conv.window_len() * LANES;
    // SAFETY: `Forward::check` and `Backward::check` have compared the buffers with what the geometry reaches.
    unsafe {
        let mut kernel_row = 0;
        while kernel_row < conv.kernel[0] {
            let together = rows_together::<M>(conv, kernel_row, turns.share);
            let (x, gradient) = (walk.x.add(kernel_row * walk.x_row), walk.gradient.add(first));
            let to = partial.add((first / LANES * conv.window_len() + kernel_row * conv.segment()) * LANES);
            let mut m = 0;
            while m < conv.segment() {
                let width = match conv.segment() - m {
                    n if n >= M => M,
                    n if together > 1 => n,
                    n => n.min(4),
                };
                if turns.mine() {
                    // Once is enough: other tiles ask for what they have just read, which costs nothing.
                    let next = if first == 0 && kernel_row < conv.stride[0] { walk.next } else { 0 };
                    let ahead = walk.ahead.filter(|_| first == 0);
                    let ahead = ahead.map_or(AheadByRows::NOTHING, |ahead| {
                        ahead.by_rows(kernel_row, m / M, conv.segment().div_ceil(M))
                    });
                    let (walk, to) = (&Walk { x: x.add(m), gradient, next, ..*walk }, to.add(m * LANES));
                    match (together, width) {
                        (2, 2) => weight_tile::<V, T, 2, 2, P>(panel, walk, ahead, to, lanes, fresh),
                        (3, 3) => weight_tile::<V, T, 3, 3, P>(panel, walk, ahead, to, lanes, fresh),
                        (2, 5) => weight_tile::<V, T, 2, 5, P>(panel, walk, ahead, to, lanes, fresh),
                        (1, 1) => weight_tile::<V, T, 1, 1, P>(panel, walk, ahead, to, lanes, fresh),
                        (1, 2) => weight_tile::<V, T, 1, 2, P>(panel, walk, ahead, to, lanes, fresh),
                        (1, 3) => weight_tile::<V, T, 1, 3, P>(panel, walk, ahead, to, lanes, fresh),
                        (1, 4) => weight_tile::<V, T, 1, 4, P>(panel, walk, ahead, to, lanes, fresh),
                        (1, _) => weight_tile::<V, T, 1, M, P>(panel, walk, ahead, to, lanes, fresh),
                        size => unreachable!("no tile of {size:?}"),
                    }
                }
                m += width;
            }
            kernel_row += together;
        }
    }
}

versions! {
    /// Adds one image's weight gradients to its group's, those of this part alone; the first image of a group writes
    /// them.
    pub(super) fn weight_gradient<S>(
        conv: Conv2d,
        x: InputPlane,
        gradient: SpreadPlane,
        partial: *mut f32,
        fresh: bool,
        share: Share,
    ) {
        let (channels, walk) = (conv.output.channels, Walk::over(&conv, x, gradient));
        let mut turns = Turns { share, next: 0 };
        let mut first = 0;
        while first < channels {
            if S::WIDE && channels - first > LANES {
                weight_sweep::<S, One, 12, 2>(&conv, &walk, partial, first, fresh, &mut turns);
                first += 2 * LANES;
            } else {
                // No lanes without a channel, where that is less work.
                match channels - first {
                    ..=4 if S::PARTS => {
                        weight_sweep::<S::First4, One, 12, 1>(&conv, &walk, partial, first, fresh, &mut turns)
                    }
                    ..=8 if S::PARTS => {
                        weight_sweep::<S::First8, One, 12, 1>(&conv, &walk, partial, first, fresh, &mut turns)
                    }
                    ..=12 if S::PARTS => {
                        weight_sweep::<S::First12, One, 6, 1>(&conv, &walk, partial, first, fresh, &mut turns)
                    }
                    _ => weight_sweep::<S, One, 6, 1>(&conv, &walk, partial, first, fresh, &mut turns),
                }
                first += LANES;
            }
        }
    }
}

pair_versions! {
    /// As [`weight_gradient`], of pairs of columns.
    pub(super) fn weight_gradient_of_pairs<S, P>(
        conv: Conv2d,
        columns: Columns,
        partial: *mut f32,
        fresh: bool,
        share: Share,
    ) {
        let (channels, walk) = (conv.output.channels, Walk::over_pairs(&conv, columns));
        let mut turns = Turns { share, next: 0 };
        let mut first = 0;
        while first < channels {
            if S::WIDE && channels - first > LANES {
                weight_sweep::<S, Two<P>, 12, 2>(&conv, &walk, partial, first, fresh, &mut turns);
                first += 2 * LANES;
            } else {
                weight_sweep::<S, Two<P>, 6, 1>(&conv, &walk, partial, first, fresh, &mut turns);
                first += LANES;
            }
        }
    }
}

/// The sums of P panels of the bias, chains that need not wait for each other; of the last panel so many lanes.
#[inline(always)]
unsafe fn bias_panels<S: Simd, const P: usize>(
    size: [usize; 2],
    gradient: SpreadPlane,
    bias: *mut f32,
    lanes: usize,
    fresh: bool,
) {
    // SAFETY: `Backward::check` has compared the buffers with what the geometry reaches.
    unsafe {
        let mut sums = [S::zero(); P];
        if !fresh {
            for p in 0..P {
                sums[p] = S::load(bias.add(p * LANES));
            }
        }
        each_pixel!(size, [gradient.row, 0], [gradient.column, 0], |at| {
            for p in 0..P {
                let lanes = if p + 1 < P { LANES } else { lanes };
                sums[p] = S::add(sums[p], S::load_first(gradient.values.add(at[0] + p * LANES), lanes));
            }
        });
        for p in 0..P {
            S::store(bias.add(p * LANES), sums[p]);
        }
    }
}

versions! {
    /// Adds one image's bias gradient to its group's; the first image of a group writes it.
    pub(super) fn bias_gradient<S>(conv: Conv2d, gradient: SpreadPlane, partial: *mut f32, fresh: bool) {
        let (channels, size) = (conv.output.channels, conv.conv_size());
        let bias = partial.add(conv.weight_len());
        let mut first = 0;
        while first < channels {
            let (left, bias) = ((channels - first).div_ceil(LANES), bias.add(first));
            let gradient = SpreadPlane { values: gradient.values.add(first), ..gradient };
            let panels = if left >= 4 { 4 } else { left.min(2) };
            let lanes = (channels - first - (panels - 1) * LANES).min(LANES);
            match panels {
                4 => bias_panels::<S, 4>(size, gradient, bias, lanes, fresh),
                2 => bias_panels::<S, 2>(size, gradient, bias, lanes, fresh),
                _ => bias_panels::<S, 1>(size, gradient, bias, lanes, fresh),
            }
            first += panels * LANES;
        }
    }
}
