//! What a network is: the layers a user writes, and the checked list of operations they come to.

mod layer;
mod network;
mod resolve;
mod summary;

pub use crate::setting::{Pair, Setting, SettingValue};
pub use layer::{
    AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, Dropout, Dropout2d, Gelu, Layer, Linear, MaxPool2d,
    Residual,
};
pub use network::{Network, Node, Op, Parameter, ParameterKind, Shape, TensorId, Window};
pub use resolve::{DescriptionError, resolve};
pub use summary::{LayerSummary, Part, summarize};
