//! What is refused: one clear error each.

use std::time::Duration;

use toile_picture::{Limits, PictureError, decode, preprocess, probe};

use crate::{files, folder, own_size};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

/// With these bytes at a place.
fn patched(name: &str, at: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = file(name);
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

/// With these bytes where those were.
fn replaced(name: &str, old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = file(name).windows(old.len()).position(|window| window == old).expect("they are there");
    patched(name, at, new)
}

/// The header of a PNG file of this size, and the beginning of its pixels.
fn large_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x9c]).unwrap();
    drop(writer);
    bytes
}

/// The entry of a TIFF directory of this tag, with another value.
fn with_entry(name: &str, tag: u16, value: u16) -> Vec<u8> {
    let bytes = file(name);
    let directory = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let at =
        (0..50).map(|entry| directory + 2 + 12 * entry).find(|&at| bytes[at..at + 2] == tag.to_le_bytes());
    patched(name, at.expect("the tag is there") + 8, &value.to_le_bytes())
}

#[test]
fn each_bad_file_has_an_error_of_its_own() {
    let half = |name: &str| {
        let bytes = file(name);
        bytes[..bytes.len() / 2].to_vec()
    };
    let sof = [0xff, 0xc0, 0, 17, 8];
    let progressive = [0xff, 0xc2, 0, 17, 8];
    let vp8l = [b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xfe\xbf\xff\x1f".as_slice(), &[0; 9]].concat();
    // The first scan, of the first coefficients, six hundred times.
    let scans = {
        let bytes = file("420-progressive.jpg");
        let scan = bytes.windows(2).position(|window| window == [0xff, 0xda]).unwrap();
        let len =
            bytes[scan + 2..].windows(2).position(|window| window[0] == 0xff && window[1] != 0).unwrap();
        let end = scan + 2 + len;
        [&bytes[..scan], &bytes[scan..end].repeat(600), &bytes[end..]].concat()
    };
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("nothing", vec![], &["empty", "copy or fetch it again"]),
        ("a text", b"Not found".to_vec(), &["text that begins with \"Not found\"", "PNG, JPEG, WebP"]),
        ("a page", b"<!DOCTYPE html><html>".to_vec(), &["an HTML page", "fetch the picture again"]),
        ("half a JPEG", half("420.jpg"), &["JPEG file ends before its picture does"]),
        ("half a progressive JPEG", half("420-progressive.jpg"), &["JPEG file ends before its picture does"]),
        ("half a PNG", half("rgb-16.png"), &["PNG file ends before its picture does"]),
        ("half a WebP", half("lossless.webp"), &["WebP file ends before its picture does"]),
        ("half a BMP", half("rgb-24.bmp"), &["BMP file ends before its picture does"]),
        ("half a GIF", half("plain.gif"), &["GIF file ends before its picture does"]),
        ("half a TIFF", half("rgb-lzw.tiff"), &["TIFF file", "ends before its picture does"]),
        ("a huge PNG", large_png(20_000, 20_000), &["PNG picture has 20000 x 20000 pixels", "134217728"]),
        ("a wider PNG", large_png(1 << 31, 1), &["PNG"]),
        ("a huge WebP", vp8l, &["WebP picture has 16383 x 16383 pixels"]),
        (
            "a huge JPEG",
            replaced("420.jpg", &sof, &[0xff, 0xc0, 0, 17, 8, 255, 255, 255, 255]),
            &["65535 x 65535"],
        ),
        (
            "a huge BMP",
            patched("rgb-24.bmp", 18, &[0xff, 0xff, 0xff, 0x7f]),
            &["BMP picture has 2147483647 x 7"],
        ),
        ("a huge GIF", patched("plain.gif", 6, &[255; 4]), &["GIF picture has 65535 x 65535 pixels"]),
        ("a huge TIFF", with_entry("rgb-lzw.tiff", 256, 65_535), &["TIFF"]),
        ("a PNG of no rows", patched("rgb-16.png", 20, &[0; 4]), &["PNG file is damaged"]),
        (
            "a BMP of no columns",
            patched("rgb-24.bmp", 18, &[0; 4]),
            &["BMP file is damaged (it has 0 x 7 pixels)"],
        ),
        (
            "a JPEG of no rows",
            replaced("420.jpg", &sof, &[0xff, 0xc0, 0, 17, 8, 0, 0]),
            &["a height that follows"],
        ),
        ("a PNG with a wrong checksum", patched("rgb-16.png", 29, &[0; 4]), &["PNG file is damaged (CRC"]),
        ("a PNG with a wrong filter", patched("rgb-16.png", 44, &[0xff; 8]), &["PNG file is damaged"]),
        (
            "a JPEG of 12 bits",
            replaced("420.jpg", &sof, &[0xff, 0xc1, 0, 17, 12]),
            &["12 bits a sample", "save it as 8-bit"],
        ),
        ("a lossless JPEG", replaced("420.jpg", &sof, &[0xff, 0xc3]), &["lossless", "not read"]),
        ("an arithmetic JPEG", replaced("420.jpg", &sof, &[0xff, 0xc9]), &["arithmetic coding"]),
        (
            "a JPEG whose frame is cut",
            replaced("grey.jpg", &[0xff, 0xc0, 0, 11], &[0xff, 0xc0, 0, 9]),
            &["JPEG"],
        ),
        (
            "a JPEG without scans",
            file("420.jpg")[..40].iter().copied().chain([0xff, 0xd9]).collect(),
            &["JPEG"],
        ),
        (
            "a JPEG that is not progressive",
            replaced("420-progressive.jpg", &progressive, &sof),
            &["JPEG file"],
        ),
        (
            "a JPEG with a wrong restart",
            replaced("444-restart.jpg", &[0xff, 0xd1], &[0xff, 0xd3]),
            &["restart"],
        ),
        ("a JPEG of six hundred scans", scans, &["more than 500 scans"]),
        (
            "a BMP with JPEG inside",
            patched("rgb-24.bmp", 30, &[4]),
            &["compression 4", "save it as 8-bit PNG or JPEG"],
        ),
        (
            "a GIF without pictures",
            patched("plain.gif", file("plain.gif").len() - 1, b";")[..13].to_vec(),
            &["GIF file"],
        ),
        ("a BigTIFF", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec(), &["BigTIFF"]),
        ("a fax in TIFF", with_entry("rgb-lzw.tiff", 259, 3), &["fax compression"]),
        ("a JPEG in TIFF", with_entry("rgb-lzw.tiff", 259, 7), &["JPEG compression inside TIFF"]),
        ("YCbCr in TIFF", with_entry("rgb-lzw.tiff", 262, 6), &["YCbCr"]),
        ("a TIFF of no LZW", with_entry("rgb-lzw.tiff", 259, 8), &["TIFF file is damaged"]),
    ];
    let mut wrong = Vec::new();
    for (what, bytes, words) in cases {
        match decode(&bytes, &Limits::default()) {
            Ok(raster) => wrong.push(format!("{what} was read: {:?}", raster.size)),
            Err(error) => {
                let said = error.to_string();
                let (problem, remedy) = (error.problem(), error.remedy().expect("bytes can be mended"));
                assert_eq!(said, format!("{problem}: {remedy}"), "{what}");
                assert!(!problem.contains("remove it"), "{what}: {problem}");
                if said.contains("gave up") || !words.iter().all(|word| said.contains(word)) {
                    wrong.push(format!("{what}: {said}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn limits_hold_for_every_format() {
    for (name, bytes) in files() {
        let how = own_size(&bytes, 3, [0; 3]);
        let pixels = (how.size[0] * how.size[1]) as u64;
        let exact =
            Limits { bytes_max: bytes.len() as u64, pixels_max: pixels, time: Duration::from_secs(60) };
        assert!(preprocess(&bytes, &how, &exact).is_ok(), "{name}");

        let fewer_bytes = Limits { bytes_max: exact.bytes_max - 1, ..exact };
        assert!(matches!(probe(&bytes, &fewer_bytes), Err(PictureError::TooManyBytes { .. })), "{name}");
        let fewer_pixels = Limits { pixels_max: pixels - 1, ..exact };
        let refused = probe(&bytes, &fewer_pixels);
        assert!(matches!(refused, Err(PictureError::TooManyPixels { .. })), "{name}: {refused:?}");
        let no_time = Limits { time: Duration::ZERO, ..exact };
        let refused = preprocess(&bytes, &how, &no_time);
        assert!(matches!(refused, Err(PictureError::TooSlow { .. })), "{name}: {refused:?}");
    }
}
