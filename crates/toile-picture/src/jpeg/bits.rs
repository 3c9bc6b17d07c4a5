//! The bits of a scan's data, where a byte of ones is followed by a zero byte, or is a mark.

use crate::error::Fault;

/// A place in the data.
pub(super) struct Bits<'a> {
    file: &'a [u8],
    at: usize,
    /// Bits not yet used, at the high end; zeros behind them.
    next: u64,
    /// How many of them are from the file.
    count: u32,
}

impl<'a> Bits<'a> {
    /// At a byte of the file.
    pub(super) fn new(file: &'a [u8], at: usize) -> Self {
        Bits { file, at, next: 0, count: 0 }
    }

    /// Where the next byte that was not taken stands: at a mark, once the data are read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Takes bytes up to a mark.
    #[inline]
    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(&byte) = self.file.get(self.at) else { return };
            if byte == 0xff {
                if self.file.get(self.at + 1) != Some(&0) {
                    return;
                }
                self.at += 1;
            }
            self.at += 1;
            self.next |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next 16 bits, with zeros where there are no more.
    #[inline]
    pub(super) fn peek_16(&mut self) -> u32 {
        if self.count < 16 {
            self.fill();
        }
        (self.next >> 48) as u32
    }

    /// Passes over bits that were looked at.
    #[inline]
    pub(super) fn skip(&mut self, count: u32) -> Result<(), Fault> {
        if count > self.count {
            return Err(self.too_short());
        }
        self.next <<= count;
        self.count -= count;
        Ok(())
    }

    /// The next bits as a number, at most 16.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Fault> {
        let value = self.peek_16() >> (16 - count);
        self.skip(count)?;
        Ok(value)
    }

    /// The next bits as a number with a sign (T.81, F.2.2.1).
    #[inline]
    pub(super) fn take_signed(&mut self, count: u32) -> Result<i32, Fault> {
        if count == 0 {
            return Ok(0);
        }
        let value = self.take(count)? as i32;
        Ok(if value < 1 << (count - 1) { value - (1 << count) + 1 } else { value })
    }

    fn too_short(&self) -> Fault {
        match self.file.get(self.at + 1) {
            None => Fault::Truncated,
            Some(_) => Fault::damaged("its pixels end early"),
        }
    }

    /// Goes on behind the restart mark of this number, 0 to 7.
    pub(super) fn restart(&mut self, number: u8) -> Result<(), Fault> {
        // Marks may begin with more than one byte of ones.
        let mut at = self.at;
        while self.file.get(at) == Some(&0xff) {
            at += 1;
        }
        match self.file.get(at) {
            _ if at == self.at && self.file.len() > at => {
                Err(Fault::damaged("data where a restart should be"))
            }
            None => Err(Fault::Truncated),
            Some(&mark) if mark == 0xd0 + number => {
                *self = Bits::new(self.file, at + 1);
                Ok(())
            }
            Some(&mark) => Err(Fault::damaged(format!("mark {mark:#04x} where a restart should be"))),
        }
    }
}
