//! The strips and tiles of a page as samples of 8 bits.

use std::io::Read;

use super::page::{Compression, Page};
use crate::error::Fault;
use crate::fields::Order;
use crate::limits::Deadline;
use crate::lzw;

/// `[row][column][sample]`. Of 16 bits the high ones stay, as in Pillow; fewer than 8 are not scaled.
pub(super) fn samples(file: &[u8], page: &Page, deadline: Deadline) -> Result<Vec<u8>, Fault> {
    let [height, width] = page.size;
    let [part_height, part_width] = page.part;
    let mut out = vec![0; height * width * page.samples];
    let (down, across) = (height.div_ceil(part_height), width.div_ceil(part_width));
    let planes = if page.is_planar { page.samples } else { 1 };
    let together = if page.is_planar { 1 } else { page.samples };
    if page.places.len() < down * across * planes {
        return Err(Fault::Truncated);
    }
    for (index, &(at, count)) in page.places[..down * across * planes].iter().enumerate() {
        deadline.check()?;
        let (plane, index) = (index / (down * across), index % (down * across));
        let (top, left) = (index / across * part_height, index % across * part_width);
        let rows_seen = part_height.min(height - top);
        let rows = if page.is_tiled { part_height } else { rows_seen };
        let row_bytes = (part_width * together * page.bits).div_ceil(8);
        let packed = file.get(at..at.saturating_add(count)).ok_or(Fault::Truncated)?;
        let mut part = unpacked(packed, page.compression, rows * row_bytes, deadline)?;
        let columns = part_width.min(width - left);
        for (row, bytes) in part.chunks_exact_mut(row_bytes).take(rows_seen).enumerate() {
            let to_8_bits = to_8_bits(bytes, page, together);
            let start = ((top + row) * width + left) * page.samples + plane;
            for (pixel, samples) in to_8_bits.chunks_exact(together).take(columns).enumerate() {
                let at = start + pixel * page.samples;
                out[at..at + together].copy_from_slice(samples);
            }
        }
    }
    Ok(out)
}

/// A row's samples, one byte each.
fn to_8_bits(row: &mut [u8], page: &Page, together: usize) -> Vec<u8> {
    match page.bits {
        16 => {
            let read = |two: [u8; 2]| match page.order {
                Order::Little => u16::from_le_bytes(two),
                Order::Big => u16::from_be_bytes(two),
            };
            let mut wide: Vec<u16> = row.as_chunks().0.iter().map(|&two| read(two)).collect();
            if page.is_difference {
                for index in together..wide.len() {
                    wide[index] = wide[index].wrapping_add(wide[index - together]);
                }
            }
            wide.iter().map(|&sample| (sample >> 8) as u8).collect()
        }
        8 => {
            if page.is_difference {
                for index in together..row.len() {
                    row[index] = row[index].wrapping_add(row[index - together]);
                }
            }
            row.to_vec()
        }
        bits => {
            let parts =
                |&byte: &u8| (0..8 / bits).rev().map(move |part| byte >> (part * bits) & ((1 << bits) - 1));
            row.iter().flat_map(parts).collect()
        }
    }
}

/// Exactly `len` bytes.
fn unpacked(
    packed: &[u8],
    compression: Compression,
    len: usize,
    deadline: Deadline,
) -> Result<Vec<u8>, Fault> {
    let mut out = vec![0; len];
    match compression {
        Compression::None => out.copy_from_slice(packed.get(..len).ok_or(Fault::Truncated)?),
        Compression::Deflate => flate2::read::ZlibDecoder::new(packed).read_exact(&mut out)?,
        Compression::Lzw => lzw::unpack(packed, lzw::Kind::Tiff, &mut out, deadline)?,
        Compression::PackBits => run_lengths(packed, &mut out)?,
    }
    Ok(out)
}

/// A count below 128 is followed by that many bytes and one more; one above, by a byte that is repeated 257 less the
/// count times.
fn run_lengths(mut packed: &[u8], out: &mut [u8]) -> Result<(), Fault> {
    let mut filled = 0;
    while filled < out.len() {
        let (&count, rest) = packed.split_first().ok_or(Fault::Truncated)?;
        let room = out.len() - filled;
        packed = match count {
            0..128 => {
                let count = usize::from(count) + 1;
                let single = rest.get(..count.min(room)).ok_or(Fault::Truncated)?;
                out[filled..filled + single.len()].copy_from_slice(single);
                filled += single.len();
                &rest[single.len()..]
            }
            128 => rest,
            _ => {
                let (&byte, rest) = rest.split_first().ok_or(Fault::Truncated)?;
                let count = (257 - usize::from(count)).min(room);
                out[filled..filled + count].fill(byte);
                filled += count;
                rest
            }
        };
    }
    Ok(())
}
