//! A trained network in whole numbers.

use toile_device::int8::{self, BuildError, Integers, Ranges};
use toile_device::program::{self, Program};
use toile_pixels::Normalizer;
use toile_study::trained::Trained;

/// The network's program in floats.
pub fn program_of(trained: &Trained) -> Program {
    program::lower(&trained.network, &trained.weights)
}

/// The network in whole numbers, whose tensors have these ranges.
///
/// # Errors
/// Layers that whole numbers cannot do.
pub fn integers(trained: &Trained, ranges: &Ranges, normalizer: &Normalizer) -> Result<Integers, BuildError> {
    int8::build(program_of(trained), ranges, |channel, byte| normalizer.value(channel, byte))
}
