//! Files that are cut off, and files changed at random.

use std::time::Duration;

use toile_picture::{Limits, PictureError, Raster, decode, probe};
use toile_testing::{Chance, changed_bytes};

use crate::files;

/// No damaged header may cost a test its memory or its time.
const LIMITS: Limits = Limits { bytes_max: 1 << 20, pixels_max: 1 << 16, time: Duration::from_secs(5) };

/// Decodes, and fails if a decoder panicked: the library turns that into an error with these words.
fn decoded(what: &str, bytes: &[u8]) -> Result<Raster, PictureError> {
    let result = decode(bytes, &LIMITS);
    if let Err(error) = &result {
        let said = error.to_string();
        assert!(!said.contains("gave up"), "{what}: its decoder panicked");
        assert!(!matches!(error, PictureError::TooSlow { .. }), "{what}: {said}");
    }
    if let (Ok(raster), Ok(probe)) = (&result, probe(bytes, &LIMITS)) {
        assert_eq!(raster.size, probe.size, "{what}");
        assert_eq!(raster.pixels.len(), raster.size[0] * raster.size[1] * raster.layout.bytes(), "{what}");
    }
    result
}

#[test]
fn a_file_that_is_cut_off_is_an_error_or_the_whole_picture() {
    for (name, bytes) in files() {
        let whole = decoded(&name, &bytes).unwrap();
        for len in 0..bytes.len() {
            match decoded(&format!("{name} at {len}"), &bytes[..len]) {
                // What ends a file may be missing: a checksum, a mark, the pictures behind the first one.
                Ok(raster) => {
                    let few = bytes.len() - len <= 16 || name.contains("animated.gif");
                    assert!(raster == whole && few, "{name}: {len} of {}", bytes.len());
                }
                Err(PictureError::Empty) => assert_eq!(len, 0),
                Err(PictureError::UnknownFormat { .. }) => assert!(len < 18, "{name}: {len}"),
                Err(PictureError::Truncated { .. } | PictureError::Damaged { .. }) => {}
                Err(error) => panic!("{name} at {len}: {error}"),
            }
        }
    }
}

#[test]
fn no_change_of_a_file_makes_a_decoder_panic() {
    let (mut read, mut refused) = (0, 0);
    for (name, bytes) in files() {
        for case in 0..120 {
            let changed = changed_bytes(&bytes, &mut Chance::new(77, case));
            match decoded(&format!("{name}, case {case}"), &changed) {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(read > 500 && refused > 2000, "{read} were read, {refused} were refused");
}
