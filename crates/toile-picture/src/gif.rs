//! GIF (GIF87a and GIF89a). The first picture alone, on the screen that the file describes; what it does not cover is
//! transparent.

use crate::error::Fault;
use crate::fields::Order;
use crate::header::Header;
use crate::limits::Deadline;
use crate::lzw;
use crate::orientation::Orientation;
use crate::raster::{Layout, Raster};

/// The first picture of a file, and the screen.
struct First<'a> {
    /// Height and width of the screen, as large as the picture asks for.
    screen: [usize; 2],
    /// Top and left of the picture.
    place: [usize; 2],
    /// Its height and width.
    size: [usize; 2],
    palette: &'a [[u8; 3]],
    transparent: Option<u8>,
    is_interlaced: bool,
    /// Where the compressed indices begin.
    data: usize,
}

impl First<'_> {
    fn has_alpha(&self) -> bool {
        self.transparent.is_some() || self.place != [0, 0] || self.size != self.screen
    }
}

/// Everything that stands before the pixels.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let first = first(bytes)?;
    Ok(Header {
        size: first.screen,
        is_colour: first.palette.iter().any(|[r, g, b]| r != g || g != b),
        has_alpha: first.has_alpha(),
        orientation: Orientation::UPRIGHT,
    })
}

/// The first picture.
pub(super) fn decode(bytes: &[u8], deadline: Deadline) -> Result<Raster, Fault> {
    let first = first(bytes)?;
    let [height, width] = first.size;
    let indices = unpack(bytes, first.data, height * width, deadline)?;
    let layout = if first.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let mut pixels = vec![0; first.screen[0] * first.screen[1] * layout.bytes()];
    for (stored, row) in indices.chunks_exact(width).enumerate() {
        let row_seen = if first.is_interlaced { interlaced(stored, height) } else { stored };
        let at = ((first.place[0] + row_seen) * first.screen[1] + first.place[1]) * layout.bytes();
        for (pixel, &index) in pixels[at..].chunks_exact_mut(layout.bytes()).zip(row) {
            if first.transparent == Some(index) {
                continue;
            }
            let outside = || Fault::damaged(format!("index {index} of a palette of {}", first.palette.len()));
            let [red, green, blue] = *first.palette.get(usize::from(index)).ok_or_else(outside)?;
            pixel.copy_from_slice(&[red, green, blue, 255][..layout.bytes()]);
        }
    }
    Ok(Raster { size: first.screen, layout, pixels })
}

/// Walks the blocks up to the first picture.
fn first(bytes: &[u8]) -> Result<First<'_>, Fault> {
    let byte = |at: usize| bytes.get(at).copied().ok_or(Fault::Truncated);
    let u16 = |at| Order::Little.u16(bytes, at).map(usize::from).ok_or(Fault::Truncated);
    let (width, height, flags) = (u16(6)?, u16(8)?, byte(10)?);
    let (global, mut at) = palette(bytes, 13, flags)?;
    let mut transparent = None;
    loop {
        match byte(at)? {
            // An extension; 0xf9 is about the picture that follows.
            0x21 => {
                if byte(at + 1)? == 0xf9 && byte(at + 2)? >= 4 && byte(at + 3)? & 1 == 1 {
                    transparent = Some(byte(at + 6)?);
                }
                at += 2;
                while byte(at)? != 0 {
                    at += 1 + usize::from(byte(at)?);
                }
                at += 1;
            }
            0x2c => break,
            0x3b => return Err(Fault::damaged("it holds no picture")),
            other => return Err(Fault::damaged(format!("a block of the unknown kind {other:#04x}"))),
        }
    }
    let place = [u16(at + 3)?, u16(at + 1)?];
    let size = [u16(at + 7)?, u16(at + 5)?];
    if size.contains(&0) {
        return Err(Fault::damaged(format!("a picture of {} x {} pixels", size[1], size[0])));
    }
    let flags = byte(at + 9)?;
    let (local, data) = palette(bytes, at + 10, flags)?;
    Ok(First {
        screen: [height.max(place[0] + size[0]), width.max(place[1] + size[1])],
        place,
        size,
        palette: if flags & 0x80 == 0 { global } else { local },
        transparent,
        is_interlaced: flags & 0x40 != 0,
        data,
    })
}

/// The palette that the flags of a block announce, and where it ends.
fn palette(bytes: &[u8], at: usize, flags: u8) -> Result<(&[[u8; 3]], usize), Fault> {
    if flags & 0x80 == 0 {
        return Ok((&[], at));
    }
    let end = at + 3 * (2 << (flags & 7));
    Ok((bytes.get(at..end).ok_or(Fault::Truncated)?.as_chunks().0, end))
}

/// `count` indices, from the sub-blocks at `at`.
fn unpack(bytes: &[u8], mut at: usize, count: usize, deadline: Deadline) -> Result<Vec<u8>, Fault> {
    let bits = u32::from(*bytes.get(at).ok_or(Fault::Truncated)?);
    if !(1..=11).contains(&bits) {
        return Err(Fault::damaged(format!("codes of {bits} bits")));
    }
    at += 1;
    let mut packed = Vec::new();
    // If the file ends within them, what is there may still be enough.
    while let Some(&len) = bytes.get(at).filter(|len| **len > 0) {
        let end = (at + 1 + usize::from(len)).min(bytes.len());
        packed.extend_from_slice(&bytes[at + 1..end]);
        at = end;
    }
    let mut indices = vec![0; count];
    lzw::unpack(&packed, lzw::Kind::Gif { bits }, &mut indices, deadline)?;
    Ok(indices)
}

/// Which row of the picture a stored row is: every eighth from 0, every eighth from 4, every fourth from 2, the rest.
fn interlaced(stored: usize, height: usize) -> usize {
    let mut before = 0;
    for (start, step) in [(0, 8), (4, 8), (2, 4)] {
        let rows = height.saturating_sub(start).div_ceil(step);
        if stored < before + rows {
            return start + (stored - before) * step;
        }
        before += rows;
    }
    1 + (stored - before) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interlaced_rows_are_every_row_once() {
        let rows = |height| (0..height).map(|stored| interlaced(stored, height)).collect::<Vec<_>>();
        assert_eq!(rows(10), [0, 8, 4, 2, 6, 1, 3, 5, 7, 9]);
        for height in 1..40 {
            let mut sorted = rows(height);
            sorted.sort_unstable();
            assert_eq!(sorted, (0..height).collect::<Vec<_>>());
        }
    }
}
