//! Data sets of one's own: folders, tables and arrays, opened as a study does it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use toile_data::source::{Columns, DataSource, Location};
use toile_data::{DataError, Dataset, LoadOptions, Loaded, Origin};

/// A folder with data, and the cache beside it.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a picture of one colour a pixel, `[row][column][channel]`.
    fn picture(&self, name: &str, [channels, height, width]: [usize; 3], pixels: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), width as u32, height as u32);
        encoder.set_color(if channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    }

    /// Ten grey pictures of 2 x 2 in each of two classes, `dark` and `light`.
    fn two_classes(&self) {
        for (class, level) in [("dark", 10), ("light", 200)] {
            for i in 0..10u8 {
                self.picture(
                    &format!("pictures/{class}/{i}.png"),
                    [1, 2, 2],
                    &[level, level + i, level, level],
                );
            }
        }
    }

    fn options(&self) -> LoadOptions {
        LoadOptions { cache_dir: Some(self.path("cache")), ..LoadOptions::default() }
    }

    fn open(&self, source: &DataSource) -> Result<Loaded, DataError> {
        toile_data::open(source, self.folder.path(), &self.options(), &mut |_| ())
    }

    fn decoded_files(&self) -> Vec<PathBuf> {
        toile_data::decoded::files(&self.options()).unwrap().into_iter().map(|file| file.path).collect()
    }
}

fn folder(path: &str) -> DataSource {
    let location = Location::Folders(vec![path.into()]);
    let name = DataSource::name_of(&location);
    DataSource::at(location, name)
}

fn said(error: DataError, parts: &[&str]) {
    let said = error.to_string();
    parts.iter().for_each(|part| assert!(said.contains(part), "{said:?} lacks {part:?}"));
}

#[test]
fn pictures_of_a_data_set_are_the_data_set() {
    let bench = Bench::new();
    let original = toile_data::load("fashion-mnist-small", &LoadOptions::default(), &mut |_| ()).unwrap();
    for (part, data) in [("train", &original.train), ("test", &original.test)] {
        for image in 0..data.len() as u32 {
            let name = format!("fm/{part}/{}/{image}.png", data.labels[image as usize]);
            bench.picture(&name, data.image_shape, data.image(image));
        }
    }
    let loaded = bench.open(&folder("fm")).unwrap();
    let same = |ours: &Dataset, theirs: &Dataset| {
        assert_eq!((ours.image_shape, &ours.labels), (theirs.image_shape, &theirs.labels));
        assert!(ours.pixels == theirs.pixels && !ours.pixels.is_in_memory());
        let all = 0..theirs.len() as u32;
        assert_eq!(ours.moments(all.clone()), theirs.moments(all), "sums that were kept are the sums");
    };
    same(&loaded.train, &original.train);
    same(&loaded.test, &original.test);
    assert_eq!(
        loaded.train.names[..2],
        [
            format!("train/{}/0.png", original.train.labels[0]),
            format!("train/{}/1.png", original.train.labels[1])
        ]
    );
    assert_eq!(loaded.info().class_names, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
}

#[test]
fn pictures_are_decoded_once_and_again_when_one_changes() {
    let bench = Bench::new();
    bench.two_classes();
    let first = bench.open(&folder("pictures")).unwrap();
    let [file] = &bench.decoded_files()[..] else { panic!("one file") };
    let written = fs::metadata(file).unwrap().modified().unwrap();
    let again = bench.open(&folder("pictures")).unwrap();
    assert_eq!((&again.train, &again.test, &again.digests), (&first.train, &first.test, &first.digests));
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), written, "not decoded again");
    let Origin::Decoded { file: named, .. } = &again.origin else { panic!("{:?}", again.origin) };
    assert_eq!(named, file);

    bench.picture("pictures/dark/3.png", [1, 2, 2], &[99; 4]);
    let changed = bench.open(&folder("pictures")).unwrap();
    assert_ne!(changed.digests, first.digests);
    assert_eq!(bench.decoded_files().len(), 2);
    fs::remove_file(bench.path("pictures/dark/3.png")).unwrap();
    let fewer = bench.open(&folder("pictures")).unwrap();
    assert_eq!(fewer.train.len() + fewer.test.len(), 19);
    assert_eq!(toile_data::decoded::clear(&bench.options()).unwrap().len(), 3);
    assert!(bench.decoded_files().is_empty());
}

#[test]
fn a_moved_folder_is_the_same_data_set() {
    let bench = Bench::new();
    bench.two_classes();
    let here = bench.open(&folder("pictures")).unwrap();
    fs::rename(bench.path("pictures"), bench.path("moved")).unwrap();
    let there = bench.open(&folder("moved")).unwrap();
    assert_eq!((here.digests, here.train), (there.digests, there.train));
}

#[test]
fn a_damaged_decoded_file_is_made_again() {
    let bench = Bench::new();
    bench.two_classes();
    let sound = bench.open(&folder("pictures")).unwrap();
    let [file] = &bench.decoded_files()[..] else { panic!("one file") };
    let bytes = fs::read(file).unwrap();
    type Damage = fn(&mut Vec<u8>);
    let damages: &[Damage] = &[
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.truncate(100),
        |bytes| bytes.clear(),
        |bytes| bytes.push(0),
        |bytes| bytes[3] ^= 1,
        |bytes| {
            let at = bytes.len() - 80;
            bytes[at] ^= 1;
        },
        |bytes| drop(bytes.splice(50..50, [0; 8])),
    ];
    for (number, damage) in damages.iter().enumerate() {
        let mut damaged = bytes.clone();
        damage(&mut damaged);
        fs::remove_file(file).unwrap();
        fs::write(file, damaged).unwrap();
        let again = bench.open(&folder("pictures")).unwrap();
        assert!(again.train == sound.train && again.test == sound.test, "damage {number}");
        assert_eq!(fs::read(file).unwrap(), bytes, "damage {number}");
    }
}

#[test]
fn files_that_are_no_pictures_are_left_out_and_told() {
    let bench = Bench::new();
    bench.two_classes();
    fs::write(bench.path("pictures/dark/notes.png"), "not a picture").unwrap();
    fs::write(
        bench.path("pictures/light/half.png"),
        &fs::read(bench.path("pictures/light/1.png")).unwrap()[..50],
    )
    .unwrap();
    fs::write(bench.path("pictures/light/Thumbs.db"), "hidden").unwrap();
    fs::write(bench.path("pictures/light/readme.txt"), "no picture by its name").unwrap();
    let loaded = bench.open(&folder("pictures")).unwrap();
    assert_eq!(loaded.train.len() + loaded.test.len(), 20);
    let names: Vec<_> = loaded.skipped.iter().map(|(name, _)| Path::new(name).file_name().unwrap()).collect();
    assert_eq!(names, ["notes.png", "half.png", "readme.txt"]);
    assert!(loaded.notes.iter().any(|note| note.contains("3 files are left out")), "{:?}", loaded.notes);
    let strict = DataSource { strict: true, ..folder("pictures") };
    said(bench.open(&strict).unwrap_err(), &["3 of its files", "strict = true", "notes.png", "half.png"]);
}

#[test]
fn sizes_and_channels_are_found_or_asked_for() {
    let bench = Bench::new();
    bench.two_classes();
    assert_eq!(bench.open(&folder("pictures")).unwrap().train.image_shape, [1, 2, 2]);
    bench.picture("pictures/dark/10.png", [3, 3, 5], &[7; 45]);
    said(
        bench.open(&folder("pictures")).unwrap_err(),
        &["2 sizes", "2 x 2", "3 x 5", "10.png", "image_size = 64", "resize"],
    );
    let sized = DataSource { image_size: Some([4, 6]), ..folder("pictures") };
    let loaded = bench.open(&sized).unwrap();
    assert_eq!(loaded.train.image_shape, [3, 4, 6], "one picture is coloured");
    let grey = DataSource { channels: Some(1), ..sized };
    let loaded = bench.open(&grey).unwrap();
    assert_eq!(loaded.train.image_shape, [1, 4, 6]);
    let how = loaded.train.preprocessing.unwrap();
    assert_eq!((how.channels, how.size), (1, [4, 6]));
}

#[test]
fn a_share_of_each_class_is_tested() {
    let bench = Bench::new();
    bench.two_classes();
    let source = |split_seed| DataSource { test_share: 0.3, split_seed, ..folder("pictures") };
    let loaded = bench.open(&source(1)).unwrap();
    assert_eq!((loaded.train.class_counts(), loaded.test.class_counts()), (vec![7, 7], vec![3, 3]));
    assert_ne!(loaded.test.names, bench.open(&source(2)).unwrap().test.names);
}

#[test]
fn a_table_gives_parts_and_groups() {
    let bench = Bench::new();
    bench.two_classes();
    let mut table = "file,diagnosis,split,patient\n".to_owned();
    for i in 0..10 {
        let split = ["train", "train", "val", "test"][i % 4];
        table += &format!("dark/{i}.png,ill,{split},p{}\nlight/{i}.png,well,{split},p{}\n", i / 2, i / 2);
    }
    fs::write(bench.path("labels.csv"), table).unwrap();
    let columns =
        Columns { label: Some("diagnosis".into()), group: Some("patient".into()), ..Columns::default() };
    let images = Some("pictures".into());
    let location = Location::Table { table: "labels.csv".into(), images, columns };
    let loaded = bench.open(&DataSource::at(location, "ills")).unwrap();
    assert_eq!(loaded.info().class_names, ["ill", "well"]);
    assert_eq!((loaded.train.len(), loaded.test.len()), (12, 4));
    let validation = loaded.validation.unwrap();
    assert_eq!((validation.len(), validation.groups.len()), (4, 4));
    assert_eq!(loaded.train.names[..2], ["dark/0.png", "light/0.png"]);
    assert_eq!(loaded.train.groups[..4], [0, 0, 0, 0]);
}

/// A `.npy` file of bytes.
fn npy(shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()
}

#[test]
fn labels_of_arrays_become_classes() {
    let bench = Bench::new();
    fs::write(bench.path("x.npy"), npy("(10, 2, 2)", &(0..40).collect::<Vec<u8>>())).unwrap();
    fs::write(bench.path("y.npy"), npy("(10,)", &[7, 3, 7, 3, 7, 3, 7, 3, 7, 3])).unwrap();
    let location = Location::Arrays { images: "x.npy".into(), labels: "y.npy".into(), test: None };
    let source = DataSource::at(location, "x");
    let loaded = bench.open(&source).unwrap();
    assert_eq!(loaded.info().class_names, ["3", "7"]);
    assert_eq!((loaded.train.class_counts(), loaded.test.class_counts()), (vec![4, 4], vec![1, 1]));
    let first = loaded.train.image(0);
    assert_eq!(
        loaded.train.labels[0],
        u32::from((first[0] / 4).is_multiple_of(2)),
        "labels follow their images"
    );
    let named = DataSource { classes: Some(vec!["a".into(), "b".into()]), ..source };
    said(bench.open(&named).unwrap_err(), &["label 7 at index 0", "2 classes", "classes = [...]"]);
}

#[test]
fn a_table_says_what_the_images_of_an_array_are() {
    let bench = Bench::new();
    fs::write(bench.path("x.npy"), npy("(8, 2, 2)", &(0..32).collect::<Vec<u8>>())).unwrap();
    let table = "index,diagnosis,split,patient\n6,ill,test,c\n0,well,train,a\n1,ill,train,a\n5,ill,train,b\n7,well,test,c\n";
    fs::write(bench.path("labels.csv"), table).unwrap();
    let columns =
        Columns { label: Some("diagnosis".into()), group: Some("patient".into()), ..Columns::default() };
    let location = Location::DescribedArray { images: "x.npy".into(), table: "labels.csv".into(), columns };
    let source = DataSource::at(location, "x");
    let loaded = bench.open(&source).unwrap();
    assert_eq!(loaded.info().class_names, ["ill", "well"]);
    let first_bytes = |data: &Dataset| (0..data.len() as u32).map(|i| data.image(i)[0]).collect::<Vec<u8>>();
    assert_eq!((first_bytes(&loaded.train), first_bytes(&loaded.test)), (vec![0, 4, 20], vec![24, 28]));
    assert_eq!((&loaded.train.labels[..], &loaded.test.labels[..]), (&[1, 0, 0][..], &[0, 1][..]));
    assert_eq!(loaded.train.groups, [0, 0, 1]);
    assert!(
        loaded.notes.iter().any(|note| note.contains("3 images of the array have no line")),
        "{:?}",
        loaded.notes
    );
    // Nobody says which are tested: whole patients are.
    let open = "index,diagnosis,patient\n0,well,a\n1,ill,a\n2,well,b\n3,ill,b\n4,well,c\n5,ill,c\n6,well,d\n7,ill,d\n";
    fs::write(bench.path("labels.csv"), open).unwrap();
    let split = bench.open(&DataSource { test_share: 0.25, ..source.clone() }).unwrap();
    assert_eq!((split.train.len(), split.test.class_counts()), (6, vec![1, 1]));
    let whole = bench.open(&DataSource { keeps_all: true, ..source.clone() }).unwrap();
    assert_eq!((whole.train.len(), whole.test.len()), (8, 0));
    fs::write(bench.path("labels.csv"), "index,diagnosis,patient\n0,well,a\n8,ill,a\n").unwrap();
    said(
        bench.open(&source).unwrap_err(),
        &["labels.csv", "line 3", "\"8\" is no index of the array's 8 images"],
    );
    let missing = Location::DescribedArray {
        images: "y.npy".into(),
        table: "labels.csv".into(),
        columns: Columns::default(),
    };
    said(bench.open(&DataSource::at(missing, "x")).unwrap_err(), &["y.npy", "cannot read"]);
}

#[test]
fn what_is_not_there_is_said_with_its_path() {
    let bench = Bench::new();
    said(bench.open(&folder("nothing")).unwrap_err(), &["nothing"]);
    let npz = DataSource::at(Location::Npz("x.npz".into()), "x");
    said(bench.open(&npz).unwrap_err(), &["x.npz", "cannot read"]);
}

#[test]
fn what_is_cross_validated_keeps_all_images_to_train_on() {
    let bench = Bench::new();
    bench.two_classes();
    let split = bench.open(&folder("pictures")).unwrap();
    assert_eq!((split.train.len(), split.test.len()), (16, 4));
    let whole = bench.open(&DataSource { keeps_all: true, ..folder("pictures") }).unwrap();
    assert_eq!((whole.train.len(), whole.test.len()), (20, 0));
    assert_eq!(whole.train.class_counts(), [10, 10]);
    assert_ne!(whole.digests, split.digests, "another data set, in a file of its own");
}
