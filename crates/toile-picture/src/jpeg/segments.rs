//! The segments of a file (T.81, B.1 and B.2): tables, the frame, and where each scan begins.

use super::frame::Frame;
use super::huffman::Table;
use crate::error::Fault;
use crate::orientation::Orientation;

/// A component of a scan.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScanComponent {
    /// Its place in the frame.
    pub(super) index: usize,
    /// Huffman tables of its first and of its other coefficients.
    pub(super) first: usize,
    pub(super) other: usize,
}

/// What a scan's header says.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub(super) components: Vec<ScanComponent>,
    /// First and last coefficient of the scan, in zigzag order.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Bit that an earlier scan of them ended with; 0 if there was none.
    pub(super) high: u8,
    /// Bit that this one ends with.
    pub(super) low: u8,
}

/// A file, read up to some segment.
pub(super) struct Segments<'a> {
    pub(super) file: &'a [u8],
    /// The next byte.
    pub(super) at: usize,
    /// Whether the mark of the end was there.
    pub(super) ended: bool,
    frame: Option<Frame>,
    /// Quantization tables in zigzag order.
    pub(super) quantization: [Option<[u16; 64]>; 4],
    pub(super) first_tables: [Option<Table>; 4],
    pub(super) other_tables: [Option<Table>; 4],
    /// Units between two restarts; 0 is none.
    pub(super) restart: usize,
    pub(super) orientation: Orientation,
    /// Whether the file says that it is JFIF, whose colours are YCbCr.
    pub(super) is_jfif: bool,
    /// What Adobe's segment says of the colours.
    pub(super) adobe: Option<u8>,
}

impl<'a> Segments<'a> {
    /// At the beginning of a file.
    pub(super) fn new(file: &'a [u8]) -> Self {
        Segments {
            file,
            at: 2,
            ended: false,
            frame: None,
            quantization: [None; 4],
            first_tables: [const { None }; 4],
            other_tables: [const { None }; 4],
            restart: 0,
            orientation: Orientation::UPRIGHT,
            is_jfif: false,
            adobe: None,
        }
    }

    /// The frame, which stands before the first scan.
    pub(super) fn frame(&self) -> Result<&Frame, Fault> {
        self.frame.as_ref().ok_or_else(|| Fault::damaged("pixels without a size before them"))
    }

    /// Reads on to the data of the next scan; none at the end.
    pub(super) fn next_scan(&mut self) -> Result<Option<Scan>, Fault> {
        while let Some(marker) = self.marker() {
            match marker {
                0xd9 => {
                    self.ended = true;
                    return Ok(None);
                }
                // Marks without a segment: a second beginning, a restart that belongs to no scan.
                0x01 | 0xd0..=0xd8 => continue,
                _ => {}
            }
            let segment = self.segment()?;
            match marker {
                0xda => return self.scan(segment).map(Some),
                0xc0..=0xc2 if self.frame.is_some() => {
                    return Err(Fault::damaged("it has two frames"));
                }
                0xc0..=0xc2 => self.frame = Some(Frame::read(segment, marker == 0xc2)?),
                0xc4 => self.huffman(segment)?,
                0xdb => self.quantization(segment)?,
                0xdd => {
                    let &[high, low] = segment else { return Err(Fault::damaged("a restart interval")) };
                    self.restart = usize::from(u16::from_be_bytes([high, low]));
                }
                0xc3 | 0xc5..=0xc7 | 0xcb | 0xcd..=0xcf => {
                    return Err(Fault::unsupported("lossless, hierarchical or arithmetic coding"));
                }
                0xc9 | 0xca | 0xcc => return Err(Fault::unsupported("arithmetic coding")),
                0xe0 if segment.starts_with(b"JFIF\0") => self.is_jfif = true,
                0xe1 if segment.starts_with(b"Exif\0\0") && self.orientation == Orientation::UPRIGHT => {
                    self.orientation = Orientation::from_exif(segment);
                }
                0xee if segment.starts_with(b"Adobe") => self.adobe = segment.get(11).copied(),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The next mark. What stands before it is passed over, as other programs do.
    fn marker(&mut self) -> Option<u8> {
        loop {
            self.at += self.file.get(self.at..)?.iter().position(|&byte| byte == 0xff)?;
            self.at += self.file[self.at..].iter().position(|&byte| byte != 0xff)?;
            self.at += 1;
            if self.file[self.at - 1] != 0 {
                return Some(self.file[self.at - 1]);
            }
        }
    }

    /// The bytes of a segment behind its length.
    fn segment(&mut self) -> Result<&'a [u8], Fault> {
        let &[high, low] = self.file.get(self.at..self.at + 2).ok_or(Fault::Truncated)? else {
            return Err(Fault::Truncated);
        };
        let len = usize::from(u16::from_be_bytes([high, low]));
        if len < 2 {
            return Err(Fault::damaged(format!("a segment of {len} bytes")));
        }
        let segment = self.file.get(self.at + 2..self.at + len).ok_or(Fault::Truncated)?;
        self.at += len;
        Ok(segment)
    }

    fn huffman(&mut self, mut segment: &[u8]) -> Result<(), Fault> {
        while let Some((&[place, ref counts @ ..], rest)) = segment.split_first_chunk::<17>() {
            let count = counts.iter().map(|&count| usize::from(count)).sum();
            let symbols = rest.get(..count).ok_or_else(|| Fault::damaged("a Huffman table"))?;
            let tables = match place >> 4 {
                0 => &mut self.first_tables,
                1 => &mut self.other_tables,
                kind => return Err(Fault::damaged(format!("a Huffman table of kind {kind}"))),
            };
            let table = tables.get_mut(usize::from(place & 15));
            *table.ok_or_else(|| Fault::damaged("a fifth Huffman table"))? =
                Some(Table::new(counts, symbols)?);
            segment = &rest[count..];
        }
        Ok(())
    }

    fn quantization(&mut self, mut segment: &[u8]) -> Result<(), Fault> {
        while let Some((&place, rest)) = segment.split_first() {
            let width = if place >> 4 == 0 { 1 } else { 2 };
            let values = rest.get(..64 * width).ok_or_else(|| Fault::damaged("a quantization table"))?;
            let value = |entry: &[u8]| entry.iter().fold(0, |value, &byte| (value << 8) | u16::from(byte));
            let mut table = [0; 64];
            for (factor, entry) in table.iter_mut().zip(values.chunks_exact(width)) {
                *factor = value(entry);
            }
            let place = self.quantization.get_mut(usize::from(place & 15));
            *place.ok_or_else(|| Fault::damaged("a fifth quantization table"))? = Some(table);
            segment = &rest[64 * width..];
        }
        Ok(())
    }

    fn scan(&self, segment: &[u8]) -> Result<Scan, Fault> {
        let frame = self.frame()?;
        let bad = || Fault::damaged("the header of a scan");
        let (&count, rest) = segment.split_first().ok_or_else(bad)?;
        let count = usize::from(count);
        if !(1..=frame.components.len()).contains(&count) || rest.len() < 2 * count + 3 {
            return Err(bad());
        }
        let mut components: Vec<ScanComponent> = Vec::new();
        for &[id, tables] in rest[..2 * count].as_chunks::<2>().0 {
            let index = frame.components.iter().position(|component| component.id == id).ok_or_else(bad)?;
            if tables >> 4 > 3 || tables & 15 > 3 || components.iter().any(|other| other.index == index) {
                return Err(bad());
            }
            let [first, other] = [tables >> 4, tables & 15].map(usize::from);
            components.push(ScanComponent { index, first, other });
        }
        let [start, end, bits] = [rest[2 * count], rest[2 * count + 1], rest[2 * count + 2]];
        if !frame.is_progressive {
            return Ok(Scan { components, start: 0, end: 63, high: 0, low: 0 });
        }
        let (high, low) = (bits >> 4, bits & 15);
        // The first coefficients have scans of their own, the others one component at a time (T.81, G.1.1.1).
        let is_sane = end <= 63
            && if start == 0 { end == 0 } else { start <= end && count == 1 }
            && low <= 13
            && (high == 0 || high == low + 1);
        if !is_sane {
            return Err(bad());
        }
        Ok(Scan { components, start: start.into(), end: end.into(), high, low })
    }
}
