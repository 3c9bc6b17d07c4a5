//! The gzip wrapper around a file.

use std::io::Read as _;

use flate2::bufread::GzDecoder;

use crate::error::DataError;

const MAGIC: &[u8] = b"\x1f\x8b";

/// Takes the wrapper off, where there is one: any number of members, whose contents follow each other (RFC 1952).
/// What follows the last member and is none is left out, as `gzip -d` does. Memory follows what comes out, never
/// what a header claims.
///
/// # Errors
/// A member that is not as gzip makes it, and more than `bytes_max` bytes of content.
pub(crate) fn unwrap(bytes: Vec<u8>, origin: &str, bytes_max: u64) -> Result<Vec<u8>, DataError> {
    if !bytes.starts_with(MAGIC) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    let mut rest = &bytes[..];
    while rest.starts_with(MAGIC) {
        let mut member = GzDecoder::new(rest);
        let left = bytes_max + 1 - plain.len() as u64;
        member
            .by_ref()
            .take(left)
            .read_to_end(&mut plain)
            .map_err(|source| DataError::Gzip { file: origin.to_owned(), source })?;
        if plain.len() as u64 > bytes_max {
            return Err(DataError::TooLarge { file: origin.to_owned(), limit: bytes_max });
        }
        rest = member.into_inner();
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use toile_kernels::random::{Purpose, Stream};

    use super::*;

    const LIMIT: u64 = 10_000;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(bytes).unwrap();
        gz.finish().unwrap()
    }

    #[test]
    fn members_follow_each_other() {
        let cases: &[(Vec<u8>, &[u8])] = &[
            (b"plain".to_vec(), b"plain"),
            (packed(b"one"), b"one"),
            ([packed(b"one"), packed(b""), packed(b"two")].concat(), b"onetwo"),
            // Tapes and some downloads are padded.
            ([packed(b"one"), vec![0; 512]].concat(), b"one"),
            ([packed(b"one"), b"garbage".to_vec()].concat(), b"one"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(unwrap(bytes.clone(), "x", LIMIT).unwrap(), *expected);
        }
        let cut = [packed(b"one"), packed(b"two")].concat();
        for len in packed(b"one").len() + 2..cut.len() {
            let error = unwrap(cut[..len].to_vec(), "x", LIMIT).unwrap_err();
            assert!(matches!(error, DataError::Gzip { .. }), "{len}: {error}");
        }
    }

    #[test]
    fn the_limit_counts_all_members() {
        let half = packed(&vec![7; LIMIT as usize / 2]);
        assert_eq!(unwrap([&half[..], &half].concat(), "x", LIMIT).unwrap().len() as u64, LIMIT);
        let error = unwrap([&half[..], &half, &packed(b"1")].concat(), "x", LIMIT).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { limit: LIMIT, .. }), "{error}");
    }

    /// Bytes as they may come: nothing panics, nothing grows beyond the limit.
    #[test]
    fn any_bytes_are_unwrapped_or_refused() {
        let sound = [packed(b"one"), packed(&[3; 3000])].concat();
        let (mut unwrapped, mut refused) = (0, 0);
        for case in 0..4000 {
            let random = Stream::new(case, Purpose::Split, 0, 0);
            let mut bytes = sound.clone();
            for change in 0..=random.u32(0) % 4 {
                let at = random.u32(10 + change) as usize % bytes.len();
                bytes[at] = random.u32(20 + change) as u8;
            }
            bytes.truncate(bytes.len() - random.u32(1) as usize % 30);
            match unwrap(bytes, "x", LIMIT) {
                Ok(plain) => {
                    assert!(plain.len() as u64 <= LIMIT);
                    unwrapped += 1;
                }
                Err(DataError::Gzip { .. } | DataError::TooLarge { .. }) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert!(unwrapped > 100 && refused > 100, "{unwrapped} and {refused}: both have to happen");
    }
}
