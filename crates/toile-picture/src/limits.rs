//! Limits against files that are small on disk and endless in memory.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

use crate::error::Fault;

/// What one picture may cost at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes_max: u64,
    /// Pixels, width times height; checked before memory is taken for them.
    pub pixels_max: u64,
    /// Time to decode it. A backstop, so long that no honest picture of the size allowed meets it on any machine:
    /// what a data set holds must not depend on how fast a machine is.
    pub time: Duration,
}

impl Default for Limits {
    /// 256 MiB, 2^27 pixels (11,585 x 11,585), one minute.
    fn default() -> Self {
        Limits { bytes_max: 256 << 20, pixels_max: 1 << 27, time: Duration::from_secs(60) }
    }
}

/// The moment at which decoding is given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    /// None where the clock does not reach so far.
    end: Option<Instant>,
}

impl Deadline {
    /// This long from now.
    pub(super) fn after(time: Duration) -> Self {
        Deadline { end: Instant::now().checked_add(time) }
    }

    /// Asked once for every few thousand pixels.
    pub(super) fn check(self) -> Result<(), Fault> {
        match self.end {
            Some(end) if Instant::now() >= end => Err(Fault::TooSlow),
            _ => Ok(()),
        }
    }
}

/// Reads bytes in memory until the deadline: how a decoder of someone else is stopped.
pub(super) struct TimedReader<'a> {
    bytes: &'a [u8],
    at: usize,
    deadline: Deadline,
}

/// Bytes between two looks at the clock.
const WINDOW: usize = 4096;

impl<'a> TimedReader<'a> {
    /// At the first byte.
    pub(super) fn new(bytes: &'a [u8], deadline: Deadline) -> Self {
        TimedReader { bytes, at: 0, deadline }
    }
}

impl BufRead for TimedReader<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.deadline.check().map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        Ok(&rest[..rest.len().min(WINDOW)])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl Read for TimedReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let count = from.len().min(into.len());
        into[..count].copy_from_slice(&from[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl Seek for TimedReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(at) => {
                self.at = usize::try_from(at).unwrap_or(usize::MAX);
                return Ok(at);
            }
            SeekFrom::Current(offset) => (self.at, offset),
            SeekFrom::End(offset) => (self.bytes.len(), offset),
        };
        let at = isize::try_from(offset).ok().and_then(|offset| base.checked_add_signed(offset));
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gives_all_bytes_before_its_deadline_and_none_after() {
        let bytes: Vec<u8> = (0..10_000_u32).map(|i| i as u8).collect();
        let mut read = Vec::new();
        let mut reader = TimedReader::new(&bytes, Deadline::after(Duration::from_secs(3600)));
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);
        assert_eq!(reader.seek(SeekFrom::End(-3)).unwrap(), 9_997);
        assert_eq!(reader.seek(SeekFrom::Current(1)).unwrap(), 9_998);
        assert_eq!(reader.seek(SeekFrom::Start(20_000)).unwrap(), 20_000);
        assert_eq!(reader.read(&mut [0; 4]).unwrap(), 0, "behind the end there is nothing");
        assert!(reader.seek(SeekFrom::Current(-30_000)).is_err());

        let error = TimedReader::new(&bytes, Deadline::after(Duration::ZERO)).read(&mut [0; 4]).unwrap_err();
        assert_eq!(Fault::from(error), Fault::TooSlow);
        assert!(Deadline::after(Duration::MAX).check().is_ok());
    }
}
