//! Drawings of a study's results.
//!
//! A chart is described once, in [`charts`], and becomes a [`picture::Picture`]: a list of shapes in colours that have
//! names. Back ends write it: [`svg`] into a page, whose colours follow the reader's mode, or as a file that stands
//! alone, and [`png`]. Where values lie is for [`scale`] to say, what several seeds make of a matrix for
//! [`mean_matrix`], of a curve for [`curves`], how ticks and cells read for [`digits`]. Nothing here knows a
//! file.

pub mod base64;
pub mod charts;
pub mod confused;
pub mod curves;
pub mod digits;
mod font;
pub mod mean_matrix;
pub mod names;
pub mod palette;
pub mod picture;
pub mod png;
pub mod scale;
pub mod svg;
