//! Folders that are listed, and how.

use toile_data::listing::{FolderOptions, folder};

use super::{Tree, lines, skipped};

#[test]
fn a_folder_a_class_in_the_order_of_file_names() {
    let tree = Tree::of(&[
        "dog/img10.png",
        "dog/img2.PNG",
        "cat/img3.jpeg",
        "cat/deep/er/img1.Jpg",
        "class 10/img2.webp",
        "class 2/b.gif",
        "Été/猫 1.tiff",
        // All passed over in silence.
        "cat/.DS_Store",
        "cat/._img3.jpeg",
        "cat/Thumbs.db",
        "cat/desktop.ini",
        "dog/__MACOSX/img1.png",
        ".git/a.png",
    ]);
    let listing = tree.listed().expect("a listing");
    assert_eq!(listing.class_names, ["cat", "class 2", "class 10", "dog", "Été"]);
    let expected = [
        "class 2/b.gif class 2 -",
        "cat/deep/er/img1.Jpg cat -",
        "dog/img2.PNG dog -",
        "class 10/img2.webp class 10 -",
        "cat/img3.jpeg cat -",
        "dog/img10.png dog -",
        "Été/猫 1.tiff Été -",
    ];
    assert_eq!(lines(&listing), expected);
    assert_eq!((&listing.skipped[..], &listing.notes[..]), (&[][..], &[][..]));
    assert!(listing.items.iter().all(|item| item.path.is_file() && item.bytes == 0 && item.modified_ns > 0));
}

#[test]
fn equal_file_names_are_in_the_order_of_their_paths() {
    let tree = Tree::of(&["b/1.png", "a/1.png", "a10/1.png", "a9/1.png"]);
    let names: Vec<String> =
        tree.listed().expect("a listing").items.into_iter().map(|item| item.name).collect();
    assert_eq!(names, ["a/1.png", "a9/1.png", "a10/1.png", "b/1.png"]);
}

#[test]
fn parts_are_folders_of_any_case() {
    let tree = Tree::of(&[
        "Train/a/1.png",
        "Train/b/2.png",
        "VALID/a/3.png",
        "test/a/4.png",
        "test/b/5.png",
        "extra/c/6.png",
        "train.png",
    ]);
    let listing = tree.listed().expect("a listing");
    let expected = [
        "Train/a/1.png a train",
        "Train/b/2.png b train",
        "VALID/a/3.png a validation",
        "test/a/4.png a test",
        "test/b/5.png b test",
    ];
    assert_eq!(lines(&listing), expected);
    assert_eq!(
        skipped(&tree, &listing),
        ["*/train.png: it lies beside the folders of the classes, in none of them"]
    );
    let notes = listing.notes.join("\n");
    assert!(notes.contains("\"extra\" beside train/ was not looked into"), "{notes}");
    assert!(notes.contains("validation has no picture of \"b\"."), "{notes}");
}

#[test]
fn without_a_test_part_the_split_decides_over_train() {
    let tree = Tree::of(&["train/a/1.png", "train/b/2.png", "val/a/3.png"]);
    let listing = tree.listed().expect("a listing");
    assert_eq!(lines(&listing), ["train/a/1.png a -", "train/b/2.png b -", "val/a/3.png a validation"]);
    assert!(
        listing.notes.iter().any(|note| note.contains("a share of those of train is tested")),
        "{listing:?}"
    );
}

#[test]
fn classes_may_be_called_train() {
    // Pictures lie in train/ itself, beside other classes, and there is no test/.
    let tree = Tree::of(&["train/1.png", "bus/2.png", "tram/3.png"]);
    assert_eq!(tree.listed().expect("a listing").class_names, ["bus", "train", "tram"]);
}

#[test]
fn several_roots_are_one_set_in_any_order() {
    let tree = Tree::of(&["x/photos/a/2.png", "y/photos/a/1.png", "y/photos/b/3.png"]);
    let listing = tree.roots(&["x/photos", "y/photos"]).expect("a listing");
    assert_eq!(lines(&listing), ["y/photos/a/1.png a -", "x/photos/a/2.png a -", "y/photos/b/3.png b -"]);
    assert_eq!(tree.roots(&["y/photos", "x/photos"]).expect("a listing"), listing);
}

#[test]
fn what_is_no_picture_is_told_with_its_reason() {
    let tree = Tree::of(&[
        "a/1.png",
        "a/notes.txt",
        "a/x.heic",
        "a/noext",
        "b/2.png",
        "c/",
        "d/readme.md",
        "all.zip",
    ]);
    let listing = tree.listed().expect("a listing");
    assert_eq!(listing.class_names, ["a", "b"]);
    let expected = [
        "*/a/noext: it has no extension: give it one, as .png or .jpg, if it is a picture",
        "*/a/notes.txt: \".txt\" is no extension of a picture",
        "*/a/x.heic: HEIC pictures are not read: convert it to PNG or JPEG",
        "*/all.zip: it is an archive: unpack it",
        "*/d/readme.md: \".md\" is no extension of a picture",
    ];
    assert_eq!(skipped(&tree, &listing), expected);
    assert_eq!(listing.notes, ["\"c\" and \"d\" hold no picture: they are no classes."]);
}

#[test]
fn named_classes_have_their_order() {
    let tree = Tree::of(&["a/1.png", "b/2.png", "empty/"]);
    let classes = Some(vec!["b".to_owned(), "a".to_owned()]);
    let listing = folder(&FolderOptions { roots: vec![tree.at("")], classes }).expect("a listing");
    assert_eq!(listing.class_names, ["b", "a"]);
    assert_eq!(lines(&listing), ["a/1.png a -", "b/2.png b -"]);
}

#[test]
fn names_that_look_alike_are_told() {
    let tree = Tree::of(&["Cat/1.png", "cat/2.png", "train  car/3.png", "train car/4.png"]);
    let notes = tree.listed().expect("a listing").notes;
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert_eq!(notes[0], "\"Cat\" and \"cat\" are two classes: their names differ.");
}

#[test]
fn thousands_of_classes() {
    let paths: Vec<String> = (0..1500).map(|class| format!("{class}/{}.png", 1500 - class)).collect();
    let tree = Tree::of(&paths.iter().map(String::as_str).collect::<Vec<_>>());
    let listing = tree.listed().expect("a listing");
    let numbers: Vec<String> = (0..1500).map(|class| class.to_string()).collect();
    assert_eq!(listing.class_names, numbers);
    assert!(listing.items.iter().map(|item| item.class).eq((0..1500).rev()));
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_round() {
    use std::os::unix::fs::symlink;
    let tree = Tree::of(&["set/a/1.png", "set/b/2.png", "elsewhere/3.png", "elsewhere/deep/4.png"]);
    let link = |to: &str, from: &str| symlink(to, tree.at(from)).expect("a link");
    link("../elsewhere", "set/c");
    link("../../elsewhere/3.png", "set/a/linked.png");
    link("../gone.png", "set/a/broken.png");
    link("itself.png", "set/b/itself.png");
    link("..", "set/b/up");
    link("../a", "set/b/sideways");
    link("../b", "set/a/back");
    // A link out of the set to a folder above it, through which it is reached again.
    link("../..", "elsewhere/deep/above");
    let listing = tree.roots(&["set"]).expect("a listing");
    let mut names: Vec<&str> = listing.items.iter().map(|item| item.name.as_str()).collect();
    names.retain(|name| !name.contains("above"));
    names.sort_unstable();
    let expected = [
        "a/1.png",
        "a/back/2.png",
        "a/linked.png",
        "b/2.png",
        "b/sideways/1.png",
        "b/sideways/linked.png",
        "c/3.png",
        "c/deep/4.png",
    ];
    assert_eq!(names, expected);
    let told = skipped(&tree, &listing);
    for expected in [
        "*/set/a/broken.png: it is a link to ../gone.png, which is not there",
        "*/set/b/up: it leads back to */set, in which it lies: a loop",
        "*/set/a/back/sideways: it leads back to */set/a, in which it lies: a loop",
        "*/set/b/sideways/back: it leads back to */set/b, in which it lies: a loop",
        "*/set/c/deep/above/set: it leads back to */set, in which it lies: a loop",
    ] {
        assert!(told.iter().any(|line| line == expected), "{expected}\n{told:#?}");
    }
    assert!(told.iter().any(|line| line.starts_with("*/set/b/itself.png: it is a link that leads nowhere")));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_utf_8_are_told() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let tree = Tree::of(&["a/1.png", "b/2.png"]);
    std::fs::write(tree.at("a").join(OsStr::from_bytes(b"\xE9.png")), "").expect("a file");
    std::fs::create_dir(tree.at("").join(OsStr::from_bytes(b"caf\xE9"))).expect("a folder");
    let listing = tree.listed().expect("a listing");
    assert_eq!(lines(&listing), ["a/1.png a -", "b/2.png b -"]);
    let reasons: Vec<&str> = listing.skipped.iter().map(|file| file.reason.as_str()).collect();
    assert_eq!(reasons, ["its name is not UTF-8: rename it"; 2]);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_plain_text_are_told_without_them() {
    let tree = Tree::of(&[
        "a/1.png",
        "b/2.png",
        "a/\u{1b}[2J.png",
        "a/cat\u{202e}gnp.png",
        "a/x.\u{7}",
        "b/in\u{2028}side/3.png",
        "b/line\nbreak.png",
    ]);
    let listing = tree.listed().expect("a listing");
    assert_eq!(lines(&listing), ["a/1.png a -", "b/2.png b -"]);
    let told: Vec<String> =
        listing.skipped.iter().map(|file| super::without(tree.at("").as_path(), &file.to_string())).collect();
    let names = [
        r"*/a/\u{1b}[2J.png",
        r"*/a/cat\u{202e}gnp.png",
        r"*/a/x.\u{7}",
        r"*/b/in\u{2028}side",
        r"*/b/line\nbreak.png",
    ];
    let reason = "its name is not one line of plain text: rename it, without control characters, byte-order marks and \
                  marks that turn the direction of writing";
    assert_eq!(told, names.map(|name| format!("{name}: {reason}")));
    // A folder that is no class is told too.
    tree.write("c\u{202e}/", "");
    let notes = tree.listed().expect("a listing").notes;
    assert_eq!(notes, [r#""c\u{202e}" holds no picture: it is no class."#]);
}
