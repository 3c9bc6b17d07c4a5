//! Tables that leave something in doubt: which line, and what to do.

use toile_data::listing::{TableOptions, labels_of_array, table};

use super::Tree;

#[test]
fn each_bad_table_is_told_with_its_line_and_a_remedy() {
    // Content; what the error says.
    let cases: &[(&[u8], &[&str])] = &[
        (b"", &["labels.csv: the table is empty", "path,label"]),
        (b"\n\n\n", &["labels.csv: the table is empty"]),
        (b"path,label\n", &["labels.csv: the table has a header and no rows"]),
        (b"1.png,a\n2.png,b\n", &["line 1: there is no header: \"1.png\"", "path,label"]),
        (
            b"path|label\n1.png|a\n",
            &["line 1: the header is a single column, \"path|label\"", "comma, tab and semicolon"],
        ),
        (b"path label\n1.png a\n", &["line 1: the header is a single column"]),
        (
            b"name,label\nx,a\n",
            &["line 1: there is no column path or file", "there are: name, label", "Name the column so"],
        ),
        (b"path\n1.png\n", &["line 1: there is no column label or class; there is: path"]),
        (b"path,label,path\n1.png,a,2.png\n", &["line 1: there are two columns \"path\"", "Rename"]),
        (
            b"index,label\n0,a\n",
            &["it has the column index, for the images of an array", "has a column path"],
        ),
        (
            b"path,label\n1.png,a\n2.png,b,c\n",
            &["line 3: 3 fields here, and 2 in the header", "double quotes"],
        ),
        (b"path,label\n1.png\n", &["line 2: 1 field here, and 2 in the header", "Add what is missing"]),
        (b"path,label\n\n\n1.png\n", &["line 4: 1 field here"]),
        (b"path,label\r\n1.png,a\r\n\r\n2.png\r\n", &["line 4: 1 field here"]),
        (b"path,label\r1.png,a\r2.png\r", &["line 3: 1 field here"]),
        (b"path,label\n1.png,\n", &["line 2: the column label is empty", "Fill it in"]),
        (b"path,label\n1.png,  \n", &["line 2: the column label is empty"]),
        (b"path,label\n1.png,a\n ,a\n", &["line 3: the column path is empty"]),
        (b"path,label,group\n1.png,a,\n", &["line 2: the column group is empty"]),
        (
            b"path,label\n1.png,\"a\n2.png,b\n3.png,a\n",
            &["line 2: a field of the column label goes on", "left open"],
        ),
        (
            b"path,label\n1.png,a\n2.png,b\xe2\x80\xae\n",
            &["line 3: \"b\\u{202e}\" in the column label is not one line of plain text", "Remove"],
        ),
        (b"path,label\n1.png,a\n\x1b[2J.png,b\n", &["line 3: \"\\u{1b}[2J.png\" in the column path is not"]),
        (b"path,label,group\n1.png,a,x\ty\n", &["line 2: \"x\\ty\" in the column group is not"]),
        (b"pa\xe2\x80\xaeth,label\n1.png,a\n", &["line 1: there is no column path", "pa\\u{202e}th, label"]),
        (
            b"path,label,split\n1.png,a,tarin\n",
            &["line 2: \"tarin\" in the column split is no part", "Expected train"],
        ),
        (b"path,label,split\n1.png,a,\n", &["line 2: the column split is empty"]),
        (
            b"path,label,split\n1.png,a,test\n2.png,b,test\n",
            &["no picture is of the part train", "column split"],
        ),
        (
            b"path,label,split\n1.png,a,train\n2.png,b,test\n3.png,b,test\n4.png,c,train\n",
            &["test has pictures of \"b\", of which train has none"],
        ),
        (
            b"path,label\n1.png,a\n9.png,b\n8.png,b\n",
            &["line 3: \"9.png\" is not in *", "and 1 other of the table", "images = "],
        ),
        (
            b"path,label\n1,a\n2.png,b\n",
            &["line 2: \"1\" is not in *", "\"1.png\" is there: write the paths with their extensions"],
        ),
        (b"path,label\nsub,a\n2.png,b\n", &["line 2: \"sub\" is no file"]),
        (
            b"path,label\n../1.png,a\n2.png,b\n",
            &["line 2: \"../1.png\" leaves the folder of the pictures: `..`"],
        ),
        (b"path,label\nsub/../1.png,a\n2.png,b\n", &["line 2: \"sub/../1.png\" leaves"]),
        (
            b"path,label\n2.png,b\n/etc/passwd,a\n",
            &["line 3: \"/etc/passwd\" leaves the folder of the pictures: it is absolute"],
        ),
        (
            b"path,label\n1.png,a\n2.png,b\n1.png,a\n",
            &["line 4: \"1.png\" stands in line 2 already\n", "take one of the lines out"],
        ),
        (
            b"path,label\n1.png,a\n2.png,b\n./1.png,b\n",
            &["line 4: \"1.png\" stands in line 2 already, as another class"],
        ),
        (b"path,label\n1.png,a\n2.png,a\n", &["all pictures are of the class \"a\"", "Two classes"]),
        (b"path,label\n1.png,a\n2.png,\xE9t\xE9\n", &["line 3: its bytes are not UTF-8", "CSV UTF-8"]),
        (b"\xFF\xFEp\0a\0", &["it is text in UTF-16", "CSV UTF-8"]),
        (b"\x89PNG\r\n\x1A\n", &["line 1: its bytes are not UTF-8"]),
    ];
    for (content, expected) in cases {
        let tree = Tree::of(&["1.png", "2.png", "3.png", "4.png", "sub/5.png"]);
        let shown = String::from_utf8_lossy(content);
        let said = tree.said(&tree.table(content).expect_err(&shown));
        assert!(said.starts_with("*/labels.csv"), "{said}");
        for part in *expected {
            assert!(said.contains(part), "{shown}\n{part:?} is not in\n{said}");
        }
        assert!(said.contains("\n  "), "no remedy in {said}");
    }
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_folder_of_the_pictures() {
    use std::os::unix::fs::symlink;
    let tree = Tree::of(&["set/1.png", "set/2.png", "out/3.png"]);
    symlink("../out/3.png", tree.at("set/file.png")).expect("a link");
    symlink("../out", tree.at("set/folder")).expect("a link");
    symlink("1.png", tree.at("set/inside.png")).expect("a link");
    for (path, leaves) in [("file.png", true), ("folder/3.png", true), ("inside.png", false)] {
        tree.write("set/l.csv", format!("path,label\n{path},a\n2.png,b\n"));
        match table(&TableOptions::of(tree.at("set/l.csv"))) {
            Ok(listing) => assert!(!leaves, "{path}: {listing:?}"),
            Err(error) => {
                let said = tree.said(&error);
                assert!(
                    leaves && said.contains("line 2") && said.contains("a symbolic link leads out"),
                    "{said}"
                );
            }
        }
    }
}

#[test]
fn what_is_no_table_is_told() {
    let tree = Tree::of(&["a/1.png"]);
    tree.write("l.csv", "path,label\n1.png,a\n");
    let said = |options: &TableOptions| tree.said(&table(options).expect_err("no table"));
    let gone = said(&TableOptions::of(tree.at("gone.csv")));
    assert!(gone.starts_with("*/gone.csv: there is no such table\n"), "{gone}");
    let folder = said(&TableOptions::of(tree.at("a")));
    assert!(
        folder.contains("this is a folder") && folder.contains("dataset = { folder = \"a\" }"),
        "{folder}"
    );
    let images = Some(tree.at("l.csv"));
    let images = said(&TableOptions { images, ..TableOptions::of(tree.at("l.csv")) });
    assert!(images.contains("*/l.csv, which is no folder"), "{images}");
    let column = Some("species".to_owned());
    let column = said(&TableOptions { label: column, ..TableOptions::of(tree.at("l.csv")) });
    assert!(column.contains("line 1: there is no column species; there are: path, label"), "{column}");
}

#[test]
fn each_bad_table_of_an_array_is_told() {
    for (content, expected) in [
        ("path,label\n1.png,a\n", "line 1: there is no column index; there are: path, label"),
        (
            "index,label\n0,a\n3,b\n",
            "line 3: \"3\" is no index of the array's 3 images\n  Expected a whole number from 0 to 2",
        ),
        ("index,label\n0,a\n-1,b\n", "line 3: \"-1\" is no index"),
        ("index,label\n0,a\n1.0,b\n", "line 3: \"1.0\" is no index"),
        ("index,label\n0,a\n1,b\n1,a\n", "line 4: \"1\" stands in line 3 already, as another class"),
        ("index,label\n0,a\n1,b\n01,b\n", "line 4: \"01\" stands in line 3 already\n"),
        ("index,label\n0,a\n1,a\n", "all pictures are of the class \"a\""),
    ] {
        let tree = Tree::of(&[]);
        tree.write("l.csv", content);
        let error = labels_of_array(&TableOptions::of(tree.at("l.csv")), 3).expect_err(content);
        let said = tree.said(&error);
        assert!(said.contains(expected), "{content}\n{expected:?} is not in\n{said}");
    }
}
