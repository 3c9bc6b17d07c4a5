//! What a network is: the layers a user writes, and the checked list of operations they come to.

pub(crate) mod network;
mod resolve;
mod summary;

pub use crate::graph::parameter::{Initial, Parameter};
pub use crate::graph::place::{Place, TensorId};
pub use crate::graph::shape::Shape;
pub use crate::layers::*;
pub use crate::setting::{Pair, Setting, SettingValue};
pub use network::{Network, Node, TooFewImages};
pub use resolve::{DescriptionError, resolve};
pub use summary::{LayerSummary, Part, summarize};
