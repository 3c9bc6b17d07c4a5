//! Files that are refused, each with what is wrong and what to do.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use toile_data::ArrayError;
use toile_data::arrays::{self, ArrayOptions, ArraySet, Layout};

use super::files::*;

const PLAIN: ArrayOptions = ArrayOptions { layout: None, range: None };

type Read = Box<dyn Fn(&Path) -> Result<ArraySet, ArrayError>>;

/// An archive with these bytes.
fn archive(bytes: Vec<u8>) -> Read {
    Box::new(move |folder| arrays::npz(&write(folder, "x.npz", &bytes), &PLAIN))
}

/// An archive of these images and labels.
fn set(images: Vec<u8>, labels: Vec<u8>) -> Read {
    archive(npz(&[("images", images), ("labels", labels)]))
}

fn set_with(images: Vec<u8>, options: ArrayOptions) -> Read {
    let bytes = npz(&[("images", images), ("labels", small_labels())]);
    Box::new(move |folder| arrays::npz(&write(folder, "x.npz", &bytes), &options))
}

/// Two `.npy` files.
fn files(images: Vec<u8>, labels: Vec<u8>) -> Read {
    Box::new(move |folder| arrays::npy(&pair(folder, &images, &labels), &PLAIN))
}

fn idx_files(images: Vec<u8>, labels: Vec<u8>) -> Read {
    Box::new(move |folder| arrays::idx(&pair(folder, &images, &labels), &PLAIN))
}

fn cifar(change: fn(&Path)) -> Read {
    Box::new(move |folder| {
        cifar10(folder);
        change(folder);
        arrays::cifar(folder)
    })
}

fn floats(values: [f32; 4]) -> Vec<u8> {
    npy("<f4", &[4, 1, 1], &values.map(f32::to_le_bytes).concat())
}

#[track_caller]
fn check(cases: Vec<(Read, &[&str])>) {
    for (case, (read, expected)) in cases.into_iter().enumerate() {
        let folder = TempDir::new().unwrap();
        let said = match read(folder.path()) {
            Err(error) => error.to_string(),
            Ok(set) => panic!("case {case}, expected {expected:?}: read {set:?}"),
        };
        assert!(said.starts_with(&*folder.path().to_string_lossy()), "{said:?} says not which file");
        for part in expected {
            assert!(said.contains(part), "case {case}: {said:?} lacks {part:?}");
        }
    }
}

#[test]
fn archives_that_are_none() {
    let sound = npz(&[("images", small_images()), ("labels", small_labels())]);
    let changed = |change: fn(&mut Member)| {
        let mut member = Member::new("images.npy", &small_images(), true);
        change(&mut member);
        archive(zip(&[member, Member::new("labels.npy", &small_labels(), false)]))
    };
    let mut wrong_offset = sound.clone();
    let at = wrong_offset.len() - 6;
    wrong_offset[at + 1] ^= 0x40;
    check(vec![
        (
            Box::new(|folder| arrays::npz(&folder.join("none.npz"), &PLAIN)),
            &["none.npz: cannot be read: No such file"],
        ),
        (Box::new(|folder| arrays::npz(folder, &PLAIN)), &["this is a folder, expected a file"]),
        (archive(Vec::new()), &["expected a zip archive, found an empty file"]),
        (archive(b"<html>404".to_vec()), &["found an HTML or XML page"]),
        (archive(small_images()), &["expected a zip archive, found a NumPy array"]),
        (archive(sound[..sound.len() / 2].to_vec()), &["damaged or cut off: its directory is missing"]),
        (archive(wrong_offset), &["its directory lies outside the file"]),
        (archive(npz(&[])), &["there is no array of training images, only none at all", "x_train, y_train"]),
        (
            archive(npz(&[("a", small_images()), ("b", small_labels())])),
            &["only a, b; name the arrays x_train"],
        ),
        (archive(npz(&[("x_train", small_images())])), &["there is no array y_train, only x_train"]),
        (
            archive(npz(&[
                ("x_train", small_images()),
                ("y_train", small_labels()),
                ("x_test", small_images()),
            ])),
            &["there is no array y_test, only x_train, y_train, x_test"],
        ),
        (
            archive(npz(&[
                ("images", small_images()),
                ("images", small_images()),
                ("labels", small_labels()),
            ])),
            &["array images: two arrays of this name"],
        ),
        (
            changed(|m| m.method = 14),
            &["array images: its member images.npy is packed by method 14", "deflate"],
        ),
        (changed(|m| m.flags = 1), &["images.npy is encrypted"]),
        (changed(|m| m.crc ^= 1), &["array images: cannot be read: its checksum (CRC-32)"]),
        (changed(|m| m.unpacked_len -= 1), &["more bytes than the archive's directory says"]),
        (changed(|m| m.unpacked_len += 1), &["fewer bytes than the archive's directory says"]),
        // A thousand million bytes in a few dozen: refused for what it claims.
        (changed(|m| m.unpacked_len = 1 << 30), &["bytes that unpack to 1073741824", "np.savez"]),
        (
            changed(|m| m.packed.truncate(30)),
            &["array images: its header is not as NumPy writes it: it is cut off"],
        ),
    ]);
}

#[test]
fn arrays_that_are_none() {
    let header = |text: &str| npy_with(text, &[0; 24]);
    let pickle = header("{'descr': '|O', 'fortran_order': False, 'shape': (4,), }");
    let deep =
        "{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4294967296, 4294967296)}";
    let huge = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000, 1000)}";
    let y = small_labels;
    check(vec![
        (set(b"PK\x03\x04".to_vec(), y()), &["array images: expected a NumPy array, found a zip archive"]),
        (set(b"\x80\x04\x95".to_vec(), y()), &["found a Python pickle"]),
        (set(b"\x93NUMPY\x04\x00".to_vec(), y()), &["version 4.0 of NumPy's format"]),
        (
            set(b"\x93NUMPY\x01\x00\x09\x00{'d".to_vec(), y()),
            &["its header is not as NumPy writes it: it is cut off"],
        ),
        (set(b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), y()), &["it claims 4294967295 bytes"]),
        (set(header("{'descr': 'a' * 9}"), y()), &["expected '}', found '*'", "np.save"]),
        (
            set(pickle.clone(), y()),
            &[
                "array images: it holds Python objects",
                "Toile never does",
                "d = np.load(\"x.npz\", allow_pickle=True)\n",
                "np.savez(\"plain-x.npz\", **{name: np.array(list(d[name])) for name in d})",
            ],
        ),
        (files(pickle.clone(), y()), &["a = np.load(\"images\", allow_pickle=True)\n", "np.array(list(a))"]),
        (set(small_images(), pickle), &["array labels: it holds Python objects"]),
        (set(npy("<c8", &[3], &[0; 24]), y()), &["elements of type \"<c8\"", ".astype(\"float32\")"]),
        (set(npy("<M8[D]", &[3], &[0; 24]), y()), &["elements of type \"<M8[D]\""]),
        (
            set(header("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (3,), }"), y()),
            &["a structured type"],
        ),
        (set(header(deep), y()), &["340282366920938463463374607431768211455 bytes of array"]),
        (set(header(huge), y()), &["1000000000000 bytes of array, and no more than 34359738368"]),
        (
            set(npy("|u1", &[4, 2, 3], &[0; 23]), y()),
            &["truncated: 23 bytes of elements, where shape (4, 2, 3) needs 24"],
        ),
        (set(npy("|u1", &[4, 2, 3], &[0; 40]), y()), &["oversized: 25 bytes"]),
        (files(npy("|u1", &[4, 2, 3], &[0; 23]), y()), &["images: truncated: 23 bytes"]),
        (files(npy("|u1", &[4, 2, 3], &[0; 30]), y()), &["images: oversized: 30 bytes of elements"]),
    ]);
}

#[test]
fn images_that_are_none() {
    let layout = |layout| ArrayOptions { layout: Some(layout), ..PLAIN };
    let range = |low, high| ArrayOptions { range: Some([low, high]), ..PLAIN };
    let u1 = |shape: &[usize]| npy("|u1", shape, &vec![0; shape.iter().product()]);
    let y = small_labels;
    check(vec![
        (set(u1(&[4]), y()), &["shape (4,) is no array of images: expected (N, H, W)"]),
        (set(u1(&[4, 9]), y()), &["a square image of 3 x 3, say layout = \"NHW\"", "x.reshape(-1, H, W)"]),
        (set(u1(&[4, 6]), y()), &["shape (4, 6) is no array of images: give it its sides"]),
        (set(u1(&[4, 3, 3, 3]), y()), &["both first and last", "layout = \"NHWC\"", "layout = \"NCHW\""]),
        (set(u1(&[4, 2, 2, 4]), y()), &["shape (4, 2, 2, 4)", "of RGBA, x[..., :3]"]),
        (set(u1(&[4, 1, 1, 1, 1]), y()), &["is no array of images"]),
        (set(u1(&[0, 2, 3]), y()), &["shape (0, 2, 3) holds nothing"]),
        (set(u1(&[4, 0, 3]), y()), &["shape (4, 0, 3) holds nothing"]),
        (
            set_with(u1(&[4, 2, 3]), layout(Layout::Nhwc)),
            &["cannot be layout = \"NHWC\": it has 3 axes, where NHWC has 4"],
        ),
        (set_with(u1(&[4, 2, 3, 1]), layout(Layout::Nhw)), &["it has 4 axes, where NHW has 3"]),
        (set_with(u1(&[4, 6]), layout(Layout::Nhw)), &["a row of 6 is no square"]),
        (set_with(u1(&[4, 2, 3, 1]), layout(Layout::Nchw)), &["it would have 2 channels"]),
        (
            set(floats([0.0, 1.0, f32::NAN, 0.0]), y()),
            &["the value NaN at [2, 0, 0] is no brightness", "range = [low, high]"],
        ),
        (set(floats([0.0, f32::INFINITY, 0.0, 0.0]), y()), &["the value inf at [1, 0, 0] is no brightness"]),
        (set(floats([0.0, 0.0, 0.0, -0.5]), y()), &["the value -0.5 at [3, 0, 0] lies outside 0 to 255"]),
        (set(floats([0.0, 256.0, 0.0, 0.0]), y()), &["the value 256 at [1, 0, 0]"]),
        (
            set_with(floats([0.0, 2.0, 0.0, 0.0]), range(0.0, 1.0)),
            &["the value 2 at [1, 0, 0] lies outside range = [0, 1]"],
        ),
        (set_with(floats([0.0; 4]), range(1.0, 1.0)), &["range = [1, 1] is no range"]),
        (set_with(floats([0.0; 4]), range(0.0, f64::NAN)), &["range = [0, NaN] is no range"]),
        (set_with(floats([0.0; 4]), range(f64::MIN, f64::MAX)), &["is no range"]),
        (
            set(npy("<i2", &[4, 1, 1], &[0, 0, 1, 1, 0, 0, 0, 0]), y()),
            &["the value 257 at [1, 0, 0] lies outside 0 to 255"],
        ),
        (set(npy("|S1", &[4, 1, 1], b"abcd"), y()), &["images are numbers"]),
    ]);
}

#[test]
fn labels_that_are_none() {
    let x = small_images;
    check(vec![
        (set(x(), npy("|u1", &[3], &[0; 3])), &["array labels: 3 labels for the 4 images of array images"]),
        (files(x(), npy("|u1", &[5], &[0; 5])), &["labels: 5 labels for the 4 images of "]),
        (
            set(x(), npy("|u1", &[4, 3], &[0; 12])),
            &["shape (4, 3) is not one label an image", "y.argmax(axis=1)"],
        ),
        (set(x(), small_images()), &["these look like images"]),
        (set(x(), npy("|u1", &[], &[0])), &["shape () is not one label an image: expected (N,)"]),
        (set(x(), npy("|u1", &[0], &[])), &["shape (0,) holds nothing"]),
        (set(x(), npy("<f4", &[4], &[0; 16])), &["elements of type \"float32\"", "y.astype(\"int64\")"]),
        (set(x(), npy("<u8", &[4], &[0xff; 32])), &["label 0 is more than 9223372036854775807"]),
        (set(x(), npy("|S2", &[4], b"a\0b\0\xff\xffd\0")), &["label 2 is no UTF-8"]),
        (set(x(), npy("|S1", &[4], b"ab\0d")), &["label 2 is an empty name"]),
        (set(x(), npy("|S2", &[4], b"a\0b\0c\x1bd\0")), &["label 2 is not one line of plain text", "rename"]),
        (
            set(x(), npy("<U1", &[4], &[0, 0, 0xff, 0xff].repeat(4))),
            &["label 0 has a character that Unicode does not know"],
        ),
        (
            archive(npz(&[
                ("x_train", x()),
                ("y_train", small_labels()),
                ("x_test", x()),
                ("y_test", npy("|S1", &[4], b"abcd")),
            ])),
            &["array y_test: labels that are names, where those of the training images are numbers"],
        ),
        (
            archive(npz(&[
                ("x_train", x()),
                ("y_train", small_labels()),
                ("x_test", npy("|u1", &[8, 3, 1], &[0; 24])),
                ("y_test", npy("|u1", &[8], &[0; 8])),
            ])),
            &["array x_test: images of 3 x 1, grey where the training images are of 2 x 3, grey"],
        ),
    ]);
}

#[test]
fn pairs_and_batches_that_are_none() {
    let images = || idx(0x08, &[2, 1, 2], &[1, 2, 3, 4]);
    let labels = || idx(0x08, &[2], &[1, 0]);
    check(vec![
        (
            idx_files(labels(), labels()),
            &["images: expected an IDX file of images (rank 3, or 4", "found one of labels"],
        ),
        (
            idx_files(images(), images()),
            &["labels: expected an IDX file of labels (integers, rank 1), found one of images"],
        ),
        (
            idx_files(images(), idx(0x0d, &[2], &[0; 8])),
            &["found one of 32-bit floats, rank 1 (magic 0x00000d01)"],
        ),
        (
            idx_files(idx(0x0a, &[2, 1, 2], &[0; 4]), labels()),
            &["found one of an unknown element type, rank 3"],
        ),
        (
            idx_files(idx(0x0b, &[2, 1, 2], &[0; 7]), labels()),
            &["truncated: 23 bytes, where 2 images of 1 x 2 need 24"],
        ),
        (
            idx_files(idx(0x08, &[2, 3, 2, 2], &[0; 25]), labels()),
            &["oversized: 45 bytes, where 2 images of 3 x 2 x 2"],
        ),
        (idx_files(idx(0x08, &[u32::MAX; 4], &[0; 4]), labels()), &["truncated: 24 bytes"]),
        (idx_files(images(), idx(0x08, &[3], &[0, 1, 2])), &["3 labels for the 2 images of"]),
        (
            idx_files(gzip(&images())[..20].to_vec(), labels()),
            &["begins as gzip data but cannot be unwrapped"],
        ),
        (
            idx_files(idx(0x0e, &[2, 1, 1], &[0.0, f64::NAN].map(f64::to_be_bytes).concat()), labels()),
            &["the value NaN at [1, 0, 0]"],
        ),
        (Box::new(arrays::cifar), &["it holds neither CIFAR-10's binary batches"]),
        (
            cifar(|folder| fs::remove_file(folder.join("data_batch_4.bin")).unwrap()),
            &["data_batch_4.bin is missing"],
        ),
        (
            cifar(|folder| fs::remove_file(folder.join("test_batch.bin")).unwrap()),
            &["test_batch.bin is missing"],
        ),
        (
            cifar(|folder| drop(write(folder, "data_batch_2.bin", &[0; 3072]))),
            &["data_batch_2.bin: 3072 bytes are no whole number of CIFAR-10's records of 3073 bytes"],
        ),
        (cifar(|folder| drop(write(folder, "test_batch.bin", b""))), &["test_batch.bin: 0 bytes"]),
        (
            cifar(|folder| drop(write(folder, "test_batch.bin", &cifar_records(&[&[1], &[10]])))),
            &["test_batch.bin: label 10 of record 1 (byte 3073) names no class: there are 10"],
        ),
        (
            cifar(|folder| drop(write(folder, "batches.meta.txt", "plane\nca\u{202e}r\n".as_bytes()))),
            &["batches.meta.txt: the name of the class \"ca\\u{202e}r\" is not one line of plain text"],
        ),
        (
            cifar(|folder| {
                fs::remove_file(folder.join("data_batch_1.bin")).unwrap();
                fs::create_dir(folder.join("data_batch_1.bin")).unwrap();
            }),
            &["data_batch_1.bin: this is a folder"],
        ),
    ]);
}
