//! Directories of a TIFF file, which EXIF blocks have too: a list of tags with their values (TIFF 6.0, section 2).

/// Order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// `II`: the low byte first.
    Little,
    /// `MM`: the high byte first.
    Big,
}

impl Order {
    /// That of a block that begins as a TIFF file does.
    pub(super) fn of(block: &[u8]) -> Option<Self> {
        match block.get(..4)? {
            b"II*\0" => Some(Order::Little),
            b"MM\0*" => Some(Order::Big),
            _ => None,
        }
    }

    /// Two bytes as a number.
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let two = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self == Order::Little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    }

    /// Four bytes as a number.
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self == Order::Little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    }
}

/// One directory.
pub(super) struct Fields<'a> {
    file: &'a [u8],
    order: Order,
    /// Tag, type, count, and where the values stand.
    entries: Vec<(u16, u16, usize, usize)>,
    /// Whether values of an entry stand outside the file.
    pub(super) is_cut: bool,
}

impl<'a> Fields<'a> {
    /// The directory at this byte. Entries of an unknown type, and values outside the file, are left out.
    pub(super) fn read(file: &'a [u8], order: Order, at: usize) -> Option<Self> {
        let count = usize::from(order.u16(file, at)?);
        let (mut entries, mut is_cut) = (Vec::new(), false);
        for entry in 0..count {
            let at = at.checked_add(2 + 12 * entry)?;
            let (tag, kind) = (order.u16(file, at)?, order.u16(file, at + 2)?);
            let count = order.u32(file, at + 4)? as usize;
            let width = match kind {
                1 | 2 | 6 | 7 => 1,
                3 | 8 => 2,
                4 | 9 | 11 | 13 => 4,
                5 | 10 | 12 => 8,
                _ => continue,
            };
            let Some(len) = count.checked_mul(width) else { continue };
            // What fits into four bytes stands in the entry itself.
            let values = if len <= 4 { at + 8 } else { order.u32(file, at + 8)? as usize };
            if values.checked_add(len).is_some_and(|end| end <= file.len()) {
                entries.push((tag, kind, count, values));
            } else {
                is_cut = true;
            }
        }
        Some(Fields { file, order, entries, is_cut })
    }

    /// Whole numbers of a tag; none if it is absent or of another type.
    pub(super) fn numbers(&self, tag: u16) -> Option<Vec<u32>> {
        let &(_, kind, count, at) = self.entries.iter().find(|entry| entry.0 == tag)?;
        let number = |index: usize| match kind {
            1 => self.file.get(at + index).map(|&byte| u32::from(byte)),
            3 => self.order.u16(self.file, at + 2 * index).map(u32::from),
            4 | 13 => self.order.u32(self.file, at + 4 * index),
            _ => None,
        };
        (0..count).map(number).collect()
    }

    /// The first number of a tag.
    pub(super) fn number(&self, tag: u16) -> Option<u32> {
        self.numbers(tag)?.first().copied()
    }
}
