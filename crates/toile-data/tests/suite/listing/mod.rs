//! Folders and tables of pictures, each in a folder of its own.

mod bad_folders;
mod bad_tables;
mod folders;
mod splits;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use toile_data::listing::{FolderOptions, Listing, ListingError, Part, TableOptions, folder, table};

/// A folder that is gone after the test.
struct Tree(tempfile::TempDir);

impl Tree {
    /// With empty files of these paths; a path that ends in `/` is a folder.
    fn of(paths: &[&str]) -> Tree {
        let tree = Tree(tempfile::tempdir().expect("a folder"));
        for path in paths {
            tree.write(path, "");
        }
        tree
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let to = self.0.path().join(path);
        if path.ends_with('/') {
            fs::create_dir_all(to).expect("a folder");
        } else {
            fs::create_dir_all(to.parent().expect("it is in a folder")).expect("a folder");
            fs::write(to, content).expect("a file");
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// The listing of the whole folder.
    fn listed(&self) -> Result<Listing, ListingError> {
        self.roots(&[""])
    }

    fn roots(&self, roots: &[&str]) -> Result<Listing, ListingError> {
        let roots =
            roots.iter().map(|root| if root.is_empty() { self.0.path().into() } else { self.at(root) });
        folder(&FolderOptions { roots: roots.collect(), classes: None })
    }

    /// The listing of a table with this content.
    fn table(&self, content: impl AsRef<[u8]>) -> Result<Listing, ListingError> {
        self.write("labels.csv", content);
        table(&TableOptions::of(self.at("labels.csv")))
    }

    /// What an error says, with this folder as `*`.
    fn said(&self, error: &ListingError) -> String {
        without(self.0.path(), &error.to_string())
    }
}

fn without(folder: &Path, text: &str) -> String {
    let real = folder.canonicalize().expect("it is there");
    text.replace(&*real.to_string_lossy(), "*").replace(&*folder.to_string_lossy(), "*")
}

/// `name class part`, a line a picture.
fn lines(listing: &Listing) -> Vec<String> {
    let part = |part: Option<Part>| part.map_or_else(|| "-".to_owned(), |part| part.to_string());
    let line = |item: &toile_data::listing::Item| {
        format!("{} {} {}", item.name, listing.class_names[item.class as usize], part(item.part))
    };
    listing.items.iter().map(line).collect()
}

/// File name and reason of what was skipped.
fn skipped(tree: &Tree, listing: &Listing) -> Vec<String> {
    let line = |file: &toile_data::listing::Skipped| {
        without(tree.0.path(), &format!("{}: {}", file.path.display(), file.reason))
    };
    listing.skipped.iter().map(line).collect()
}
