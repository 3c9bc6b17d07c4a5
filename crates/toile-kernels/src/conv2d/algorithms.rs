//! Which algorithm a convolution runs: a matter of shapes and of the precision asked for, because each has its own bits.

use super::reference::Conv2dGeometry;
use crate::activation::{Activation, is_relu};
use crate::precision::Precision;

/// How outputs or gradients are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Window by window ([`reference`](super::reference)), with products in this precision.
    Direct(Precision),
    /// In Winograd's domain ([`winograd`](super::winograd)), tile by tile, with products in this precision.
    Winograd(Tile, Precision),
}

impl Algorithm {
    /// Winograd's tile.
    pub fn tile(self) -> Option<Tile> {
        match self {
            Algorithm::Direct(_) => None,
            Algorithm::Winograd(tile, _) => Some(tile),
        }
    }

    /// Winograd's tile and precision.
    pub(super) fn winograd(self) -> Option<(Tile, Precision)> {
        self.tile().map(|tile| (tile, self.precision()))
    }

    /// The same with products of f32.
    pub fn in_f32(self) -> Algorithm {
        match self {
            Algorithm::Direct(_) => Algorithm::Direct(Precision::F32),
            Algorithm::Winograd(tile, _) => Algorithm::Winograd(tile, Precision::F32),
        }
    }

    /// Of its products.
    pub fn precision(self) -> Precision {
        match self {
            Algorithm::Direct(precision) | Algorithm::Winograd(_, precision) => precision,
        }
    }
}

/// How many outputs Winograd's algorithm computes at once: larger tiles take fewer products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tile {
    /// 2x2 outputs of 4x4 inputs.
    Two,
    /// 3x3 outputs of 5x5 inputs.
    Three,
    /// 4x4 outputs of 6x6 inputs.
    Four,
}

impl Tile {
    /// Rows, and columns, of outputs.
    pub fn outputs(self) -> usize {
        match self {
            Tile::Two => 2,
            Tile::Three => 3,
            Tile::Four => 4,
        }
    }

    /// Rows, and columns, of inputs.
    pub fn inputs(self) -> usize {
        self.outputs() + 2
    }

    /// Components of a transformed tile: products for each of its pairs of channels.
    pub fn components(self) -> usize {
        self.inputs() * self.inputs()
    }

    /// Rows, and columns, of an output that four tiles of three are pooled to.
    pub(super) const POOLED_OF_THREE: usize = 3;

    /// Stored rows of a tile; of as many tiles as it takes for no pooling window to lie in others.
    pub(super) fn stored_rows(self, pooled: bool) -> usize {
        match self {
            Tile::Three if pooled => Tile::POOLED_OF_THREE,
            _ if pooled => self.outputs() / 2,
            _ => self.outputs(),
        }
    }

    /// How many cover an output of this size. Pooling leaves out odd last rows and columns.
    pub(super) fn count(self, size: [usize; 2], pooled: bool) -> usize {
        let [rows, columns] = if pooled { size.map(|len| len / 2 * 2) } else { size };
        rows.div_ceil(self.outputs()) * columns.div_ceil(self.outputs())
    }

    /// The largest of those that take the fewest products for an output of this size. Where tiles are `pooled`, a pooling
    /// window must not lie in two of them, unless four of them are all there are.
    fn cheapest(size: [usize; 2], pooled: bool) -> Tile {
        let products = |tile: &Tile| tile.count(size, pooled) * tile.components();
        let pools = |tile: &Tile| match tile {
            Tile::Three => size.map(|len| len / 2) == [Tile::POOLED_OF_THREE; 2],
            Tile::Two | Tile::Four => true,
        };
        let tiles = [Tile::Four, Tile::Three, Tile::Two].into_iter();
        let tile = tiles.filter(|tile| !pooled || pools(tile)).min_by_key(products);
        tile.expect("there are tiles that pool")
    }
}

/// What a convolution's kernel does beside, as far as it decides about the algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Nothing that decides.
    Nothing,
    /// It max-pools its sums: then most of the gradient is zero.
    Pooling,
    /// It max-pools behind ReLU, which makes more of it zero.
    PoolingAndReLU,
    /// It activates its sums by another function than ReLU and then max-pools them, band of rows by band of rows.
    ActivationAndPooling,
}

impl Beside {
    /// What a kernel does that max-pools or not, in front of its activation or behind it.
    pub fn of(pool: bool, activation: Option<Activation>, pool_first: bool) -> Beside {
        match activation {
            _ if !pool => Beside::Nothing,
            _ if is_relu(activation) => Beside::PoolingAndReLU,
            Some(_) if !pool_first => Beside::ActivationAndPooling,
            _ => Beside::Pooling,
        }
    }
}

/// A convolution's algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithms {
    /// Of the output.
    pub forward: Algorithm,
    /// Of the gradient of the input.
    pub input_gradient: Algorithm,
    /// Of the gradient of the weight.
    pub weight_gradient: Algorithm,
}

impl Algorithms {
    /// Window by window throughout, in f32.
    pub const DIRECT: Algorithms = Algorithms {
        forward: Algorithm::Direct(Precision::F32),
        input_gradient: Algorithm::Direct(Precision::F32),
        weight_gradient: Algorithm::Direct(Precision::F32),
    };

    /// The same with products of f32.
    pub fn in_f32(self) -> Algorithms {
        Algorithms {
            forward: self.forward.in_f32(),
            input_gradient: self.input_gradient.in_f32(),
            weight_gradient: self.weight_gradient.in_f32(),
        }
    }
}

/// Channels of what comes in, an image or the gradient of the output, from which on Winograd's transforms cost less than
/// they save. The gradient of the weight goes by those of the image.
const INCOMING: usize = 8;

/// The least product of the channels on both sides for that. On images of 28x28 with 8 on either side AVX-512 gains a
/// quarter and AVX2 loses a fifth; with 8 and 16 both gain.
const BOTH_SIDES: usize = 128;

/// Channels on either side from which on rounding to bf16 costs less than it saves.
const CHANNELS: usize = 16;

/// Products of a direct output from which on it does.
const WINDOW: usize = 32;

impl Conv2dGeometry {
    /// What runs where `precision` is asked for. Convolutions of few channels and kernels that leave out zeros keep to f32.
    pub fn algorithms(&self, beside: Beside, precision: Precision) -> Algorithms {
        let [input_channels, output_channels] = [self.in_channels, self.out_channels];
        let wide = input_channels.min(output_channels) >= CHANNELS;
        // A tile with one row or column to give takes nearly as many products as direct windows do, and one
        // that sees a single one many more.
        let large = |size: [usize; 2]| size[0] >= 2 && size[1] >= 2;
        let in_tiles = |incoming: usize| {
            let pays = incoming >= INCOMING && input_channels * output_channels >= BOTH_SIDES;
            pays && self.suits_winograd() && large(self.window.output)
        };
        let in_winograd = if wide { precision } else { Precision::F32 };
        // Of what is pooled at most one in four outputs has a gradient. Kernels that leave out the others are of f32, and
        // slower than all outputs in bf16 unless ReLU leaves even fewer.
        let dense = match beside {
            Beside::Nothing => true,
            Beside::Pooling | Beside::ActivationAndPooling => in_winograd == Precision::Bf16,
            Beside::PoolingAndReLU => false,
        };
        // Direct kernels take channels by twos, and none of them pools.
        let [input_pairs, output_pairs] = [input_channels, output_channels].map(|c| c.is_multiple_of(2));
        let long = wide && input_channels * self.window.kernel_len() >= WINDOW;
        let direct = |pays: bool| {
            let pays = pays && long && beside == Beside::Nothing;
            Algorithm::Direct(if pays { precision } else { Precision::F32 })
        };
        let algorithm = |size: [usize; 2], pays: bool, pairs: bool, pooled: bool| {
            if !pays {
                return direct(pairs);
            }
            let tile = match beside {
                Beside::Nothing | Beside::Pooling => Tile::cheapest(size, pooled),
                // Bands start at any second row of outputs, and pooled windows of a tile are one behind ReLU.
                Beside::PoolingAndReLU | Beside::ActivationAndPooling => Tile::Two,
            };
            Algorithm::Winograd(tile, in_winograd)
        };
        let [input, output] = [self.window.input, self.window.output];
        let of_input = in_tiles(output_channels) && large(input) && dense;
        Algorithms {
            forward: algorithm(output, in_tiles(input_channels), input_pairs, beside == Beside::Pooling),
            input_gradient: algorithm(input, of_input, output_pairs, false),
            weight_gradient: algorithm(output, in_tiles(input_channels) && dense, true, false),
        }
    }

    /// Whether Winograd's algorithm can compute it at all.
    pub(super) fn suits_winograd(&self) -> bool {
        self.window.kernel == [3, 3] && self.window.stride == [1, 1]
    }
}
