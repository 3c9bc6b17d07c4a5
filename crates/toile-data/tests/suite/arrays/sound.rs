//! What sound files give.

use std::path::Path;

use tempfile::TempDir;
use toile_data::arrays::{self, ArrayOptions, Labelled, Labels, Layout, Pair, Pairs};

use super::files::*;

const PLAIN: ArrayOptions = ArrayOptions { layout: None, range: None };

fn said(labels: &Labels) -> String {
    match labels {
        Labels::Integers(labels) => labels.iter().map(i64::to_string).collect::<Vec<_>>().join(","),
        Labels::Names(names) => names.join(","),
    }
}

/// `bench/golden/numpy_arrays.py` has written the archives and what is to be read from them.
#[test]
fn archives_of_numpy_give_what_numpy_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/numpy");
    let expected = std::fs::read_to_string(folder.join("expected.txt")).unwrap();
    assert_eq!(expected.lines().count(), 26);
    for line in expected.lines() {
        let [file, part, channels, height, width, pixels, labels] = line.split(' ').collect::<Vec<_>>()[..]
        else {
            panic!("{line}");
        };
        let set = arrays::npz(&folder.join(file), &PLAIN).unwrap_or_else(|error| panic!("{error}"));
        let half = match part {
            "train" => set.train,
            "test" => set.test.unwrap(),
            _ => panic!("{line}"),
        };
        assert_eq!(half.image_shape.map(|size| size.to_string()), [channels, height, width], "{file} {part}");
        assert_eq!(
            half.pixels.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            pixels,
            "{file} {part}"
        );
        assert_eq!(said(&half.labels), labels, "{file} {part}");
        assert_eq!(set.validation, None);
    }
}

#[test]
fn archives_name_their_arrays_in_three_ways() {
    let folder = TempDir::new().unwrap();
    let (x, y) = (small_images(), small_labels());
    let schemes: &[(&[&str], [bool; 2])] = &[
        (&["x_train", "y_train"], [false, false]),
        (&["x_train", "y_train", "x_test", "y_test"], [false, true]),
        (&["x_train", "y_train", "x_val", "y_val", "x_test", "y_test"], [true, true]),
        (
            &["train_images", "train_labels", "val_images", "val_labels", "test_images", "test_labels"],
            [true, true],
        ),
        (&["images", "labels"], [false, false]),
    ];
    for (names, has) in schemes {
        let arrays: Vec<_> = names
            .iter()
            .enumerate()
            .map(|(at, name)| (*name, if at % 2 == 0 { x.clone() } else { y.clone() }))
            .collect();
        // What nobody asks for may be anything.
        let arrays = [arrays, vec![("ids", b"nonsense".to_vec())]].concat();
        let path = write(folder.path(), "x.npz", &npz(&arrays));
        let set = arrays::npz(&path, &PLAIN).unwrap();
        assert_eq!([set.validation.is_some(), set.test.is_some()], *has, "{names:?}");
        let train = Labelled {
            image_shape: [1, 2, 3],
            pixels: (0..24).collect(),
            labels: Labels::Integers(vec![1, 0, 2, 1]),
        };
        assert_eq!(set.train, train);
        assert!(set.test.is_none_or(|test| test == train) && set.validation.is_none_or(|half| half == train));
    }
}

#[test]
fn options_say_what_a_shape_does_not() {
    let folder = TempDir::new().unwrap();
    let read_of = |count: usize, x: Vec<u8>, options: ArrayOptions| {
        let labels = npy("|b1", &[count], &vec![1; count]);
        let pairs = pair(folder.path(), &x, &labels);
        let train = arrays::npy(&pairs, &options).unwrap_or_else(|error| panic!("{error}")).train;
        (train.image_shape, train.pixels)
    };
    let read = |x: Vec<u8>, options: ArrayOptions| read_of(4, x, options);
    let layout = |layout| ArrayOptions { layout: Some(layout), ..PLAIN };
    let bytes = Vec::from_iter(0..54);
    let x = npy("|u1", &[2, 3, 3, 3], &bytes);
    assert_eq!(read_of(2, x.clone(), layout(Layout::Nhwc)), ([3, 3, 3], bytes));
    assert_eq!(read_of(2, x, layout(Layout::Nchw)).1[..6], [0, 9, 18, 1, 10, 19]);

    let rows = npy("|u1", &[4, 4], &Vec::from_iter(0..16));
    assert_eq!(read(rows, layout(Layout::Nhw)), ([1, 2, 2], (0..16).collect()));
    // Digits of scikit-learn: 0 to 16; values of a normalised image: around 0.
    let range = |low, high| ArrayOptions { range: Some([low, high]), ..PLAIN };
    let floats = |values: [f32; 4]| npy("<f4", &[4, 1, 1], &values.map(f32::to_le_bytes).concat());
    assert_eq!(read(floats([0.0, 4.0, 8.0, 16.0]), range(0.0, 16.0)).1, [0, 64, 128, 255]);
    assert_eq!(read(floats([-1.0, -0.5, 0.0, 1.0]), range(-1.0, 1.0)).1, [0, 64, 128, 255]);
    assert_eq!(read(floats([0.0, 16.0, 1.0, 2.5]), PLAIN).1, [0, 16, 1, 2]);
    assert_eq!(read(floats([0.0, 1.0, 0.5, 0.25]), PLAIN).1, [0, 255, 128, 64]);
    let wide = npy("<u2", &[4, 1, 1], &[0u16, 65535, 257, 32768].map(u16::to_le_bytes).concat());
    assert_eq!(read(wide, range(0.0, 65535.0)).1, [0, 255, 1, 128]);
}

/// The scale is settled by the training images: a dark test half is not stretched.
#[test]
fn other_parts_are_scaled_as_the_training_images_are() {
    let folder = TempDir::new().unwrap();
    let floats = |values: [f32; 2]| npy("<f4", &[2, 1, 1], &values.map(f32::to_le_bytes).concat());
    let labels = npy("|u1", &[2], &[0, 1]);
    let half = |name: &str, values| Pair {
        images: write(folder.path(), &format!("{name}-x"), &floats(values)),
        labels: write(folder.path(), &format!("{name}-y"), &labels),
    };
    let pairs =
        |train, test| Pairs { train: half("train", train), validation: None, test: Some(half("test", test)) };
    let set = arrays::npy(&pairs([0.0, 200.0], [0.0, 1.0]), &PLAIN).unwrap();
    assert_eq!(set.test.unwrap().pixels, [0, 1]);
    let said = arrays::npy(&pairs([0.0, 1.0], [0.0, 200.0]), &PLAIN).unwrap_err().to_string();
    assert!(said.contains("test-x: the value 200 at [1, 0, 0] lies outside 0 to 1"), "{said}");
}

#[test]
fn idx_pairs_in_any_width() {
    let folder = TempDir::new().unwrap();
    let labels8 = idx(0x08, &[2], &[7, 3]);
    let labels32 = idx(0x0c, &[2], &[0, 0, 0, 7, 0, 0, 0, 3]);
    let labels16 = idx(0x0b, &[2], &[0, 7, 0, 3]);
    let images: &[(Vec<u8>, [usize; 3], &[u8])] = &[
        (idx(0x08, &[2, 1, 2], &[1, 2, 3, 255]), [1, 1, 2], &[1, 2, 3, 255]),
        (idx(0x09, &[2, 1, 2], &[1, 2, 3, 127]), [1, 1, 2], &[1, 2, 3, 127]),
        (idx(0x0b, &[2, 1, 2], &[0, 1, 0, 2, 0, 3, 0, 255]), [1, 1, 2], &[1, 2, 3, 255]),
        (
            idx(0x0c, &[2, 1, 2], &[0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 255]),
            [1, 1, 2],
            &[1, 2, 3, 255],
        ),
        (
            idx(0x0d, &[2, 1, 2], &[1f32, 2.0, 3.4, 255.0].map(f32::to_be_bytes).concat()),
            [1, 1, 2],
            &[1, 2, 3, 255],
        ),
        (
            idx(0x0e, &[2, 1, 2], &[0f64, 0.2, 0.4, 1.0].map(f64::to_be_bytes).concat()),
            [1, 1, 2],
            &[0, 51, 102, 255],
        ),
        // With channels: last, and first.
        (
            idx(0x08, &[2, 1, 2, 3], &Vec::from_iter(0..12)),
            [3, 1, 2],
            &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        ),
        (
            idx(0x08, &[2, 3, 2, 2], &Vec::from_iter(0..24)),
            [3, 2, 2],
            &[0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, 12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23],
        ),
    ];
    for (images, shape, pixels) in images {
        for labels in [&labels8, &labels16, &labels32] {
            for packed in [false, true] {
                let wrap = |bytes: &[u8]| if packed { gzip(bytes) } else { bytes.to_vec() };
                let options = ArrayOptions {
                    layout: (images[3] == 4).then_some(if shape[1] == 1 {
                        Layout::Nhwc
                    } else {
                        Layout::Nchw
                    }),
                    range: None,
                };
                let set = arrays::idx(&pair(folder.path(), &wrap(images), &wrap(labels)), &options);
                let train = set.unwrap_or_else(|error| panic!("{error}")).train;
                assert_eq!((train.image_shape, &train.pixels[..]), (*shape, *pixels));
                assert_eq!(train.labels, Labels::Integers(vec![7, 3]));
            }
        }
    }
}

#[test]
fn cifars_planes_become_pixels() {
    let folder = TempDir::new().unwrap();
    cifar10(folder.path());
    let set = arrays::cifar(folder.path()).unwrap();
    assert_eq!((set.train.len(), set.train.image_shape), (5, [3, 32, 32]));
    assert_eq!(said(&set.train.labels), "automobile,bird,cat,deer,dog");
    // The first image's first pixels: brightness 0, 40, 80 in the planes.
    assert_eq!(set.train.pixels[..6], [0, 40, 80, 0, 40, 80]);
    assert_eq!(set.train.pixels[3 * 1023..3 * 1024], [255, 295u16 as u8, 335u16 as u8]);
    let test = set.test.unwrap();
    assert_eq!((said(&test.labels).as_str(), &test.pixels[3072..3075]), ("truck,airplane", &[1, 41, 81][..]));

    std::fs::remove_file(folder.path().join("batches.meta.txt")).unwrap();
    assert_eq!(said(&arrays::cifar(folder.path()).unwrap().train.labels), "1,2,3,4,5");

    let hundred = TempDir::new().unwrap();
    write(hundred.path(), "train.bin", &cifar_records(&[&[1, 2], &[0, 0]]));
    write(hundred.path(), "test.bin", &cifar_records(&[&[1, 1]]));
    write(hundred.path(), "fine_label_names.txt", b"apple\nbear\ncloud\n");
    let set = arrays::cifar(hundred.path()).unwrap();
    assert_eq!(said(&set.train.labels), "cloud,apple");
}

#[test]
fn the_digest_is_that_of_the_content() {
    let folder = TempDir::new().unwrap();
    let read =
        |x: Vec<u8>, y: Vec<u8>| arrays::npy(&pair(folder.path(), &x, &y), &PLAIN).unwrap().train.sha256();
    let plain = read(small_images(), small_labels());
    let wide: Vec<u8> = (0..24u16).flat_map(u16::to_be_bytes).collect();
    let other_packing = read(npy(">u2", &[4, 2, 3], &wide), npy("|u1", &[4, 1], &[1, 0, 2, 1]));
    assert_eq!((plain.len(), &plain), (64, &other_packing));
    let others = [
        read(small_images(), npy("|u1", &[4], &[1, 0, 2, 2])),
        read(small_images(), npy("|S1", &[4], b"1021")),
        read(npy("|u1", &[4, 3, 2], &Vec::from_iter(0..24)), small_labels()),
        read(npy("|u1", &[4, 2, 3], &Vec::from_iter(1..25)), small_labels()),
    ];
    assert!(others.iter().all(|other| *other != plain), "{others:?}");
}
