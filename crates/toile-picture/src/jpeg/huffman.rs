//! Huffman codes (T.81, annex C and F.2.2.3).

use super::bits::Bits;
use crate::error::Fault;

/// Codes up to this many bits are looked up at once.
const QUICK: u32 = 9;

/// A table of codes of up to 16 bits.
pub(super) struct Table {
    /// Length and symbol for the next 9 bits; a length of 0 is a longer code.
    quick: Vec<(u8, u8)>,
    /// For each length, one more than the last code, with zeros behind up to 16 bits.
    ends: [u32; 17],
    /// For each length, what is added to a code to find its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Table {
    /// `counts[i]` codes have `i + 1` bits; the symbols stand in the order of their codes.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Fault> {
        let mut table = Table {
            quick: vec![(0, 0); 1 << QUICK],
            ends: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut index) = (0_u32, 0);
        for (len, &count) in (1..=16).zip(counts) {
            table.offsets[len as usize] = index as i32 - code as i32;
            for _ in 0..count {
                if code >= 1 << len {
                    return Err(Fault::damaged("a Huffman table with too many codes"));
                }
                if len <= QUICK {
                    let first = (code << (QUICK - len)) as usize;
                    table.quick[first..first + (1 << (QUICK - len))].fill((len as u8, symbols[index]));
                }
                code += 1;
                index += 1;
            }
            table.ends[len as usize] = code << (16 - len);
            code <<= 1;
        }
        Ok(table)
    }

    /// The symbol of the next code.
    #[inline]
    pub(super) fn symbol(&self, bits: &mut Bits) -> Result<u8, Fault> {
        let next = bits.peek_16();
        let (len, symbol) = self.quick[(next >> (16 - QUICK)) as usize];
        if len != 0 {
            bits.skip(u32::from(len))?;
            return Ok(symbol);
        }
        for len in QUICK + 1..=16 {
            if next < self.ends[len as usize] {
                bits.skip(len)?;
                let index = (next >> (16 - len)) as i32 + self.offsets[len as usize];
                return self.symbols.get(index as usize).copied().ok_or_else(unknown);
            }
        }
        // What looks like no code may be the end of the data.
        bits.skip(16)?;
        Err(unknown())
    }
}

fn unknown() -> Fault {
    Fault::damaged("a code that its Huffman table does not have")
}
