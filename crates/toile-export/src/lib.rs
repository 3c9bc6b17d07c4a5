//! Trained networks as files that other programs run.
//!
//! | format | what it is for |
//! |---|---|
//! | [`onnx`] | one file with network and preprocessing, for ONNX Runtime, browsers, and most other runtimes |
//! | [`pytorch`] | a Python file with the module and its preprocessing, beside its weights |
//! | [`npz`] | the weights as NumPy's arrays |
//! | [`weights`] | the weights as Toile keeps them, which it reads again itself |
//! | [`c`] | a source file and its header, for microcontrollers |
//! | [`int8`] | what C and ONNX are written of where the network is to be of 8 bits |
//! | [`tensorboard`] | what a run came to, epoch by epoch |
//!
//! Everything here turns a [`Trained`](toile_study::trained::Trained) into bytes and knows no paths. Whatever the format,
//! tensors have PyTorch's names and layout, and the file says what it is made of ([`facts`]).

pub mod c;
mod error;
mod facts;
pub mod int8;
pub mod names;
pub mod npz;
pub mod onnx;
mod python;
pub mod pytorch;
#[cfg(test)]
mod sample;
pub mod tensorboard;
pub mod weights;
mod wire;

pub use error::ExportError;
pub use facts::facts;
