//! Folders that are none of pictures by class: what is said, and what to do.

use toile_data::listing::{FolderOptions, folder};

use super::Tree;

#[test]
fn each_bad_folder_is_told_with_a_remedy() {
    // Files; roots; what the error says.
    let cases: &[(&[&str], &[&str], &[&str])] = &[
        (&[], &[], &["no folder is named", "dataset = { folder = \"photos\" }"]),
        (&[], &["gone"], &["*/gone: there is no such folder", "below the folder of that file"]),
        (&[], &[""], &["*: the folder is empty", "a folder a class"]),
        (&[".DS_Store", "Thumbs.db"], &[""], &["the folder is empty"]),
        (&["a.csv"], &["a.csv"], &["*/a.csv: this is a file", "dataset = { table = \"a.csv\" }"]),
        (&["x.npz"], &["x.npz"], &["this is a file", "dataset = { npz = \"x.npz\" }"]),
        (&["x.npy"], &["x.npy"], &["this is a file", "arrays = [\"x.npy\", \"labels.npy\"]"]),
        (&["x.zip"], &["x.zip"], &["this is a file", "Unpack it"]),
        (&["cat.jpg"], &["cat.jpg"], &["this is a file", "not a picture"]),
        (&["s.toml"], &["s.toml"], &["this is a file", "toile run trains it"]),
        (
            &["1.png", "2.png"],
            &[""],
            &["2 pictures lie here, but no folder a class", "Make a folder of each class"],
        ),
        (&["1.png", "l.csv"], &[""], &["1 picture lies here", "dataset = { table = \"l.csv\" }"]),
        (
            &["train/a/1.png", "train/b/2.png", "test/3.png"],
            &[""],
            &["*/test: 1 picture lies here", "a share of train/ can be held out"],
        ),
        (
            &["train-images-idx3-ubyte.gz"],
            &[""],
            &["no picture is in it, but */train-images", "IDX files are named so"],
        ),
        (&["MNIST/raw/t10k-labels-idx1-ubyte"], &[""], &["but */MNIST/raw/t10k", "two more are tested on"]),
        (&["cifar/data_batch_1.bin"], &[""], &["but */cifar/data_batch_1.bin", "dataset = { cifar = "]),
        (&["x.npz", "README"], &[""], &["but */x.npz", "dataset = { npz = \"x.npz\" }"]),
        (&["set/x.parquet"], &[""], &["x.parquet", "Parquet files are not read"]),
        (
            &["a/x.txt", "b/y.heic"],
            &[""],
            &["no picture is in it or in its folders", "*/a/x.txt", "HEIC", "PNG, JPEG"],
        ),
        (&["a/", "b/"], &[""], &["the folder is empty"]),
        (
            &["cats/1.png", "dogs/"],
            &[""],
            &["in one folder, \"cats\"", "Add a folder with pictures of another class"],
        ),
        (&["photos/a/1.png", "photos/b/2.png"], &[""], &["in one folder, \"photos\"", "name it: */photos"]),
        (
            &["cats/1.png", "dogs\u{202e}/2.png"],
            &[""],
            &["*: the name of the class \"dogs\\u{202e}\" is not one line of plain text", "Rename it"],
        ),
        (
            &["train/a/1.png", "train/b\u{2028}c/2.png"],
            &[""],
            &["the name of the class \"b\\u{2028}c\" is not"],
        ),
        (&["cats\u{2066}/1.png"], &[""], &["in one folder, \"cats\\u{2066}\""]),
        (&["test/a/1.png", "test/b/2.png"], &[""], &["a folder \"test\", but none called \"train\""]),
        (
            &["train/a/1.png", "train/b/1.png", "test/a/2.png", "test/c/3.png", "test/d/4.png"],
            &[""],
            &[
                "test has pictures of \"c\" and \"d\", of which train has none",
                "cannot predict",
                "take them out of test",
            ],
        ),
        (
            &["train/Cat/1.png", "train/dog/1.png", "test/cat/2.png", "test/dog/3.png"],
            &[""],
            &["test has pictures of \"cat\"", "\"cat\" of test may be \"Cat\" of train"],
        ),
        (
            &["train/a/1.png", "train/b/1.png", "val/c/2.png"],
            &[""],
            &["validation has pictures of \"c\"", "out of validation"],
        ),
        (&["x/a/1.png", "x/b/1.png"], &["x", "x"], &["*/x: it lies in */x", "count twice"]),
        (&["x/a/m/1.png", "x/a/n/1.png", "x/b/1.png"], &["x", "x/a"], &["*/x/a: it lies in */x"]),
        (
            &["train/a/1.png", "train/b/1.png", "test/a/2.png"],
            &["train", "test"],
            &["*/test: it is named beside */train", "Name the folder that they lie in"],
        ),
        (
            &["x/train/a/1.png", "x/test/a/2.png", "y/a/1.png"],
            &["x", "y"],
            &["*/x: it holds train/, and */y does not", "or none"],
        ),
    ];
    for (files, roots, expected) in cases {
        let tree = Tree::of(files);
        let error = tree.roots(roots).expect_err(&format!("{files:?}"));
        let said = tree.said(&error);
        for part in *expected {
            assert!(said.contains(part), "{files:?} {roots:?}: {part:?} is not in\n{said}");
        }
        assert!(said.contains("\n  ") || roots.is_empty(), "no remedy in {said}");
    }
}

#[test]
fn each_bad_list_of_classes_is_told() {
    let tree = Tree::of(&["a/1.png", "b/2.png", "c10/3.png", "c9/4.png"]);
    for (classes, expected) in [
        (&["a", "b", "c9", "c10", "a"][..], "`classes` names \"a\" twice"),
        (&["a", "b"], "`classes` does not name \"c9\" and \"c10\"\n  Add them to `classes`"),
        (&["a", "b", "c9", "c10", "d"], "there is no picture of \"d\", which `classes` names\n  Correct"),
    ] {
        let classes = Some(classes.iter().map(|&name| name.to_owned()).collect());
        let options = FolderOptions { roots: vec![tree.at("")], classes };
        let said = tree.said(&folder(&options).expect_err("no such classes"));
        assert!(said.contains(expected), "{expected:?} is not in\n{said}");
    }
}
