//! The weights as Toile keeps them: safetensors of 32 bit floats, which PyTorch loads, with all it takes to use them.

use toile_store::weights;
use toile_study::trained::Trained;

/// The bytes of a safetensors file that `toile` reads in the place of a run.
pub fn file(trained: &Trained) -> Vec<u8> {
    let mut bytes = Vec::new();
    weights::write(&mut bytes, &trained.about(), &trained.weights).expect("memory takes every byte");
    bytes
}

#[cfg(test)]
mod tests {
    use toile_study::trained;

    use super::*;
    use crate::sample::{self, NEWER_LAYERS};

    #[test]
    fn a_file_of_weights_is_the_network_again() {
        let expected = sample::trained(NEWER_LAYERS, 1);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        std::fs::write(&path, file(&expected)).unwrap();
        assert_eq!(trained::read(&path).unwrap(), expected);
    }
}
