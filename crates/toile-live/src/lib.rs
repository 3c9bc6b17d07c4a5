//! A trained network as one offline page in which it runs: draw, drop, paste or take a picture, and see what the network
//! makes of it, which parts mattered, and how far it can be trusted.
//!
//! ```text
//! Trained + Extras -> page -> HTML: markup, style, script, the network's description as JSON, its weights as base64
//! ```
//!
//! Pure: data in, text out. The page asks nothing of the network that machines are joined by, and works from a file;
//! only one that a server hands out asks that server ([`Extras::server`]).
//! Its script is plain JavaScript in `js/`, a file a subject, joined while compiling. Pictures go through the run's own
//! preprocessing in the same whole numbers as in `toile-picture`; the network is computed in 64 bits and kept in 32, so
//! that its log-probabilities differ from the engine's by rounding alone.

mod data;
mod document;
mod error;
mod extras;
mod mark;
mod script;
mod weights;

pub use error::LiveError;
pub use extras::{Example, Extras};
pub use mark::{HEAD_BYTES, mark, mark_in};
pub use weights::WeightBits;

use toile_study::trained::Trained;

/// A page up to this size, in bytes, holds its weights in 32 bits.
pub const SINGLE_BYTES_MAX: usize = 4_000_000;

/// Largest page, in bytes: browsers give up on much longer texts.
pub const PAGE_BYTES_MAX: usize = 128_000_000;

/// The page of a network: its weights in 32 bits where it stays below [`SINGLE_BYTES_MAX`] so, else in 16.
///
/// # Errors
/// A network whose images are neither grey nor coloured, examples of another shape or class, and a network that is too
/// large for a page.
pub fn page(trained: &Trained, extras: &Extras) -> Result<String, LiveError> {
    let single = weights::base64_bytes(trained, WeightBits::ThirtyTwo);
    if single <= SINGLE_BYTES_MAX {
        let page = page_in(WeightBits::ThirtyTwo, trained, extras)?;
        if page.len() <= SINGLE_BYTES_MAX {
            return Ok(page);
        }
    }
    page_in(WeightBits::Sixteen, trained, extras)
}

/// As [`page()`], with the weights in so many bits.
///
/// # Errors
/// Those of [`page()`].
pub fn page_in(bits: WeightBits, trained: &Trained, extras: &Extras) -> Result<String, LiveError> {
    check(trained, extras)?;
    let bytes = weights::base64_bytes(trained, bits);
    if bytes > PAGE_BYTES_MAX {
        return Err(LiveError::TooLarge { parameters: trained.network.parameter_count(), bytes });
    }
    Ok(document::text(trained, extras, bits))
}

fn check(trained: &Trained, extras: &Extras) -> Result<(), LiveError> {
    let [channels, ..] = trained.image_shape;
    if !matches!(channels, 1 | 3) {
        return Err(LiveError::Channels { channels });
    }
    let expected: usize = trained.image_shape.iter().product();
    for Example { index, label, pixels } in &extras.examples {
        if pixels.len() != expected {
            return Err(LiveError::ExamplePixels { index: *index, expected, found: pixels.len() });
        }
        if *label as usize >= trained.class_names.len() {
            return Err(LiveError::ExampleLabel { index: *index, label: *label });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
