//! From the bytes of a picture file to the pixel bytes that a network is trained on.
//!
//! ```text
//! file -> read -> bytes -> decode -> Raster (8 bits, upright) -> Preprocessing::apply -> [row][column][channel]
//! ```
//!
//! [`preprocess`] is the way for training, evaluation and prediction alike. Every step is defined in whole numbers, so
//! that a picture has the same bytes on every machine:
//!
//! - The content decides the format ([`Format::of`]); the first picture of several is taken.
//! - Of 16 bits a channel the high 8 stay; colours of fewer are spread over 0 to 255. Gamma and colour profiles are not
//!   applied. CMYK becomes RGB without a profile.
//! - The picture is turned upright as its EXIF orientation says.
//! - Alpha is laid over the background ([`Raster::flatten`]), then colour becomes grey ([`luma`]) if grey is asked for.
//! - The size is changed last ([`Resize`]), with antialiasing as Pillow's `BILINEAR` does it.

mod bmp;
mod cmyk;
mod error;
mod fields;
mod fit;
mod format;
mod gif;
mod header;
mod jpeg;
mod limits;
mod lzw;
mod orientation;
mod png;
mod raster;
mod read;
mod resample;
mod sniff;
mod tiff;
mod webp;

pub use self::error::PictureError;
pub use self::fit::{Preprocessing, Resize};
pub use self::format::{Format, has_picture_extension};
pub use self::limits::Limits;
pub use self::raster::{Layout, Raster, luma};
pub use self::read::read;

use self::error::Fault;
use self::header::Header;
use self::limits::Deadline;

/// What a file says about its picture before the pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Format of the content.
    pub format: Format,
    /// Height and width in pixels, upright.
    pub size: [usize; 2],
    /// Whether a pixel may be other than grey.
    pub is_colour: bool,
    /// Whether a pixel may be transparent.
    pub has_alpha: bool,
}

/// Looks at the header of a picture: quick, and without memory for its pixels.
///
/// # Errors
/// What is no picture, is damaged before its pixels, or is larger than the limits allow.
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<Probe, PictureError> {
    let format = Format::of(bytes)?;
    let header = header(bytes, format, limits)?;
    Ok(Probe {
        format,
        size: header.orientation.upright_size(header.size),
        is_colour: header.is_colour,
        has_alpha: header.has_alpha,
    })
}

/// The pixels of a picture at 8 bits a channel, upright.
///
/// # Errors
/// What is no picture, is damaged, ends early, is of a kind that is not read, or is larger or slower than the limits
/// allow.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Raster, PictureError> {
    let format = Format::of(bytes)?;
    let header = header(bytes, format, limits)?;
    let deadline = Deadline::after(limits.time);
    let decoder = || match format {
        Format::Png => png::decode(bytes, deadline),
        Format::Jpeg => jpeg::decode(bytes, deadline),
        Format::WebP => webp::decode(bytes, deadline),
        Format::Bmp => bmp::decode(bytes, deadline),
        Format::Gif => gif::decode(bytes, deadline),
        Format::Tiff => tiff::decode(bytes, deadline),
    };
    let Raster { size, layout, pixels } = guarded(decoder).map_err(|fault| fault.of(format, limits.time))?;
    let orientation = header.orientation;
    Ok(Raster {
        size: orientation.upright_size(size),
        layout,
        pixels: orientation.upright(pixels, size, layout.bytes()),
    })
}

/// The pixel bytes of a picture: `[row][column][channel]`, of the size and with the channels asked for.
///
/// # Errors
/// Those of [`decode`].
pub fn preprocess(bytes: &[u8], how: &Preprocessing, limits: &Limits) -> Result<Vec<u8>, PictureError> {
    decode(bytes, limits).map(|raster| how.apply(raster))
}

/// The header of a picture within the limits.
fn header(bytes: &[u8], format: Format, limits: &Limits) -> Result<Header, PictureError> {
    if bytes.len() as u64 > limits.bytes_max {
        return Err(PictureError::TooManyBytes { bytes: bytes.len() as u64, limit: limits.bytes_max });
    }
    let deadline = Deadline::after(limits.time);
    let reader = || match format {
        Format::Png => png::header(bytes, deadline),
        Format::Jpeg => jpeg::header(bytes),
        Format::WebP => webp::header(bytes, deadline),
        Format::Bmp => bmp::header(bytes),
        Format::Gif => gif::header(bytes),
        Format::Tiff => tiff::header(bytes),
    };
    let header = guarded(reader).map_err(|fault| fault.of(format, limits.time))?;
    let [height, width] = header.size;
    if height == 0 || width == 0 {
        return Err(PictureError::Damaged { format, problem: format!("it has {width} x {height} pixels") });
    }
    if height as u128 * width as u128 > u128::from(limits.pixels_max) {
        return Err(PictureError::TooManyPixels { format, width, height, limit: limits.pixels_max });
    }
    Ok(header)
}

/// What a decoder gives, and a fault if it panics: one bad file among thousands must not end a run. The tests look for
/// these words.
fn guarded<T>(decoder: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decoder))
        .unwrap_or_else(|_| Err(Fault::damaged("its decoder gave up")))
}
