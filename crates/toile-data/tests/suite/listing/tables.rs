//! Tables that are listed, and how.

use toile_data::listing::{ArrayRow, Part, TableOptions, labels_of_array, table};

use super::{Tree, lines};

const FILES: &[&str] = &["a/1.png", "a/2.png", "b/10.png", "b c/é 3.png", "4.jpg"];

#[test]
fn the_same_table_in_many_forms() {
    let expected = ["a/1.png x -", "a/2.png y y -", "b c/é 3.png x -", "b/10.png y y -"];
    let expected = [expected[0], expected[1], expected[3], expected[2]];
    let cases = [
        "path,label\na/1.png,x\na/2.png,y y\nb/10.png,y y\nb c/é 3.png,x\n",
        // No line break at the end, other order, empty lines.
        "path,label\n\nb/10.png,y y\n\n\nb c/é 3.png,x\na/2.png,y y\na/1.png,x",
        "label,file\r\nx,a/1.png\r\ny y,a/2.png\r\ny y,b/10.png\r\nx,b c/é 3.png\r\n",
        "\u{FEFF}path,label\na/1.png,x\na/2.png,y y\nb/10.png,y y\nb c/é 3.png,x\n",
        "Filename\tClass\na/1.png\tx\na/2.png\ty y\nb/10.png\ty y\nb c/é 3.png\tx\n",
        "image;label\na/1.png;x\na/2.png;y y\nb/10.png;y y\nb c/é 3.png;x\n",
        ",path,width,label\n0,a/1.png,1,x\n1,a/2.png,1,y y\n2,b/10.png,1,y y\n3,b c/é 3.png,1,x\n",
        "\"path\",\"label\" \n\"a/1.png\",\"x\"\na/2.png, y y \n./b/10.png,y y\n b c/é 3.png , x\n",
        "path,label\na\\1.png,x\na//2.png,y y\nb/10.png,y y\nb c/é 3.png,x\n",
    ];
    for content in cases {
        let tree = Tree::of(FILES);
        let listing = tree.table(content).unwrap_or_else(|error| panic!("{content}\n{error}"));
        assert_eq!(lines(&listing), expected, "{content}");
        assert_eq!(listing.class_names, ["x", "y y"]);
        assert!(listing.skipped.is_empty() && listing.group_names.is_empty() && listing.notes.is_empty());
    }
}

#[test]
fn parts_and_groups() {
    let tree = Tree::of(FILES);
    let content = "path,label,split,group\na/1.png,10,train,p10\na/2.png,9,Training,p9\nb/10.png,9,VAL,p10\n\
                   4.jpg,10,test,p11\n";
    let listing = tree.table(content).expect("a listing");
    assert_eq!(
        lines(&listing),
        ["a/1.png 10 train", "a/2.png 9 train", "4.jpg 10 test", "b/10.png 9 validation"]
    );
    assert_eq!(listing.class_names, ["9", "10"]);
    assert_eq!(listing.group_names, ["p9", "p10", "p11"]);
    let groups: Vec<Option<u32>> = listing.items.iter().map(|item| item.group).collect();
    assert_eq!(groups, [Some(1), Some(0), Some(2), Some(1)]);
    let expected = [
        "The group \"p10\" is in several parts: the test is easier for it.",
        "validation has no picture of \"10\".",
        "test has no picture of \"9\".",
    ];
    assert_eq!(listing.notes, expected);
}

#[test]
fn without_test_pictures_the_split_decides_over_train() {
    let tree = Tree::of(FILES);
    let listing =
        tree.table("path,label,split\na/1.png,x,train\na/2.png,y,train\n4.jpg,x,val\n").expect("a listing");
    assert_eq!(lines(&listing), ["a/1.png x -", "a/2.png y -", "4.jpg x validation"]);
    assert_eq!(listing.notes.len(), 2, "{:?}", listing.notes);
}

#[test]
fn named_columns_folder_delimiter_and_classes() {
    let tree = Tree::of(&["pictures/1.png", "pictures/2.png"]);
    tree.write("l.txt", "id|path|label|species|patient\n1.png|?|?|cat|p1\n2.png|?|?|dog|p2\n");
    let some = |name: &str| Some(name.to_owned());
    let options = TableOptions {
        images: Some(tree.at("pictures")),
        path: some("ID"),
        label: some("species"),
        group: some("patient"),
        delimiter: Some(b'|'),
        classes: Some(vec!["dog".to_owned(), "cat".to_owned()]),
        ..TableOptions::of(tree.at("l.txt"))
    };
    let listing = table(&options).expect("a listing");
    assert_eq!(listing.class_names, ["dog", "cat"]);
    assert_eq!(lines(&listing), ["1.png cat -", "2.png dog -"]);
    assert_eq!(listing.group_names, ["p1", "p2"]);
}

#[test]
fn the_column_that_was_passed_over_is_told() {
    let tree = Tree::of(FILES);
    let listing = tree.table("path,class,label\na/1.png,cat,0\na/2.png,dog,1\n").expect("a listing");
    assert_eq!(listing.class_names, ["0", "1"]);
    assert_eq!(listing.notes, ["The column label was taken, not class, which could have meant the same."]);
}

#[test]
fn a_table_of_an_array() {
    let tree = Tree::of(&[]);
    tree.write("labels.csv", "index,label,split,group\n3,b,train,q\n0,a,train,p\n2,a,test,q\n");
    let listing = labels_of_array(&TableOptions::of(tree.at("labels.csv")), 5).expect("a listing");
    assert_eq!(listing.class_names, ["a", "b"]);
    let row = |index, class, part, group| ArrayRow { index, class, part: Some(part), group: Some(group) };
    let expected = [row(0, 0, Part::Train, 0), row(2, 0, Part::Test, 1), row(3, 1, Part::Train, 1)];
    assert_eq!(listing.rows, expected);
    let notes = listing.notes.join("\n");
    assert!(notes.contains("2 images of the array have no line in"), "{notes}");
    assert!(notes.contains("The group \"q\" is in several parts"), "{notes}");
    assert!(notes.contains("test has no picture of \"b\"."), "{notes}");
}
