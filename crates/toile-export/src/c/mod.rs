//! C99: the network with its preprocessing as one source file and its header, for microcontrollers and whatever else
//! compiles C. It allocates nothing and needs no library but `math.h`.
//!
//! What the functions do stands in C, a file each, in the folders beside this one; only those that a network needs are
//! written. What they are called with stands in [`float32`] and [`int8`].

mod curves;
mod float32;
mod header;
mod int8;
mod shapes;
#[cfg(test)]
mod tests;
mod text;
mod types;
mod writer;

use toile_device::int8::Integers;
use toile_study::trained::Trained;

use crate::error::ExportError;

/// The two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// What the program includes.
    pub header: String,
    /// What is compiled.
    pub source: String,
    /// What it takes.
    pub size: Size,
}

/// What a device has to have for the network, beside the few kilobytes of its instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Bytes of constants, the names of the classes among them; pointers have four.
    pub flash: usize,
    /// Bytes of memory for what lies between the steps.
    pub ram: usize,
}

/// Compilers take minutes for larger files.
const BYTES_MAX: u64 = 128 << 20;

/// The network in 32 bit floats. The header will be called `name` with the ending `.h`.
///
/// # Errors
/// More weights than a compiler reads in good time, and weights that are no numbers.
pub fn float_files(trained: &Trained, name: &str) -> Result<Sources, ExportError> {
    let bytes = trained.network.parameters.iter().map(|parameter| 4 * parameter.len() as u64).sum();
    if bytes > BYTES_MAX {
        return Err(ExportError::TooLarge { format: "a C file", bytes, limit: BYTES_MAX });
    }
    let is_number = |values: &[f32]| values.iter().all(|value| value.is_finite());
    if let Some((tensor, _)) = trained.weights.entries.iter().find(|(_, tensor)| !is_number(&tensor.data)) {
        return Err(ExportError::NoNumbers { tensor: tensor.clone() });
    }
    let (body, size) = float32::body(trained);
    Ok(assemble(trained, name, &format!("#include <math.h>\n\n{body}"), size))
}

/// The network in whole numbers. The header will be called `name` with the ending `.h`.
pub fn int8_files(trained: &Trained, integers: &Integers, name: &str) -> Sources {
    let (body, size) = int8::body(integers);
    assemble(trained, name, &body, size)
}

/// What the network in whole numbers takes.
pub fn int8_size(trained: &Trained, integers: &Integers) -> Size {
    with_names(trained, int8::body(integers).1)
}

/// What it takes with the names of the classes, behind which every source file has its body.
fn with_names(trained: &Trained, of_body: Size) -> Size {
    Size { flash: of_body.flash + header::bytes_of_class_names(trained), ..of_body }
}

/// The two files from a body and what that takes.
fn assemble(trained: &Trained, name: &str, body: &str, of_body: Size) -> Sources {
    let size = with_names(trained, of_body);
    let source = format!(
        "{}\n#include \"{name}.h\"\n\n{}\n{body}",
        header::origin(trained),
        header::class_names(trained)
    );
    Sources { header: header::text(trained, name, size), source, size }
}
