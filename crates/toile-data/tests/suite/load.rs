//! Loading by name and from a named folder, without a network.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use toile_data::{DataError, FetchProgress, FileState, LoadOptions, Loaded, Origin, catalog};

const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

fn small_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fashion-mnist-small")
}

fn load(name: &str, folder: Option<&Path>) -> Result<Loaded, DataError> {
    let options =
        LoadOptions { data_dir: folder.map(Path::to_owned), offline: true, ..LoadOptions::default() };
    toile_data::load(name, &options, &mut |event: FetchProgress| panic!("nothing is fetched: {event:?}"))
}

#[test]
fn the_small_subset_is_built_in_and_real() {
    let loaded = load("fashion-mnist-small", None).unwrap();
    assert_eq!(loaded.origin, Origin::BuiltIn);
    let info = catalog::find("fashion-mnist-small").unwrap();
    assert_eq!((loaded.train.len(), loaded.test.len()), (info.train_images, info.test_images));
    assert_eq!(loaded.train.image_shape, [1, 28, 28]);
    assert_eq!(loaded.train.pixels.len(), 512 * 784);
    assert_eq!(loaded.train.class_names, info.class_names);
    assert_eq!(loaded.train.class_counts(), [52, 52, 51, 51, 51, 51, 51, 51, 51, 51]);
    assert_eq!(loaded.test.class_counts(), [26, 26, 26, 26, 26, 26, 25, 25, 25, 25]);
    // Fashion-MNIST begins with an ankle boot in training and in testing.
    assert_eq!((loaded.train.labels[0], loaded.test.labels[0]), (9, 9));
    let names: Vec<&str> = loaded.digests.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, FILES);
    // Of 8 bits of grey, about half the pixels are background: a real image's statistics.
    let mean = loaded.train.pixels.iter().map(|&p| f64::from(p)).sum::<f64>() / (512.0 * 784.0 * 255.0);
    assert!((0.26..0.31).contains(&mean), "{mean}");
}

#[test]
fn a_named_folder_holds_the_files_in_gzip_or_plain() {
    let built_in = load("fashion-mnist-small", None).unwrap();
    let from_gz = load("fashion-mnist-small", Some(&small_folder())).unwrap();
    assert_eq!((&from_gz.train, &from_gz.test), (&built_in.train, &built_in.test));
    assert_eq!(from_gz.origin, Origin::Named(small_folder()));

    let folder = TempDir::new().unwrap();
    for name in FILES {
        let gz = fs::read(small_folder().join(format!("{name}.gz"))).unwrap();
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&gz[..]), &mut plain).unwrap();
        fs::write(folder.path().join(name), plain).unwrap();
    }
    let from_plain = load("fashion-mnist-small", Some(folder.path())).unwrap();
    assert_eq!((from_plain.train, from_plain.digests), (built_in.train, built_in.digests));
}

/// Copies the four files below `folder`, each under the name that `name` makes of its own.
fn copied(folder: &Path, below: &str, name: fn(&str) -> String) {
    fs::create_dir_all(folder.join(below)).unwrap();
    for file in FILES {
        fs::copy(small_folder().join(format!("{file}.gz")), folder.join(below).join(name(file))).unwrap();
    }
}

#[test]
fn files_are_found_as_other_programs_keep_them() {
    let built_in = load("fashion-mnist-small", None).unwrap();
    type Name = fn(&str) -> String;
    let cases: &[(&str, Name)] = &[
        // torchvision keeps both, plain beside .gz.
        ("FashionMNIST/raw", |file| file.to_owned()),
        ("FashionMNIST/raw", |file| format!("{file}.gz")),
        ("raw", |file| file.to_owned()),
        ("", |file| file.replacen("-idx", ".idx", 1)),
        ("", |file| format!("{}.gz", file.replacen("-idx", ".idx", 1))),
    ];
    for (below, name) in cases {
        let folder = TempDir::new().unwrap();
        copied(folder.path(), below, *name);
        let loaded = load("fashion-mnist-small", Some(folder.path()));
        let loaded = loaded.unwrap_or_else(|error| panic!("{below}/{}: {error}", name(FILES[0])));
        assert_eq!((loaded.train, loaded.digests), (built_in.train.clone(), built_in.digests.clone()));
    }
}

#[test]
fn a_file_of_several_gzip_members_is_one_file() {
    let folder = TempDir::new().unwrap();
    copied(folder.path(), "", |file| format!("{file}.gz"));
    let path = folder.path().join("train-labels-idx1-ubyte.gz");
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&fs::read(&path).unwrap()[..]), &mut plain)
        .unwrap();
    let members = plain.chunks(100).flat_map(|chunk| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gz, chunk).unwrap();
        gz.finish().unwrap()
    });
    fs::write(&path, members.collect::<Vec<_>>()).unwrap();
    load("fashion-mnist-small", Some(folder.path())).unwrap();
}

#[cfg(not(any(feature = "fetch", feature = "apt")))]
#[test]
fn a_build_that_cannot_fetch_says_what_to_do() {
    let cache = TempDir::new().unwrap();
    let options = LoadOptions { cache_dir: Some(cache.path().to_owned()), ..LoadOptions::default() };
    // Only where the machine has no copy of its own is there anything to say.
    let Err(error) = toile_data::load("fashion-mnist", &options, &mut |event| panic!("{event:?}")) else {
        return;
    };
    let said = error.to_string();
    assert!(said.contains("this build cannot fetch") && said.contains("--data-dir FOLDER"), "{said}");
    assert!(!said.contains("toile data get"), "{said}");
}

#[test]
fn a_named_folder_that_is_wrong_is_refused_with_the_reason() {
    type Change = fn(&Path);
    let cases: &[(&str, Change, &[&str])] = &[
        (
            "fashion-mnist",
            |_| (),
            &[
                "train-images-idx3-ubyte.gz",
                "of the data set \"fashion-mnist-small\"",
                "SHA-256 found    9f65cf2e",
                "expected c59f468a",
            ],
        ),
        (
            "fashion-mnist-small",
            |folder| fs::remove_file(folder.join("t10k-labels-idx1-ubyte.gz")).unwrap(),
            &["neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz is there"],
        ),
        (
            "fashion-mnist-small",
            |folder| {
                fs::remove_file(folder.join("t10k-labels-idx1-ubyte.gz")).unwrap();
                fs::create_dir(folder.join("t10k-labels-idx1-ubyte")).unwrap();
            },
            &["t10k-labels-idx1-ubyte: this is a folder, expected the file itself"],
        ),
        (
            "fashion-mnist-small",
            |folder| fs::write(folder.join("t10k-labels-idx1-ubyte"), b"<html>404").unwrap(),
            &[
                "t10k-labels-idx1-ubyte is not the published file",
                "an HTML or XML page that begins with \"<html>404\"",
            ],
        ),
        (
            "fashion-mnist-small",
            |folder| {
                let path = folder.join("train-images-idx3-ubyte.gz");
                let gz = fs::read(&path).unwrap();
                fs::write(path, &gz[..100_000]).unwrap();
            },
            &["train-images-idx3-ubyte.gz: it begins as gzip data but cannot be unwrapped"],
        ),
        (
            "fashion-mnist-small",
            |folder| {
                let (a, b) = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz");
                fs::rename(folder.join(a), folder.join("x")).unwrap();
                fs::rename(folder.join(b), folder.join(a)).unwrap();
                fs::rename(folder.join("x"), folder.join(b)).unwrap();
            },
            &[
                "t10k-images-idx3-ubyte.gz is not the published file",
                "it is that data set's t10k-labels-idx1-ubyte",
            ],
        ),
        (
            "fashion-mnist-small",
            |folder| fs::remove_dir_all(folder).unwrap(),
            &["there is no such folder", "or leave the folder out"],
        ),
    ];
    for (name, change, expected) in cases {
        let folder = TempDir::new().unwrap();
        for file in FILES {
            let file = format!("{file}.gz");
            fs::copy(small_folder().join(&file), folder.path().join(&file)).unwrap();
        }
        change(folder.path());
        let said = load(name, Some(folder.path())).unwrap_err().to_string();
        for part in *expected {
            assert!(said.contains(part), "{said:?} lacks {part:?}");
        }
        assert!(said.contains(&*folder.path().to_string_lossy()), "{said:?} says not where");
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let said = load("fashion_mnist", None).unwrap_err().to_string();
    assert_eq!(
        said,
        "no data set is called \"fashion_mnist\"; there are: fashion-mnist, fashion-mnist-small, mnist, kmnist, \
         emnist-balanced, emnist-byclass, emnist-bymerge, emnist-digits, emnist-letters, emnist-mnist, cifar-10"
    );
}

#[test]
fn inspecting_tells_good_files_from_bad_and_missing_ones() {
    let folder = TempDir::new().unwrap();
    for file in &FILES[..3] {
        let file = format!("{file}.gz");
        fs::copy(small_folder().join(&file), folder.path().join(&file)).unwrap();
    }
    fs::write(folder.path().join(FILES[1]), [0, 0, 8, 1, 0, 0, 0, 1, 3]).unwrap();
    let options = LoadOptions { data_dir: Some(folder.path().to_owned()), ..LoadOptions::default() };
    let places = toile_data::find_places("fashion-mnist-small", &options).unwrap();
    assert_eq!((places.len(), places[0].files), (1, 3));
    let reports = toile_data::inspect("fashion-mnist-small", &options).unwrap();
    let states: Vec<&FileState> = reports[0].files.iter().map(|file| &file.state).collect();
    assert!(
        matches!(
            states[..],
            [FileState::Verified { .. }, FileState::Bad(_), FileState::Verified { .. }, FileState::Missing]
        ),
        "{states:?}"
    );
    assert!(!reports[0].is_sound());
    let reports = toile_data::inspect("fashion-mnist-small", &LoadOptions::default()).unwrap();
    assert!(reports[0].is_sound() && reports[0].origin == Origin::BuiltIn);
}

#[test]
fn only_what_was_compared_with_the_published_files_counts_as_verified() {
    assert!(load("fashion-mnist-small", None).unwrap().is_verified);
    let names = ["mnist", "kmnist", "emnist-letters", "cifar-10"];
    assert_eq!(names.map(|name| toile_data::is_verifiable(name).unwrap()), [true, false, false, false]);
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("cifar-10-batches-py")).unwrap();
    let said = load("cifar-10", Some(folder.path())).unwrap_err().to_string();
    for expected in ["neither data_batch_1.bin nor", "cifar-10-batches-bin", "pickles, which are never run"] {
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
    }
}
