//! The weights as Toile keeps them: safetensors of 32 bit floats, which PyTorch loads, with all it takes to use them.

use toile_store::weights;
use toile_study::trained::Trained;

/// The bytes of a safetensors file that `toile` reads in the place of a run.
pub fn file(trained: &Trained) -> Vec<u8> {
    let mut bytes = Vec::new();
    weights::write(&mut bytes, &trained.about(), &trained.weights).expect("memory takes every byte");
    bytes
}
