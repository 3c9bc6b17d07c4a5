//! The layers, one file each. The list at the end of this file is the only other place of training that names them.
//!
//! A layer's file holds its settings with their defaults, how they are read and shown, its shape rule and
//! parameters ([`operation::Kind`], [`operation::Operation`]), its plain arithmetic in either direction
//! ([`Plain`]), and its stage in the engine, or which other stages it can be part of.

mod adaptive_avg_pool2d;
mod adaptive_max_pool2d;
mod avg_pool2d;
mod batch_norm2d;
mod conv2d;
mod dropout;
mod dropout2d;
mod elementwise;
mod flatten;
mod gelu;
mod group_norm;
mod hardswish;
mod identity;
mod init;
mod leaky_relu;
mod linear;
mod log_softmax;
mod max_pool2d;
pub(crate) mod operation;
mod relu;
mod residual;
mod scale;
mod silu;
mod squeeze_excitation;
mod window;

use toile_kernels::real::Real;

use crate::graph::mistake::Mistake;
use crate::graph::parameter::Claims;
use crate::graph::shape::Shape;
use crate::plain::node::Plain;
use crate::setting::{ReadSettings, Setting};
pub use batch_norm2d::Affine;
pub use init::Init;
pub use operation::Family;
use operation::{Kind, Operation};
pub use residual::Add;
pub(crate) use residual::{Skip, skip};
pub use squeeze_excitation::ScaleActivation;

/// A block whose input is added to its output: a layer made of layers.
pub type Residual = residual::Residual<Layer>;

/// Something that layers are read from, blocks included.
pub trait ReadLayers: ReadSettings {
    /// A list of layers.
    fn layers(&mut self, name: &'static str) -> Result<Vec<Layer>, Self::Error>;
}

/// Defines [`Layer`] and [`Op`] from the list of layers.
macro_rules! registry {
    ($($module:ident::$kind:ident,)*) => {
        $(pub use $module::$kind;)*

        /// One entry of a network's list of layers.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(clippy::upper_case_acronyms, reason = "PyTorch's names")]
        pub enum Layer {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
            /// See [`Residual`].
            Residual(Residual),
        }

        $(impl From<$kind> for Layer {
            fn from(layer: $kind) -> Layer {
                Layer::$kind(layer)
            }
        })*

        /// What a node of a network does.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(clippy::upper_case_acronyms, reason = "PyTorch's names")]
        pub enum Op {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
            /// The sum at the end of a residual block.
            Add(Add),
        }

        impl Op {
            pub(crate) fn operation(&self) -> &dyn Operation {
                match self {
                    $(Op::$kind(operation) => operation,)*
                    Op::Add(operation) => operation,
                }
            }

            /// What it is one of.
            pub fn family(&self) -> Family {
                match self {
                    $(Op::$kind(_) => $kind::FAMILY,)*
                    Op::Add(_) => Family::Sum,
                }
            }

            pub(crate) fn plain<T: Real>(&self) -> &dyn Plain<T> {
                match self {
                    $(Op::$kind(operation) => operation,)*
                    Op::Add(operation) => operation,
                }
            }
        }

        impl Family {
            /// That of the operation of this name; `None` where there is none of it.
            pub fn of(name: &str) -> Option<Family> {
                match name {
                    $($kind::NAME => Some($kind::FAMILY),)*
                    Add::NAME => Some(Family::Sum),
                    _ => None,
                }
            }
        }

        impl Layer {
            /// The names of all layers.
            pub const NAMES: &'static [&'static str] = &[$($kind::NAME,)* Residual::NAME];

            /// The names of a layer's settings, in the order of PyTorch's arguments, and how a study file
            /// writes the layer; `None` where there is none of this name.
            pub fn keys_and_example(name: &str) -> Option<(&'static [&'static str], &'static str)> {
                match name {
                    $($kind::NAME => Some(($kind::KEYS, $kind::EXAMPLE)),)*
                    Residual::NAME => Some((Residual::KEYS, Residual::EXAMPLE)),
                    _ => None,
                }
            }

            /// Reads the settings of a layer; `None` where there is none of this name.
            pub fn read<S: ReadLayers>(name: &str, settings: &mut S) -> Option<Result<Layer, S::Error>> {
                Some(match name {
                    $($kind::NAME => $kind::read(settings).map(Layer::$kind),)*
                    Residual::NAME => settings
                        .layers("layers")
                        .and_then(|layers| Residual::read(settings, layers))
                        .map(Layer::Residual),
                    _ => return None,
                })
            }

            /// Its name, as PyTorch has it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Layer::$kind(_) => $kind::NAME,)*
                    Layer::Residual(_) => Residual::NAME,
                }
            }

            /// Its settings as data, in the order of PyTorch's arguments; a block's layers are not among them.
            pub fn settings(&self) -> Vec<Setting> {
                match self {
                    $(Layer::$kind(layer) => layer.settings(),)*
                    Layer::Residual(block) => block.settings(),
                }
            }

            /// What a layer that is no block does, and the shape it makes; claims its parameters.
            pub(crate) fn resolve(
                &self,
                input: Shape,
                claims: &mut Claims,
            ) -> Option<Result<(Op, Shape), Mistake>> {
                match self {
                    $(Layer::$kind(layer) => {
                        let output = layer.resolve(input, claims);
                        Some(output.map(|output| (Op::$kind(layer.clone()), output)))
                    })*
                    Layer::Residual(_) => None,
                }
            }
        }
    };
}

impl From<Residual> for Layer {
    fn from(block: Residual) -> Layer {
        Layer::Residual(block)
    }
}

impl Op {
    /// Its name, as PyTorch has it.
    pub fn kind(&self) -> &'static str {
        self.operation().name()
    }

    /// Its settings as data.
    pub fn settings(&self) -> Vec<Setting> {
        self.operation().settings()
    }
}

/// A list of layers as one writes it in PyTorch's `Sequential`.
///
/// ```
/// use toile_nn::description::{Conv2d, Flatten, Linear, LogSoftmax, MaxPool2d, ReLU};
///
/// let layers = toile_nn::layers![
///     Conv2d::new(8, 3),
///     ReLU,
///     MaxPool2d::new(2),
///     Flatten,
///     Linear::new(10),
///     LogSoftmax,
/// ];
/// let network = toile_nn::description::resolve([1, 28, 28], &layers, 10)?;
/// assert_eq!(network.parameter_count(), 13_610);
/// # Ok::<(), toile_nn::description::DescriptionError>(())
/// ```
#[macro_export]
macro_rules! layers {
    ($($layer:expr),* $(,)?) => {
        vec![$($crate::description::Layer::from($layer)),*]
    };
}

// A line a layer, in the order in which messages list them.
registry! {
    conv2d::Conv2d,
    batch_norm2d::BatchNorm2d,
    group_norm::GroupNorm,
    relu::ReLU,
    gelu::GELU,
    leaky_relu::LeakyReLU,
    silu::SiLU,
    hardswish::Hardswish,
    scale::Scale,
    identity::Identity,
    max_pool2d::MaxPool2d,
    avg_pool2d::AvgPool2d,
    adaptive_avg_pool2d::AdaptiveAvgPool2d,
    adaptive_max_pool2d::AdaptiveMaxPool2d,
    squeeze_excitation::SqueezeExcitation,
    dropout::Dropout,
    dropout2d::Dropout2d,
    flatten::Flatten,
    linear::Linear,
    log_softmax::LogSoftmax,
}
