//! PNG, by the `png` crate: every colour type, 1 to 16 bits, interlaced or not; the first picture of an animation.
//! Of 16 bits the high ones stay, as in Pillow. Gamma and colour profiles are not applied, as there.

use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Reader, Transformations};

use crate::error::Fault;
use crate::header::Header;
use crate::limits::{Deadline, TimedReader};
use crate::orientation::Orientation;
use crate::raster::{Layout, Raster};

fn reader<'a>(bytes: &'a [u8], deadline: Deadline) -> Result<Reader<TimedReader<'a>>, Fault> {
    // The most for a row and for the chunks beside the pixels.
    let limits = Limits { bytes: 1 << 30 };
    let mut decoder = Decoder::new_with_limits(TimedReader::new(bytes, deadline), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    Ok(decoder.read_info()?)
}

/// Everything that stands before the pixels.
pub(super) fn header(bytes: &[u8], deadline: Deadline) -> Result<Header, Fault> {
    let reader = reader(bytes, deadline)?;
    let info = reader.info();
    let colours = info.palette.as_deref().unwrap_or_default();
    let is_colour = match info.color_type {
        ColorType::Indexed => colours.as_chunks::<3>().0.iter().any(|[r, g, b]| r != g || g != b),
        ColorType::Rgb | ColorType::Rgba => true,
        ColorType::Grayscale | ColorType::GrayscaleAlpha => false,
    };
    Ok(Header {
        size: [info.height as usize, info.width as usize],
        is_colour,
        has_alpha: info.trns.is_some()
            || matches!(info.color_type, ColorType::GrayscaleAlpha | ColorType::Rgba),
        orientation: orientation(bytes),
    })
}

/// The first picture.
pub(super) fn decode(bytes: &[u8], deadline: Deadline) -> Result<Raster, Fault> {
    let mut reader = reader(bytes, deadline)?;
    let size = [reader.info().height as usize, reader.info().width as usize];
    let layout = match reader.output_color_type() {
        (ColorType::Grayscale, BitDepth::Eight) => Layout::Grey,
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => Layout::GreyAlpha,
        (ColorType::Rgb, BitDepth::Eight) => Layout::Rgb,
        (ColorType::Rgba, BitDepth::Eight) => Layout::Rgba,
        (colour, depth) => return Err(Fault::unsupported(format!("{colour:?} of {depth:?} bits"))),
    };
    let mut pixels = vec![0; size[0] * size[1] * layout.bytes()];
    reader.next_frame(&mut pixels)?;
    Ok(Raster { size, layout, pixels })
}

/// That of its chunk `eXIf`, which may also stand behind the pixels.
fn orientation(bytes: &[u8]) -> Orientation {
    let mut at = 8;
    while let Some(&[a, b, c, d, ref kind @ ..]) = bytes.get(at..at + 8) {
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        if kind == b"eXIf" {
            return bytes.get(at + 8..at + 8 + len).map_or(Orientation::UPRIGHT, Orientation::from_exif);
        }
        at += 12 + len;
    }
    Orientation::UPRIGHT
}

impl From<DecodingError> for Fault {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::IoError(error) => error.into(),
            DecodingError::LimitsExceeded => {
                Fault::unsupported("more than 1 GiB for one of its rows or chunks")
            }
            error => Fault::damaged(error),
        }
    }
}
