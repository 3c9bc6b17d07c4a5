use toile_kernels::random::{Purpose, Stream};

use super::*;

fn image_file(dims: [u32; 3], pixels: usize) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3];
    dims.iter().for_each(|d| bytes.extend(d.to_be_bytes()));
    bytes.extend((0..pixels).map(|i| i as u8));
    bytes
}

fn label_file(count: u32, labels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 1];
    bytes.extend(count.to_be_bytes());
    bytes.extend(labels);
    bytes
}

#[test]
fn reads_what_was_written() {
    let images = images(image_file([5, 2, 3], 30)).unwrap();
    assert_eq!((images.count, images.rows, images.columns), (5, 2, 3));
    assert_eq!(images.pixels, (0..30).collect::<Vec<u8>>());
    assert_eq!(labels(&label_file(4, &[0, 9, 3, 9]), 0..10).unwrap(), [0, 9, 3, 9]);
    assert_eq!(labels(&label_file(3, &[1, 26, 3]), 1..27).unwrap(), [0, 25, 2]);
    let said = labels(&label_file(3, &[1, 0, 3]), 1..27).unwrap_err().to_string();
    assert!(said.contains("label 0 at index 1 (byte 9) names no class: labels run from 1 to 26"), "{said}");
}

#[test]
fn a_header_of_any_width_is_read_where_any_is_asked_for() {
    let file = |magic: [u8; 2], dims: &[u32], elements: usize| {
        let mut bytes = vec![0, 0, magic[0], magic[1]];
        dims.iter().for_each(|dim| bytes.extend(dim.to_be_bytes()));
        bytes.resize(bytes.len() + elements, 0);
        bytes
    };
    let sound: &[(Kind, Vec<u8>, Element, &[usize])] = &[
        (Kind::AnyImages, file([0x0d, 3], &[2, 1, 3], 24), Element::F32, &[2, 1, 3]),
        (Kind::AnyImages, file([0x0e, 4], &[2, 1, 3, 1], 48), Element::F64, &[2, 1, 3, 1]),
        (Kind::AnyImages, file([0x08, 3], &[1, 1, 1], 1), Element::U8, &[1, 1, 1]),
        (Kind::AnyLabels, file([0x0b, 1], &[3], 6), Element::I16, &[3]),
        (Kind::AnyLabels, file([0x0c, 1], &[3], 12), Element::I32, &[3]),
    ];
    for (kind, bytes, element, dims) in sound {
        let found = header(bytes, *kind).unwrap();
        assert_eq!((found.element, &found.dims[..]), (*element, *dims));
        assert_eq!(found.len() + dims.iter().product::<usize>() * element.width(), bytes.len());
        // As the MNIST family has it, only bytes do.
        let strict = if *kind == Kind::AnyImages { Kind::Images } else { Kind::Labels };
        assert_eq!(header(bytes, strict).is_ok(), *element == Element::U8);
    }
    let cases: &[(Kind, Vec<u8>, &str)] = &[
        (
            Kind::AnyImages,
            file([0x0b, 1], &[3], 6),
            "images (rank 3, or 4 with channels), found one of labels (integers",
        ),
        (Kind::AnyLabels, file([0x0d, 1], &[3], 12), "found one of 32-bit floats, rank 1 (magic 0x00000d01)"),
        (Kind::AnyImages, file([0x08, 2], &[3, 4], 12), "found one of unsigned bytes, rank 2"),
        (
            Kind::AnyImages,
            file([0x0d, 4], &[2, 3, 1, 1], 20),
            "truncated: 40 bytes, where 2 images of 3 x 1 x 1 need 44",
        ),
        (Kind::AnyImages, file([0x0e, 4], &[u32::MAX; 4], 0), "need 340282366920938463463374607431768211455"),
        (Kind::AnyLabels, file([0x0c, 1], &[2], 9), "oversized: 17 bytes, where 2 labels need 16"),
    ];
    for (kind, bytes, expected) in cases {
        let said = header(bytes, *kind).unwrap_err().to_string();
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
}

#[test]
fn every_length_but_the_right_one_is_refused() {
    let whole = image_file([3, 2, 2], 12);
    for len in 0..whole.len() {
        let error = images(whole[..len].to_vec()).expect_err("a prefix is no file");
        match len {
            0..4 => assert!(matches!(error, IdxError::Foreign { .. }), "{len}: {error}"),
            _ => {
                assert!(matches!(error, IdxError::Truncated { found, .. } if found == len), "{len}: {error}")
            }
        }
    }
    for extra in [1, 2, 784] {
        let mut long = whole.clone();
        long.resize(whole.len() + extra, 0);
        let error = images(long).unwrap_err();
        assert!(matches!(error, IdxError::Oversized { expected: 28, .. }), "{error}");
    }
    let whole = label_file(3, &[1, 2, 3]);
    for len in 0..whole.len() {
        assert!(labels(&whole[..len], 0..10).is_err(), "{len}");
    }
}

#[test]
fn any_single_changed_header_byte_is_refused() {
    let whole = image_file([3, 2, 2], 12);
    for at in 0..16 {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            assert!(images(bytes).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn says_what_was_found_and_what_was_expected() {
    let page = b"<!DOCTYPE html>\n<html><head><title>404</title>".to_vec();
    let cases: &[(Vec<u8>, &str)] = &[
        (Vec::new(), "expected an IDX file of images (IDX magic 0x00000803), found an empty file"),
        (b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), "found gzip data that was not unwrapped"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "found a PNG image"),
        (
            page,
            "found an HTML or XML page that begins with \"<!DOCTYPE html> <html><head><title>404</title>\"",
        ),
        (b"version https://git-lfs.github.com/spec/v1".to_vec(), "text that begins with \"version https"),
        (b"\xca\xfe\xba\xbe\0\0".to_vec(), "begins with the bytes ca fe ba be 00 00"),
        (label_file(1, &[1]), "found one of labels (IDX magic 0x00000801)"),
        (vec![0, 0, 0x0d, 3, 0, 0, 0, 1], "found one of 32-bit floats, rank 3 (magic 0x00000d03)"),
        (vec![0, 0, 8, 4, 0, 0, 0, 1], "found one of unsigned bytes, rank 4"),
        (vec![0, 0, 8, 3, 0, 0], "truncated: 6 bytes, where its header alone would need 16"),
        (image_file([3, 28, 28], 2351), "truncated: 2367 bytes, where 3 images of 28 x 28 need 2368"),
        (image_file([3, 28, 28], 2353), "oversized: 2369 bytes, where 3 images of 28 x 28 need 2368"),
        (
            image_file([u32::MAX; 3], 0),
            "4294967295 images of 4294967295 x 4294967295 need 79228162458924105385300197391",
        ),
        (image_file([0, 28, 28], 0), "empty: its header says 0 images of 28 x 28"),
    ];
    for (bytes, expected) in cases {
        let said = images(bytes.clone()).unwrap_err().to_string();
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
    let cases: &[(Vec<u8>, &str)] = &[
        (
            image_file([1, 1, 1], 1),
            "expected an IDX file of labels (IDX magic 0x00000801), found one of images",
        ),
        (label_file(3, &[1, 10, 2]), "label 10 at index 1 (byte 9) names no class: labels run from 0 to 9"),
        (label_file(3, &[1, 1]), "truncated: 10 bytes, where 3 labels need 11"),
        (label_file(0, &[]), "empty: its header says 0 labels"),
    ];
    for (bytes, expected) in cases {
        let said = labels(bytes, 0..10).unwrap_err().to_string();
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
}

/// Bytes as they may come: most are refused, none makes the parsers panic, and what is accepted is what the bytes say.
#[test]
fn any_bytes_are_parsed_or_refused() {
    let (mut parsed, mut refused) = (0, 0);
    for case in 0..20_000 {
        let random = Stream::new(case, Purpose::Split, 0, 0);
        let dims = [0, 1, 2].map(|axis| random.u32(axis) % 4);
        let mut bytes = match random.u32(3) % 3 {
            0 => image_file(dims, dims.iter().product::<u32>() as usize),
            1 => label_file(dims[0], &vec![random.u32(4) as u8 % 12; dims[0] as usize]),
            _ => (0..random.u32(5) % 40).map(|byte| random.u32(100 + byte) as u8).collect(),
        };
        // Half of them keep what they were made with.
        for change in 0..random.u32(6) % 2 * (1 + random.u32(7) % 3) {
            if let Some(place) = (random.u32(10 + change) as usize).checked_rem(bytes.len()) {
                bytes[place] = random.u32(20 + change) as u8;
            }
        }
        match images(bytes.clone()) {
            Ok(images) => {
                assert_eq!(images.pixels, bytes[16..]);
                assert_eq!(images.pixels.len(), images.count * images.rows * images.columns);
                parsed += 1;
            }
            Err(_) => refused += 1,
        }
        if let Ok(labels) = labels(&bytes, 0..10) {
            let expected: Vec<u32> = bytes[8..].iter().map(|&byte| u32::from(byte)).collect();
            assert!(labels == expected && labels.iter().all(|&label| label < 10), "{bytes:?}");
            parsed += 1;
        }
    }
    assert!(parsed > 1000 && refused > 1000, "{parsed} and {refused}: both have to happen");
}

/// A header may claim 79 thousand billion billion bytes: nothing is set aside for a claim.
#[test]
fn what_is_kept_follows_the_bytes_and_not_the_header() {
    let mut bytes = image_file([u32::MAX; 3], 100);
    bytes.shrink_to_fit();
    assert!(matches!(images(bytes), Err(IdxError::Truncated { found: 116, .. })));
    let Images { pixels, .. } = images(image_file([2, 3, 4], 24)).unwrap();
    assert!(pixels.capacity() < 100, "{} bytes for 24", pixels.capacity());
}
