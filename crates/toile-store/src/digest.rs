//! SHA-256, as text of 64 hexadecimal digits.

use sha2::{Digest, Sha256};
use toile_nn::state::StateDict;

/// The digest of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::new().chain_update(bytes))
}

/// The digest of a text and of each tensor's name, shape and bits.
pub(crate) fn tensors_sha256(text: &str, tensors: &StateDict<f32>) -> String {
    let mut hash = Sha256::new();
    hash.update(text);
    for (name, tensor) in &tensors.entries {
        hash.update(format!("\n{name} {:?}\n", tensor.shape));
        hash.update(tensor.bytes());
    }
    hex(hash)
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
