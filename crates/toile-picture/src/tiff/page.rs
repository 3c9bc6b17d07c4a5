//! The directory of a page, checked.

use crate::error::Fault;
use crate::fields::{Fields, Order};
use crate::orientation::Orientation;

/// What the samples mean.
pub(super) enum Colour {
    /// One sample; 0 is black, or white.
    Grey {
        /// Whether 0 is white.
        white_is_zero: bool,
    },
    /// One index.
    Palette(Vec<[u8; 3]>),
    /// Three samples.
    Rgb,
    /// Four samples.
    Cmyk,
}

/// How the bytes of a strip or tile are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not at all.
    None,
    /// LZW, high bit first.
    Lzw,
    /// Deflate in a zlib wrapper.
    Deflate,
    /// Run lengths of bytes.
    PackBits,
}

/// Which sample is alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alpha {
    /// Its place in the pixel.
    pub(super) sample: usize,
    /// Whether the colours were multiplied by it.
    pub(super) is_multiplied: bool,
}

/// One page.
pub(super) struct Page {
    pub(super) order: Order,
    /// Height and width as stored.
    pub(super) size: [usize; 2],
    /// Bits of a sample: 1, 2, 4, 8 or 16.
    pub(super) bits: usize,
    /// Samples of a pixel.
    pub(super) samples: usize,
    pub(super) colour: Colour,
    pub(super) alpha: Option<Alpha>,
    pub(super) compression: Compression,
    /// Whether a sample is stored as its difference from the pixel before.
    pub(super) is_difference: bool,
    /// Whether each sample has strips or tiles of its own.
    pub(super) is_planar: bool,
    /// Height and width of a strip or tile.
    pub(super) part: [usize; 2],
    /// Whether the parts are tiles: all of the same size, also at the edges.
    pub(super) is_tiled: bool,
    /// Where each part is, and how many bytes it has.
    pub(super) places: Vec<(usize, usize)>,
    pub(super) orientation: Orientation,
}

impl Page {
    /// The first page of a file.
    pub(super) fn read(file: &[u8]) -> Result<Self, Fault> {
        let big = matches!(file.get(..4), Some([b'I', b'I', 43, 0] | [b'M', b'M', 0, 43]));
        if big {
            return Err(Fault::unsupported("BigTIFF"));
        }
        let order = Order::of(file).ok_or(Fault::Truncated)?;
        let at = order.u32(file, 4).ok_or(Fault::Truncated)? as usize;
        let fields = Fields::read(file, order, at).ok_or(Fault::Truncated)?;
        if fields.is_cut {
            return Err(Fault::Truncated);
        }
        let missing = |what: &str| Fault::damaged(format!("no {what} in its directory"));
        let size = [
            fields.number(257).ok_or_else(|| missing("height"))? as usize,
            fields.number(256).ok_or_else(|| missing("width"))? as usize,
        ];
        let samples = fields.number(277).unwrap_or(1) as usize;
        if !(1..=8).contains(&samples) {
            return Err(Fault::unsupported(format!("{samples} samples a pixel")));
        }
        let bits = bits(&fields)?;
        let (colour, inks) = colour(&fields, bits, samples)?;
        let (part, is_tiled) = part(&fields, size)?;
        let is_planar = fields.number(284) == Some(2) && samples > 1;
        Ok(Page {
            order,
            size,
            bits,
            samples,
            colour,
            alpha: alpha(&fields, inks, samples),
            compression: compression(&fields)?,
            is_difference: is_difference(&fields, bits)?,
            is_planar,
            part,
            is_tiled,
            places: places(&fields, file.len(), is_tiled)?,
            orientation: Orientation::from_fields(&fields),
        })
    }
}

fn bits(fields: &Fields) -> Result<usize, Fault> {
    let bits = fields.numbers(258).unwrap_or_else(|| vec![1]);
    let format = fields.number(339).unwrap_or(1);
    match bits[..] {
        [first @ (1 | 2 | 4 | 8 | 16), ..] if format == 1 && bits.iter().all(|&other| other == first) => {
            Ok(first as usize)
        }
        _ => {
            let kind = ["whole", "signed", "floating-point"].get(format as usize - 1).unwrap_or(&"unknown");
            Err(Fault::unsupported(format!("{kind} samples of {bits:?} bits")))
        }
    }
}

/// The colours, and how many samples they take.
fn colour(fields: &Fields, bits: usize, samples: usize) -> Result<(Colour, usize), Fault> {
    let (colour, inks, bits_max) = match fields.number(262) {
        Some(0) => (Colour::Grey { white_is_zero: true }, 1, 16),
        Some(1) | None => (Colour::Grey { white_is_zero: false }, 1, 16),
        Some(2) => (Colour::Rgb, 3, 16),
        Some(3) => (Colour::Palette(palette(fields)?), 1, 8),
        Some(5) => (Colour::Cmyk, 4, 16),
        Some(6) => return Err(Fault::unsupported("YCbCr colours")),
        Some(8..=10) => return Err(Fault::unsupported("CIE L*a*b* colours")),
        Some(other) => return Err(Fault::unsupported(format!("photometric interpretation {other}"))),
    };
    if samples < inks {
        return Err(Fault::damaged(format!("{samples} samples a pixel, where its colours need {inks}")));
    }
    if bits > bits_max || (inks > 1 && bits < 8) {
        return Err(Fault::unsupported(format!("{inks} samples of {bits} bits")));
    }
    Ok((colour, inks))
}

/// All reds, all greens, all blues, of 16 bits.
fn palette(fields: &Fields) -> Result<Vec<[u8; 3]>, Fault> {
    let table = fields.numbers(320).ok_or_else(|| Fault::damaged("no palette in its directory"))?;
    let count = table.len() / 3;
    let high = |channel: usize, index: usize| (table[channel * count + index] >> 8) as u8;
    Ok((0..count).map(|index| [high(0, index), high(1, index), high(2, index)]).collect())
}

/// The first sample behind the colours, if it is said to be alpha.
fn alpha(fields: &Fields, inks: usize, samples: usize) -> Option<Alpha> {
    let kind = fields.number(338).filter(|_| samples > inks)?;
    matches!(kind, 1 | 2).then_some(Alpha { sample: inks, is_multiplied: kind == 1 })
}

fn compression(fields: &Fields) -> Result<Compression, Fault> {
    if fields.number(266) == Some(2) {
        return Err(Fault::unsupported("the low bit of a byte first"));
    }
    match fields.number(259).unwrap_or(1) {
        1 => Ok(Compression::None),
        5 => Ok(Compression::Lzw),
        8 | 32946 => Ok(Compression::Deflate),
        32773 => Ok(Compression::PackBits),
        2..=4 => Err(Fault::unsupported("fax compression")),
        6 | 7 => Err(Fault::unsupported("JPEG compression inside TIFF")),
        other => Err(Fault::unsupported(format!("compression {other}"))),
    }
}

fn is_difference(fields: &Fields, bits: usize) -> Result<bool, Fault> {
    match fields.number(317).unwrap_or(1) {
        1 => Ok(false),
        2 if bits >= 8 => Ok(true),
        other => Err(Fault::unsupported(format!("predictor {other} at {bits} bits"))),
    }
}

/// Height and width of a strip or tile, and whether it is a tile.
fn part(fields: &Fields, [height, width]: [usize; 2]) -> Result<([usize; 2], bool), Fault> {
    let Some(tile_width) = fields.number(322) else {
        let rows = fields.number(278).map_or(height, |rows| rows as usize);
        return Ok(([rows.clamp(1, height.max(1)), width], false));
    };
    let tile_height = fields.number(323).ok_or_else(|| Fault::damaged("tiles without a height"))?;
    let [tile_height, tile_width] = [tile_height as usize, tile_width as usize];
    // A tile may be larger than a small picture, but not by so much.
    let most = (height * width).max(1 << 22);
    match tile_height.checked_mul(tile_width) {
        Some(area) if area > 0 && area <= most => Ok(([tile_height, tile_width], true)),
        _ => Err(Fault::damaged(format!("tiles of {tile_width} x {tile_height} pixels"))),
    }
}

fn places(fields: &Fields, file_len: usize, is_tiled: bool) -> Result<Vec<(usize, usize)>, Fault> {
    let (offsets, counts) = if is_tiled { (324, 325) } else { (273, 279) };
    let offsets = fields.numbers(offsets).ok_or_else(|| Fault::damaged("no pixels in its directory"))?;
    // Old files with one strip leave its length out.
    let counts = fields.numbers(counts).unwrap_or_default();
    let to_the_end = |offset: u32| file_len.saturating_sub(offset as usize);
    let count = |index: usize, offset| counts.get(index).map_or(to_the_end(offset), |&count| count as usize);
    Ok(offsets.iter().enumerate().map(|(index, &at)| (at as usize, count(index, at))).collect())
}
