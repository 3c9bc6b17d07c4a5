use super::*;
use crate::catalog::CatalogEntry;
use crate::definition::{self, FileSpec, Orientation};

/// Places of the small subset's files.
const TRAIN_IMAGES: usize = 0;
const TRAIN_LABELS: usize = 1;
const TEST_IMAGES: usize = 2;
const TEST_LABELS: usize = 3;

fn small() -> (Definition, Vec<Found>) {
    let definition = *definition::find("fashion-mnist-small").unwrap();
    let files = definition.files.iter().zip(definition.embedded.unwrap());
    let found = files
        .map(|(spec, gz)| Found { origin: spec.name.to_owned(), bytes: unwrap(gz.to_vec(), "").unwrap() });
    (definition, found.collect())
}

/// The definition with other digests: of whatever stands there, or none. Past the digests, decoding must judge.
fn with_digests(mut definition: Definition, digest: impl Fn(usize) -> Option<String>) -> Definition {
    let specs = definition.files.iter().enumerate().map(|(file, spec)| {
        let sha256 = digest(file).map(|digest| &*digest.leak());
        FileSpec { sha256, ..*spec }
    });
    definition.files = specs.collect::<Vec<_>>().leak();
    definition
}

#[test]
fn sha256_is_the_standards() {
    // FIPS 180-2, appendix B.1.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256(b"abc"), expected);
}

#[test]
fn decoding_refuses_halves_that_do_not_go_together() {
    type Change = fn(&mut Vec<Found>);
    let cases: &[(Change, &str)] = &[
        (
            |c| c[TRAIN_LABELS].bytes = c[TEST_LABELS].bytes.clone(),
            "train-images-idx3-ubyte holds 512 images, train-labels-idx1-ubyte 256 labels",
        ),
        (|c| c[TEST_LABELS].bytes[8 + 5] = 10, "t10k-labels-idx1-ubyte: label 10 at index 5"),
        (|c| c.swap(0, 1), "train-labels-idx1-ubyte: expected an IDX file of images"),
        (
            |c| {
                c[TEST_IMAGES].bytes[11] = 14;
                c[TEST_IMAGES].bytes[15] = 56;
            },
            "t10k-images-idx3-ubyte: images of 14 x 56, expected 28 x 28",
        ),
        (
            |c| {
                c[TRAIN_IMAGES].bytes = c[TEST_IMAGES].bytes.clone();
                c[TRAIN_LABELS].bytes = c[TEST_LABELS].bytes.clone();
            },
            "train-images-idx3-ubyte: 256 images, where fashion-mnist-small has 512",
        ),
    ];
    for (change, expected) in cases {
        let (definition, mut found) = small();
        change(&mut found);
        let definition = with_digests(definition, |file| Some(sha256(&found[file].bytes)));
        let said = verify_and_decode(&definition, found).err().unwrap().to_string();
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
}

#[test]
fn a_wrong_digest_says_what_the_file_is_instead() {
    let (small, found) = small();
    let full = *definition::find("fashion-mnist").unwrap();
    let mut changed = found[TEST_IMAGES].bytes.clone();
    changed[100_000] ^= 1;
    type Case<'a> = (&'a Definition, usize, &'a [u8], &'a str);
    let cases: &[Case<'_>] = &[
        (&full, 0, &found[0].bytes, "it is train-images-idx3-ubyte of the data set \"fashion-mnist-small\""),
        (&small, 0, &found[2].bytes, "it is that data set's t10k-images-idx3-ubyte"),
        (&small, 2, &changed, "a sound IDX file of 256 images, with another content"),
        (&small, 2, &changed[..1000], "truncated: 1000 bytes, where 256 images of 28 x 28 need 200720"),
        (&small, 1, b"<html>Sign in to the hotel's network", "an HTML or XML page"),
    ];
    for &(definition, file, bytes, expected) in cases {
        let said = verify(definition, file, "some/file", bytes).err().unwrap().to_string();
        for part in ["some/file", expected, &sha256(bytes), definition.files[file].sha256.unwrap()] {
            assert!(said.contains(part), "{said:?} lacks {part:?}");
        }
    }
}

/// MNIST, Fashion-MNIST and Kuzushiji-MNIST have the same file names: what is known to be one is not the other.
#[test]
fn without_a_digest_nothing_is_verified_but_other_files_are_known() {
    let (small, found) = small();
    let kmnist = *definition::find("kmnist").unwrap();
    let said = verify(&kmnist, 0, "some/file", &found[0].bytes).err().unwrap().to_string();
    assert!(said.contains("some/file is no file of kmnist: it is train-images-idx3-ubyte of"), "{said}");
    let mut changed = found[0].bytes.clone();
    changed[100_000] ^= 1;
    assert!(!verify_alone(&kmnist, 0, "", &changed).unwrap().is_verified);
    let said = verify_alone(&kmnist, 0, "some/file", &changed[..1000]).err().unwrap().to_string();
    assert!(said.contains("some/file: truncated"), "{said}");

    let unknown = with_digests(small, |file| (file != TEST_LABELS).then(|| sha256(&found[file].bytes)));
    let mut others = found.clone();
    others[TEST_LABELS].bytes[8] = 3;
    let decoded = verify_and_decode(&unknown, others.clone()).unwrap();
    assert!(!decoded.is_verified && decoded.digests[TEST_LABELS].1 == sha256(&others[TEST_LABELS].bytes));
    assert!(verify_and_decode(&small, found).unwrap().is_verified);
}

/// Two images of 2 x 2 that stand on their side, with letters' labels.
#[test]
fn transposed_images_stand_upright_and_labels_count_from_where_they_begin() {
    let info: &CatalogEntry = Box::leak(Box::new(CatalogEntry {
        name: "letters",
        title: "",
        image_shape: [1, 2, 2],
        class_names: &["A", "B", "C"],
        train_images: 2,
        test_images: 1,
    }));
    let spec = |name, half, content| FileSpec { name, half, content, sha256: None };
    let images = Content::Images(Orientation::Transposed);
    let labels = Content::Labels { first: 1 };
    let letters = definition::find("emnist-letters").unwrap();
    assert!(letters.files.iter().all(|spec| spec.content == images || spec.content == labels));
    let files = vec![
        spec("x", Half::Train, images),
        spec("y", Half::Train, labels),
        spec("x-test", Half::Test, images),
        spec("y-test", Half::Test, labels),
    ];
    let definition = Definition { info, files: files.leak(), ..*letters };
    let file = |bytes: &[u8]| Found { origin: "file".to_owned(), bytes: bytes.to_vec() };
    let found = vec![
        file(&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]),
        file(&[0, 0, 8, 1, 0, 0, 0, 2, 3, 1]),
        file(&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 9, 0, 1, 2]),
        file(&[0, 0, 8, 1, 0, 0, 0, 1, 2]),
    ];
    let decoded = verify_and_decode(&definition, found.clone()).unwrap();
    assert_eq!(decoded.train.pixels[..], [1, 3, 2, 4, 5, 7, 6, 8]);
    assert_eq!((decoded.train.labels, decoded.test.labels), (vec![2, 0], vec![1]));
    assert_eq!(decoded.test.pixels[..], [9, 1, 0, 2]);
    let mut zero = found;
    zero[1].bytes[9] = 0;
    let said = verify_and_decode(&definition, zero).err().unwrap().to_string();
    assert!(said.contains("label 0 at index 1 (byte 9) names no class: labels run from 1 to 3"), "{said}");
}

/// CIFAR-10 with one image a batch.
#[test]
fn batches_of_cifar_are_one_data_set() {
    let cifar = definition::find("cifar-10").unwrap();
    let info = Box::leak(Box::new(CatalogEntry { train_images: 5, test_images: 1, ..*cifar.info }));
    let definition = Definition { info, ..*cifar };
    let folder = tempfile::TempDir::new().unwrap();
    let write = |file: usize, label: u8, record_len: usize| {
        let mut record = vec![file as u8; record_len];
        record[0] = label;
        let path = folder.path().join("cifar-10-batches-bin").join(cifar.files[file].name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, record).unwrap();
    };
    (0..6).for_each(|file| write(file, 9 - file as u8, 3073));
    let decoded = load_folder(&definition, folder.path()).unwrap();
    assert!(!decoded.is_verified && decoded.digests.len() == 6);
    assert_eq!(decoded.train.image(4), vec![4; 3072]);
    assert_eq!((decoded.train.labels, decoded.test.labels), (vec![9, 8, 7, 6, 5], vec![4]));
    for (label, len, expected) in [
        (10, 3073, "data_batch_3.bin: label 10 of record 0 (byte 0) names no class: there are 10"),
        (1, 3072, "data_batch_3.bin: 3072 bytes are no whole number of CIFAR-10's records of 3073 bytes"),
    ] {
        write(2, label, len);
        let said = load_folder(&definition, folder.path()).err().unwrap().to_string();
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
    write(2, 1, 3073);
    let said = load_folder(cifar, folder.path()).err().unwrap().to_string();
    assert!(said.contains("data_batch_5.bin: 5 images, where cifar-10 has 50000"), "{said}");
}
