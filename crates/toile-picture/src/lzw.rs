//! LZW, the compression of GIF and one of those of TIFF: a code stands for a string of bytes, and with each code that is
//! read the table of strings grows by one (GIF89a, appendix F; TIFF 6.0, section 13).

use crate::error::Fault;
use crate::limits::Deadline;

/// Most strings of a table: codes have at most 12 bits.
const STRINGS_MAX: usize = 1 << WIDTH_MAX;
const WIDTH_MAX: u32 = 12;

/// In what the two formats differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Codes begin in the low bits of a byte.
    Gif {
        /// Bits of a byte that is compressed, 1 to 11.
        bits: u32,
    },
    /// Codes begin in the high bits of a byte, and get longer one code early.
    Tiff,
}

/// The bits of packed bytes as codes.
struct Codes<'a> {
    packed: &'a [u8],
    is_low_first: bool,
    /// Bits not yet used: the low ones, in either order.
    waiting: u32,
    count: u32,
}

impl Codes<'_> {
    fn next(&mut self, width: u32) -> Result<usize, Fault> {
        while self.count < width {
            let (&byte, rest) = self.packed.split_first().ok_or(Fault::Truncated)?;
            self.packed = rest;
            if self.is_low_first {
                self.waiting |= u32::from(byte) << self.count;
            } else {
                self.waiting = self.waiting << 8 | u32::from(byte);
            }
            self.count += 8;
        }
        self.count -= width;
        let mask = (1 << width) - 1;
        let code;
        if self.is_low_first {
            code = self.waiting & mask;
            self.waiting >>= width;
        } else {
            code = self.waiting >> self.count & mask;
        }
        Ok(code as usize)
    }
}

/// The strings that codes stand for: each is another one and a byte.
struct Strings {
    before: Vec<u16>,
    last: Vec<u8>,
    first: Vec<u8>,
    len: Vec<u16>,
}

impl Strings {
    /// Of one byte each, below two codes that mean something else.
    fn new(bits: u32) -> Self {
        let single = 1_usize << bits;
        let bytes: Vec<u8> = (0..single + 2).map(|byte| byte as u8).collect();
        Strings { before: vec![0; single + 2], last: bytes.clone(), first: bytes, len: vec![1; single + 2] }
    }

    fn count(&self) -> usize {
        self.last.len()
    }

    fn truncate(&mut self, count: usize) {
        self.before.truncate(count);
        self.last.truncate(count);
        self.first.truncate(count);
        self.len.truncate(count);
    }

    fn push(&mut self, before: usize, last: u8) {
        self.before.push(before as u16);
        self.last.push(last);
        self.first.push(self.first[before]);
        self.len.push(self.len[before].saturating_add(1));
    }

    /// Writes as much of a string as there is room for; how much.
    fn write(&self, mut code: usize, out: &mut [u8]) -> usize {
        let len = usize::from(self.len[code]);
        for place in (0..len).rev() {
            if let Some(byte) = out.get_mut(place) {
                *byte = self.last[code];
            }
            code = usize::from(self.before[code]);
        }
        len.min(out.len())
    }
}

/// Fills `out`. What follows in `packed` is left alone; if it ends earlier, so does the file.
pub(super) fn unpack(packed: &[u8], kind: Kind, out: &mut [u8], deadline: Deadline) -> Result<(), Fault> {
    let (bits, early) = match kind {
        Kind::Gif { bits } => (bits, 0),
        Kind::Tiff => (8, 1),
    };
    let (clear, end) = (1 << bits, (1 << bits) + 1);
    let mut codes = Codes { packed, is_low_first: early == 0, waiting: 0, count: 0 };
    let mut strings = Strings::new(bits);
    let (mut width, mut before) = (bits + 1, None);
    let (mut filled, mut read) = (0, 0_u32);
    while filled < out.len() {
        if read.is_multiple_of(1 << 16) {
            deadline.check()?;
        }
        read = read.wrapping_add(1);
        let code = codes.next(width)?;
        if code == clear {
            strings.truncate(end + 1);
            (width, before) = (bits + 1, None);
            continue;
        }
        if code == end {
            return Err(Fault::Truncated);
        }
        if let Some(before) = before
            && strings.count() < STRINGS_MAX
        {
            // A code may stand for the string that it makes itself.
            let of = if code < strings.count() { code } else { before };
            strings.push(before, strings.first[of]);
        }
        if code >= strings.count() {
            return Err(Fault::damaged("an LZW code that stands for nothing yet"));
        }
        filled += strings.write(code, &mut out[filled..]);
        if strings.count() + early >= 1 << width && width < WIDTH_MAX {
            width += 1;
        }
        before = Some(code);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use toile_testing::Chance;
    use weezl::BitOrder;
    use weezl::encode::Encoder;

    use super::*;

    /// Bytes below `most` that repeat themselves here and there.
    fn bytes(case: u32, most: usize) -> Vec<u8> {
        let mut chance = Chance::new(51, case);
        let mut bytes = Vec::new();
        for _ in 0..chance.below(60) {
            if chance.below(3) == 0 && !bytes.is_empty() {
                let from = chance.below(bytes.len());
                bytes.extend_from_within(from..);
            } else {
                let count = chance.below(300);
                bytes.extend((0..count).map(|_| chance.below(most) as u8));
            }
            bytes.truncate(40_000);
        }
        bytes
    }

    #[test]
    fn what_another_program_packed_comes_back() {
        let deadline = Deadline::after(Duration::from_secs(60));
        for case in 0..60 {
            let bits = 2 + case % 7;
            for kind in [Kind::Gif { bits }, Kind::Tiff] {
                let (most, mut encoder) = match kind {
                    Kind::Gif { bits } => (1 << bits, Encoder::new(BitOrder::Lsb, bits as u8)),
                    Kind::Tiff => (256, Encoder::with_tiff_size_switch(BitOrder::Msb, 8)),
                };
                let bytes = bytes(case, most);
                let packed = encoder.encode(&bytes).unwrap();
                let mut out = vec![0; bytes.len()];
                unpack(&packed, kind, &mut out, deadline).unwrap();
                assert!(out == bytes, "case {case}, {kind:?}");

                // A part of it needs no more than a part, and more is not there.
                let half = &mut out[..bytes.len() / 2];
                half.fill(0);
                unpack(&packed, kind, half, deadline).unwrap();
                assert!(half == &bytes[..bytes.len() / 2], "case {case}, {kind:?}");
                let mut more = vec![0; bytes.len() + 1];
                assert_eq!(unpack(&packed, kind, &mut more, deadline), Err(Fault::Truncated));
            }
        }
    }

    #[test]
    fn a_code_without_a_string_is_refused() {
        let deadline = Deadline::after(Duration::from_secs(60));
        // Clear, then a code of which nothing is known: 100, 111 from the low bits up.
        let refused = unpack(&[0b111_100], Kind::Gif { bits: 2 }, &mut [0; 4], deadline);
        assert!(matches!(refused, Err(Fault::Damaged(_))), "{refused:?}");
    }
}
