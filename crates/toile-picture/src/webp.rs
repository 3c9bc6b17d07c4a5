//! WebP, by the `image-webp` crate: lossy, lossless, with alpha; the first picture of an animation.

use image_webp::{DecodingError, WebPDecoder};

use crate::error::Fault;
use crate::fields::Order;
use crate::header::Header;
use crate::limits::{Deadline, TimedReader};
use crate::orientation::Orientation;
use crate::raster::{Layout, Raster};

fn decoder<'a>(bytes: &'a [u8], deadline: Deadline) -> Result<WebPDecoder<TimedReader<'a>>, Fault> {
    // The container says how long it is; the data themselves would only seem to be corrupt.
    let len = Order::Little.u32(bytes, 4).ok_or(Fault::Truncated)?;
    if (bytes.len() as u64) < 8 + u64::from(len) {
        return Err(Fault::Truncated);
    }
    Ok(WebPDecoder::new(TimedReader::new(bytes, deadline))?)
}

/// Everything that stands before the pixels. Its colours are always taken for colours.
pub(super) fn header(bytes: &[u8], deadline: Deadline) -> Result<Header, Fault> {
    let mut decoder = decoder(bytes, deadline)?;
    decoder.set_memory_limit(bytes.len());
    let (width, height) = decoder.dimensions();
    // Metadata that cannot be read leaves the picture as it is.
    let exif = decoder.exif_metadata().ok().flatten();
    Ok(Header {
        size: [height as usize, width as usize],
        is_colour: true,
        has_alpha: decoder.has_alpha(),
        orientation: exif.as_deref().map_or(Orientation::UPRIGHT, Orientation::from_exif),
    })
}

/// The first picture.
pub(super) fn decode(bytes: &[u8], deadline: Deadline) -> Result<Raster, Fault> {
    let mut decoder = decoder(bytes, deadline)?;
    let (width, height) = decoder.dimensions();
    let layout = if decoder.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let size = [height as usize, width as usize];
    let mut pixels = vec![0; size[0] * size[1] * layout.bytes()];
    decoder.read_image(&mut pixels)?;
    Ok(Raster { size, layout, pixels })
}

impl From<DecodingError> for Fault {
    fn from(error: DecodingError) -> Self {
        match error {
            DecodingError::IoError(error) => error.into(),
            // What the container promised is not there.
            DecodingError::NotEnoughInitData | DecodingError::ChunkMissing => Fault::Truncated,
            DecodingError::UnsupportedFeature(what) => Fault::unsupported(what),
            error => Fault::damaged(error),
        }
    }
}
