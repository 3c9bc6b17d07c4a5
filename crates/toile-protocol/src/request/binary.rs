//! The numbers of a tensor as the bytes that follow the JSON.

use super::place::{LENGTH_HEADER, refused};
use super::tensor::{Kind, Tensor};
use crate::types::{Pixels, Refusal};

const SIZE: &str = "inputs[0].parameters.binary_data_size";

/// The numbers, little endian. `size` is what the request says `bytes` has.
pub(super) fn pixels(size: u64, bytes: &[u8], tensor: &Tensor) -> Result<Pixels, Refusal> {
    let width = match tensor.kind {
        Kind::Images => 1,
        Kind::Normalized => 4,
    };
    let wanted = tensor.count().saturating_mul(width);
    if size != wanted as u64 {
        return Err(refused(format!(
            "{SIZE}: is {size}, but the shape {:?} is {wanted} bytes",
            tensor.shape
        )));
    }
    if bytes.len() != wanted {
        return Err(refused(format!(
            "{SIZE}: is {size}, but {} bytes follow the JSON; is {LENGTH_HEADER} the length of the JSON?",
            bytes.len()
        )));
    }
    match tensor.kind {
        Kind::Images => Ok(Pixels::Bytes(bytes.to_vec())),
        Kind::Normalized => {
            let (fours, _) = bytes.as_chunks();
            let numbers: Vec<f32> = fours.iter().map(|four| f32::from_le_bytes(*four)).collect();
            match numbers.iter().position(|number| !number.is_finite()) {
                None => Ok(Pixels::Normalized(numbers)),
                Some(index) => Err(refused(format!(
                    "inputs[0], number {index} of the binary data: is {}; send finite numbers, little endian",
                    numbers[index]
                ))),
            }
        }
    }
}
