//! Data staged on a machine: copied once, verified, read from there.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use toile_data::source::{DataSource, Location};
use toile_data::{DataError, LoadOptions, Loaded, Origin};

fn open(source: &DataSource, options: &LoadOptions) -> Result<Loaded, DataError> {
    toile_data::open(source, Path::new("."), options, &mut |_| ())
}

/// The published files in a folder that machines share, and a stage.
fn shared(stage: &Path) -> (TempDir, LoadOptions) {
    let folder = TempDir::new().unwrap();
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fashion-mnist-small");
    for entry in fs::read_dir(small).unwrap().flatten() {
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let (data_dir, stage) = (Some(folder.path().to_owned()), Some(stage.to_owned()));
    (folder, LoadOptions { data_dir, stage, offline: true, ..LoadOptions::default() })
}

#[test]
fn a_data_set_is_staged_once_by_whoever_comes_first() {
    let stage = TempDir::new().unwrap();
    let (folder, options) = shared(stage.path());
    let source = DataSource::named("fashion-mnist-small");
    let at_once: Vec<Loaded> = std::thread::scope(|scope| {
        let loading: Vec<_> = (0..4).map(|_| scope.spawn(|| open(&source, &options).unwrap())).collect();
        loading.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let named = open(&source, &LoadOptions { stage: None, ..options.clone() }).unwrap();
    for loaded in &at_once {
        assert!(
            matches!(&loaded.origin, Origin::Staged(of) if of.starts_with(stage.path())),
            "{:?}",
            loaded.origin
        );
        assert_eq!((&loaded.train, &loaded.digests), (&named.train, &named.digests));
    }
    let staged = || -> Vec<_> {
        let folder = fs::read_dir(stage.path()).unwrap().flatten().next().unwrap().path();
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| !path.ends_with(".lock"));
        paths
    };
    assert_eq!(staged().len(), 4, "no leftovers: {:?}", staged());

    // A damaged copy is replaced, and without what it was made from told.
    fs::write(&staged()[0], b"damage").unwrap();
    assert_eq!(open(&source, &options).unwrap().digests, named.digests);
    fs::remove_dir_all(folder.path()).unwrap();
    assert_eq!(open(&source, &options).unwrap().digests, named.digests, "it stays there");
    fs::write(&staged()[0], b"damage").unwrap();
    assert!(open(&source, &options).is_err());
}

#[test]
fn pictures_are_staged_as_pixels() {
    let place = TempDir::new().unwrap();
    for class in ["dark", "light"] {
        fs::create_dir_all(place.path().join("pictures").join(class)).unwrap();
        for i in 0..5u8 {
            let file = fs::File::create(place.path().join(format!("pictures/{class}/{i}.png"))).unwrap();
            let mut encoder = png::Encoder::new(file, 2, 2);
            encoder.set_color(png::ColorType::Grayscale);
            encoder.write_header().unwrap().write_image_data(&[i, 1, 2, 3]).unwrap();
        }
    }
    let source = DataSource::at(Location::Folders(vec![place.path().join("pictures")]), "pictures");
    let cache = LoadOptions { cache_dir: Some(place.path().join("cache")), ..LoadOptions::default() };
    let on = |name: &str| LoadOptions { stage: Some(place.path().join(name)), ..cache.clone() };
    let file = |loaded: &Loaded| match &loaded.origin {
        Origin::Decoded { file, .. } => file.clone(),
        other => panic!("{other:?}"),
    };
    // Decoded onto the stage, and not into the cache; then from the cache, where it is there.
    let first = open(&source, &on("first")).unwrap();
    assert!(
        file(&first).starts_with(place.path().join("first"))
            && !place.path().join("cache/decoded").read_dir().is_ok_and(|mut there| there.next().is_some())
    );
    let cached = file(&open(&source, &cache).unwrap());
    let second = file(&open(&source, &on("second")).unwrap());
    assert!(second.starts_with(place.path().join("second")));
    assert_eq!(fs::read(&second).unwrap(), fs::read(&cached).unwrap());
    assert_eq!(open(&source, &on("second")).unwrap().digests, first.digests);

    // A pixel that changed in the cache does not get further.
    let mut bytes = fs::read(&cached).unwrap();
    bytes[20] ^= 1;
    fs::remove_file(&cached).unwrap();
    fs::write(&cached, bytes).unwrap();
    let error = open(&source, &on("third")).unwrap_err().to_string();
    assert!(error.contains("does not have its digests") && error.contains("--stage"), "{error}");
    let left = fs::read_dir(place.path().join("third/decoded")).unwrap().flatten();
    assert_eq!(left.filter(|entry| entry.file_name() != ".lock").count(), 0);
}

#[test]
fn a_stage_that_takes_nothing_is_told() {
    let place = TempDir::new().unwrap();
    let stage = place.path().join("file");
    fs::write(&stage, b"").unwrap();
    let (_folder, options) = shared(&stage);
    let error = open(&DataSource::named("fashion-mnist-small"), &options).unwrap_err().to_string();
    assert!(error.contains("cannot be staged in") && error.contains("leave --stage away"), "{error}");
    // What is part of the program needs no stage.
    let built_in = LoadOptions { data_dir: None, ..options };
    assert_eq!(open(&DataSource::named("fashion-mnist-small"), &built_in).unwrap().origin, Origin::BuiltIn);
}
