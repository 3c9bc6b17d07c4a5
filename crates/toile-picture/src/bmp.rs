//! BMP: a small format of our own reading. 1 to 32 bits a pixel, with a palette, masks or run lengths, from the bottom
//! up or from the top down, with the headers of OS/2 and of Windows up to version 5.

use crate::error::Fault;
use crate::fields::Order;
use crate::header::Header;
use crate::limits::Deadline;
use crate::orientation::Orientation;
use crate::raster::{Layout, Raster};

const LE: Order = Order::Little;

/// How the bytes of the pixels are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    /// Rows of whole pixels.
    Plain,
    /// Run lengths of 8 or 4 bits an index.
    RunLengths,
}

/// Everything but the pixels.
struct Bitmap {
    width: usize,
    height: usize,
    is_top_down: bool,
    bits: usize,
    packing: Packing,
    palette: Vec<[u8; 3]>,
    /// Red, green, blue, alpha of pixels of 16 and 32 bits; no alpha is 0.
    masks: [u32; 4],
    /// Where the pixels begin.
    pixels_at: usize,
}

/// Everything that stands before the pixels.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let bitmap = read_header(bytes)?;
    Ok(Header {
        size: [bitmap.height, bitmap.width],
        is_colour: bitmap.bits > 8 || bitmap.palette.iter().any(|[r, g, b]| r != g || g != b),
        has_alpha: bitmap.masks[3] != 0,
        orientation: Orientation::UPRIGHT,
    })
}

/// The picture.
pub(super) fn decode(bytes: &[u8], deadline: Deadline) -> Result<Raster, Fault> {
    let bitmap = read_header(bytes)?;
    let data = bytes.get(bitmap.pixels_at..).ok_or(Fault::Truncated)?;
    let size = [bitmap.height, bitmap.width];
    let layout = if bitmap.masks[3] == 0 { Layout::Rgb } else { Layout::Rgba };
    let indices;
    let (rows, stride) = match bitmap.packing {
        Packing::Plain => (data, (bitmap.width * bitmap.bits).div_ceil(32) * 4),
        Packing::RunLengths => {
            indices = run_lengths(data, &bitmap, deadline)?;
            (&indices[..], bitmap.width)
        }
    };
    let bits = if bitmap.packing == Packing::RunLengths { 8 } else { bitmap.bits };
    let mut pixels = Vec::with_capacity(bitmap.height * bitmap.width * layout.bytes());
    for row in 0..bitmap.height {
        let stored = if bitmap.is_top_down { row } else { bitmap.height - 1 - row };
        // Some programs leave out the padding of the last row.
        let end = stored * stride + (bitmap.width * bits).div_ceil(8);
        let row = rows.get(stored * stride..end).ok_or(Fault::Truncated)?;
        if stored % 64 == 0 {
            deadline.check()?;
        }
        push_row(row, bits, &bitmap, &mut pixels)?;
    }
    Ok(Raster { size, layout, pixels })
}

fn read_header(bytes: &[u8]) -> Result<Bitmap, Fault> {
    let u16 = |at| LE.u16(bytes, at).map(usize::from).ok_or(Fault::Truncated);
    let u32 = |at| LE.u32(bytes, at).ok_or(Fault::Truncated);
    let len = u32(14)? as usize;
    let is_core = len == 12;
    let (width, height, bits) = if is_core {
        (u16(18)? as i32, u16(20)? as i32, u16(24)?)
    } else {
        (u32(18)? as i32, u32(22)? as i32, u16(28)?)
    };
    if width < 0 {
        return Err(Fault::damaged(format!("a width of {width}")));
    }
    let compression = if is_core { 0 } else { u32(30)? };
    let packing = match (compression, bits) {
        (0, 1 | 2 | 4 | 8 | 16 | 24 | 32) | (3 | 6, 16 | 32) => Packing::Plain,
        (1, 8) | (2, 4) => Packing::RunLengths,
        _ => return Err(Fault::unsupported(format!("compression {compression} at {bits} bits a pixel"))),
    };
    // Masks stand in the header, or behind the shortest one.
    let masks = match (compression, bits) {
        (3 | 6, _) => {
            let alpha = if compression == 6 || len >= 56 { u32(66)? } else { 0 };
            [u32(54)?, u32(58)?, u32(62)?, alpha]
        }
        (_, 16) => [0x7c00, 0x03e0, 0x001f, 0],
        _ => [0x00ff_0000, 0x0000_ff00, 0x0000_00ff, 0],
    };
    let palette = if bits <= 8 { read_palette(bytes, len, is_core, bits)? } else { Vec::new() };
    Ok(Bitmap {
        width: width as usize,
        height: height.unsigned_abs() as usize,
        is_top_down: height < 0,
        bits,
        packing,
        palette,
        masks,
        pixels_at: u32(10)? as usize,
    })
}

/// Entries are blue, green, red, and a byte without meaning in all but the oldest header.
fn read_palette(bytes: &[u8], len: usize, is_core: bool, bits: usize) -> Result<Vec<[u8; 3]>, Fault> {
    let used = if is_core { 0 } else { LE.u32(bytes, 46).ok_or(Fault::Truncated)? as usize };
    let count = if used == 0 { 1 << bits } else { used.min(1 << bits) };
    let width = if is_core { 3 } else { 4 };
    // A palette that is cut short by the pixels has the entries that fit.
    let pixels_at = LE.u32(bytes, 10).ok_or(Fault::Truncated)? as usize;
    let end = (14 + len + count * width).min(pixels_at.max(14 + len));
    let entries = bytes.get(14 + len..end).ok_or(Fault::Truncated)?;
    Ok(entries.chunks_exact(width).map(|entry| [entry[2], entry[1], entry[0]]).collect())
}

/// One row in red, green, blue and perhaps alpha.
fn push_row(row: &[u8], bits: usize, bitmap: &Bitmap, pixels: &mut Vec<u8>) -> Result<(), Fault> {
    let colour = |index: usize| {
        let outside = || Fault::damaged(format!("index {index} of a palette of {}", bitmap.palette.len()));
        bitmap.palette.get(index).ok_or_else(outside)
    };
    match bits {
        16 | 32 => {
            for pixel in row.chunks_exact(bits / 8) {
                let value = pixel.iter().rev().fold(0, |value, &byte| (value << 8) | u32::from(byte));
                let channels = if bitmap.masks[3] == 0 { 3 } else { 4 };
                pixels.extend(bitmap.masks[..channels].iter().map(|&mask| masked(value, mask)));
            }
        }
        24 => pixels.extend(row.as_chunks::<3>().0.iter().flat_map(|&[blue, green, red]| [red, green, blue])),
        _ => {
            for column in 0..bitmap.width {
                let at = column * bits;
                let index = usize::from(row[at / 8]) >> (8 - bits - at % 8) & ((1 << bits) - 1);
                pixels.extend(colour(index)?);
            }
        }
    }
    Ok(())
}

/// The bits below a mask, scaled to 0 to 255 and rounded down as Pillow does.
fn masked(value: u32, mask: u32) -> u8 {
    if mask == 0 {
        return 0;
    }
    let shift = mask.trailing_zeros();
    let (value, most) = (u64::from((value & mask) >> shift), u64::from(mask >> shift));
    (value * 255 / most) as u8
}

/// Indices of run lengths, from the bottom row up. Pixels that no run reaches are index 0.
fn run_lengths(data: &[u8], bitmap: &Bitmap, deadline: Deadline) -> Result<Vec<u8>, Fault> {
    let (width, height) = (bitmap.width, bitmap.height);
    let mut indices = vec![0; width * height];
    let (mut at, mut row, mut column) = (0, 0, 0);
    let mut next = || {
        let pair = data.get(at..at + 2).ok_or(Fault::Truncated)?;
        at += 2;
        Ok::<_, Fault>((pair[0], pair[1]))
    };
    while row < height {
        let mut put = |value: u8, column: &mut usize| {
            // What runs over the end of a row is lost.
            if *column < width {
                indices[row * width + *column] = value;
            }
            *column += 1;
        };
        let nibble = |byte: u8, index: usize| if index.is_multiple_of(2) { byte >> 4 } else { byte & 15 };
        match next()? {
            (0, 0) => (row, column) = (row + 1, 0),
            (0, 1) => break,
            (0, 2) => {
                let (right, up) = next()?;
                (row, column) = (row + usize::from(up), column + usize::from(right));
            }
            (0, count) => {
                // Single indices, padded to two bytes.
                let count = usize::from(count);
                let bytes = if bitmap.bits == 4 { count.div_ceil(2) } else { count };
                let mut single = Vec::with_capacity(bytes + 1);
                while single.len() < bytes {
                    let (first, second) = next()?;
                    single.extend([first, second]);
                }
                for index in 0..count {
                    let value =
                        if bitmap.bits == 4 { nibble(single[index / 2], index) } else { single[index] };
                    put(value, &mut column);
                }
            }
            (count, byte) => {
                for index in 0..usize::from(count) {
                    put(if bitmap.bits == 4 { nibble(byte, index) } else { byte }, &mut column);
                }
            }
        }
        deadline.check()?;
    }
    Ok(indices)
}
