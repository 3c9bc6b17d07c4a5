//! TensorFlow's records (`TFRecord`): the length of what follows, its checksum, the bytes, their checksum; numbers are
//! little-endian, checksums CRC-32C and masked
//! (<https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details>).

use crc::{CRC_32_ISCSI, Crc, Table};

const CRC_32C: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISCSI);

/// A record of these bytes.
pub(super) fn record(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), bytes, &masked(bytes)].concat()
}

/// So that the checksum of bytes with their own checksum among them is not a constant.
fn masked(bytes: &[u8]) -> [u8; 4] {
    CRC_32C.checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// What the records of a file hold; `None` where it is cut off or a checksum is wrong.
#[cfg(test)]
pub(super) fn read(mut file: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut records = Vec::new();
    while !file.is_empty() {
        let (length, rest) = file.split_first_chunk::<8>()?;
        let (sum, rest) = rest.split_first_chunk::<4>()?;
        let (bytes, rest) = rest.split_at_checked(u64::from_le_bytes(*length) as usize)?;
        let (sum_of_bytes, rest) = rest.split_first_chunk::<4>()?;
        if *sum != masked(length) || *sum_of_bytes != masked(bytes) {
            return None;
        }
        records.push(bytes.to_vec());
        file = rest;
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_castagnolis_and_masked() {
        assert_eq!(CRC_32C.checksum(b"123456789"), 0xe306_9283);
        let whole = record(b"toile");
        assert_eq!(read(&whole).unwrap(), [b"toile"]);
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert_eq!(read(&changed), None, "byte {at}");
        }
    }
}
