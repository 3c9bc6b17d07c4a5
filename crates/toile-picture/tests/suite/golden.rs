//! The pixels that Pillow reads (`tests/data/pictures/make.py`): the same bits.

use std::fs;

use toile_picture::{Format, Limits, Preprocessing, Resize, decode, preprocess, probe};

use crate::{files, folder, own_size};

/// The background that `make.py` has.
const BACKGROUND: [u8; 3] = [250, 120, 10];

#[test]
fn every_kind_has_the_pixels_that_pillow_reads() {
    let index = fs::read_to_string(folder().join("expected.txt")).unwrap();
    let expected = fs::read(folder().join("expected.bin")).unwrap();
    let (mut at, mut wrong) = (0, Vec::new());
    for line in index.lines() {
        let [name, channels, height, width, how] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let [channels, height, width] = [channels, height, width].map(|number| number.parse().unwrap());
        let bytes = fs::read(folder().join(name)).unwrap();
        let own = own_size(&bytes, channels, BACKGROUND);
        let how = match how {
            "decode" => own,
            how => Preprocessing { size: [height, width], resize: Resize::from_name(how).unwrap(), ..own },
        };
        assert_eq!(how.size, [height, width], "{line}");
        let pixels =
            preprocess(&bytes, &how, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let theirs = &expected[at..at + channels * height * width];
        let worst = pixels.iter().zip(theirs).map(|(ours, theirs)| ours.abs_diff(*theirs)).max();
        if pixels.len() != theirs.len() || worst != Some(0) {
            wrong.push(format!("{line}: {} bytes, largest difference {worst:?}", pixels.len()));
        }
        at += theirs.len();
    }
    assert_eq!(at, expected.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        files().iter().all(|(name, _)| index.contains(name.as_str())),
        "a picture without expected pixels"
    );
}

#[test]
fn a_header_says_what_the_pixels_are() {
    let limits = Limits::default();
    for (name, bytes) in files() {
        let found = probe(&bytes, &limits).unwrap();
        let raster = decode(&bytes, &limits).unwrap();
        assert_eq!(found.size, raster.size, "{name}");
        assert_eq!(
            found.has_alpha,
            raster.layout.bytes().is_multiple_of(2),
            "{name}: {found:?}, {:?}",
            raster.layout
        );
        let format = match name.rsplit('.').next().unwrap() {
            "png" => Format::Png,
            "jpg" => Format::Jpeg,
            "webp" => Format::WebP,
            "bmp" => Format::Bmp,
            "gif" => Format::Gif,
            _ => Format::Tiff,
        };
        assert_eq!(found.format, format, "{name}");
        let is_grey = name.starts_with("grey") || name.starts_with("black");
        assert_eq!(found.is_colour, !is_grey, "{name}");
        if is_grey {
            let rgb = preprocess(&bytes, &own_size(&bytes, 3, [7; 3]), &limits).unwrap();
            assert!(rgb.as_chunks::<3>().0.iter().all(|[r, g, b]| r == g && g == b), "{name}");
        }
    }
}
