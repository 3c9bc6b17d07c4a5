//! The processor's cores.

use std::num::NonZero;

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}
