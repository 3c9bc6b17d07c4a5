//! What every layer tells about itself.

use toile_kernels::conv2d::Algorithms;
use toile_kernels::precision::Precision;

use crate::engine::stage::{Build, Site};
use crate::graph::mistake::Mistake;
use crate::graph::parameter::{Claims, Parameter};
use crate::graph::place::Place;
use crate::graph::shape::Shape;
use crate::graph::tail::Tail;
use crate::setting::{ReadSettings, Setting};

/// What operations are one of, whatever their names: what those who draw or tell of networks go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Filters that pass over an image.
    Convolution,
    /// Every input to every output.
    Linear,
    /// An image made smaller by its means or its largest values.
    Pool,
    /// Values brought to one scale.
    Norm,
    /// A function of each value by itself, as ReLU is.
    Activation,
    /// Values left out at random while a network is trained.
    Dropout,
    /// The sum at the end of a residual block.
    Sum,
    /// Any other.
    Other,
}

/// A layer that a user can describe.
pub(crate) trait Kind: Operation + Sized {
    /// Its name in PyTorch and in study files.
    const NAME: &'static str;
    /// What it is one of.
    const FAMILY: Family;
    /// The names of its settings, in the order of PyTorch's arguments.
    const KEYS: &'static [&'static str];
    /// How a study file writes it.
    const EXAMPLE: &'static str;

    /// Reads its settings.
    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error>;

    /// The shape it makes of its input; claims its parameters.
    fn resolve(&self, input: Shape, claims: &mut Claims) -> Result<Shape, Mistake>;
}

/// What a node of a network does. The arithmetic itself is in [`Plain`](crate::plain::node::Plain) and in
/// the stages.
pub(crate) trait Operation: std::fmt::Debug {
    /// Its name in tables.
    fn name(&self) -> &'static str;

    /// Its settings as data, those of `Kind::KEYS`.
    fn settings(&self) -> Vec<Setting>;

    /// As PyTorch would write it: `Conv2d(1, 32, kernel_size=3, padding=1)`.
    fn pytorch(&self, place: &Place) -> String;

    /// Multiply-adds for one image, forward, dense. `parameters` are its own.
    fn multiply_adds(&self, _place: &Place, _parameters: &[Parameter]) -> usize {
        0
    }

    /// Images of the smallest batch that it can be trained on.
    fn fewest_images(&self, _place: &Place) -> usize {
        1
    }

    /// Whether its output is its input, memory and all.
    fn is_view(&self) -> bool {
        false
    }

    /// Rows and columns of zeros it reads around its input.
    fn border(&self) -> [usize; 2] {
        [0, 0]
    }

    /// Whether its stage can read a batch where the caller has it.
    fn reads_in_place(&self) -> bool {
        false
    }

    /// Whether its stage wants the moments of its input, which the one before may take on the way.
    fn wants_moments(&self) -> bool {
        false
    }

    /// Whether its stage can take the moments of its output on the way.
    fn takes_moments(&self) -> bool {
        false
    }

    /// Whether its stage can leave the gradient of its input to the one that made the input.
    fn leaves_way_back(&self) -> bool {
        false
    }

    /// Whether its stage can take the gradient of its output back through the stage that reads it, and otherwise leaves
    /// that gradient as it is.
    fn takes_way_back(&self) -> bool {
        false
    }

    /// Whether its stage, which does `tails` as well, can leave its output to the one that reads it, which makes it of
    /// the stage's input an image at a time.
    fn leaves_output(&self, _tails: &[Tail]) -> bool {
        false
    }

    /// Whether its stage can make its input of that of the stage before, and sum up what that wants of its gradient.
    fn makes_input(&self) -> bool {
        false
    }

    /// What it is to the stage of the operation before.
    fn tail(&self, _place: &Place) -> Option<Tail> {
        None
    }

    /// Whether its stage, which does `tails` already, can do `next` as well.
    fn accepts(&self, _tails: &[Tail], _next: &Tail) -> bool {
        false
    }

    /// Whether its stage can be put off until a later node adds a skip to its output, and do the sum as well.
    fn waits_for_sum(&self) -> bool {
        false
    }

    /// The algorithms to train it with, where there are several; its stage does the tails as well.
    fn algorithms(&self, _place: &Place, _tails: &[Tail], _precision: Precision) -> Option<Algorithms> {
        None
    }

    /// The stage that does it and the tails; none for views and for the last node, the log-softmax.
    fn stage(&self, site: Site<'_>) -> Build;
}
