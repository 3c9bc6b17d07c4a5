//! The pictures below a folder, of whatever class.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::walk::{self, Above, Found, Task};
use crate::listing::error::{FolderProblem, ListingError};
use crate::listing::{Skipped, natural};

/// The pictures below a folder, in natural order of their paths below it, and the files that are none, ordered by path.
/// Hidden files and those of an operating system are not among either; links are followed.
///
/// # Errors
/// A folder that is none, or cannot be read.
pub fn pictures(folder: &Path) -> Result<(Vec<PathBuf>, Vec<Skipped>), ListingError> {
    let error = |source: io::Error| {
        let problem = match source.kind() {
            io::ErrorKind::NotFound => FolderProblem::NotThere,
            _ => FolderProblem::Unreadable(source),
        };
        ListingError::Folder { path: folder.to_owned(), problem }
    };
    fs::read_dir(folder).map_err(error)?;
    // Nothing is above it: the empty path is no folder.
    let above = Arc::new(Above { real: PathBuf::new(), parent: None });
    let walked = walk::walk(vec![Task { origin: 0, path: folder.to_owned(), name: String::new(), above }]);
    let (mut found, mut skipped) = (walked.found, walked.skipped);
    found.sort_unstable_by(|a: &Found, b: &Found| natural::compare(&a.name, &b.name));
    skipped.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok((found.into_iter().map(|found| found.picture.path).collect(), skipped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_in_natural_order_whatever_folder_they_lie_in() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/10.png", "b/9.PNG", "a.jpg", "b/deep/1.gif", ".hidden.png", ".git/x.png", "notes.txt"]
        {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("..", folder.path().join("b/back")).unwrap();
        let (found, skipped) = pictures(folder.path()).unwrap();
        let expected = ["a.jpg", "b/9.PNG", "b/10.png", "b/deep/1.gif"].map(|name| folder.path().join(name));
        assert_eq!(found, expected);
        let skipped: Vec<_> =
            skipped.iter().map(|file| file.path.strip_prefix(folder.path()).unwrap()).collect();
        let loop_of_links = cfg!(unix).then_some(Path::new("b/back"));
        assert_eq!(skipped, loop_of_links.into_iter().chain([Path::new("notes.txt")]).collect::<Vec<_>>());
        assert!(pictures(&folder.path().join("nowhere")).unwrap_err().to_string().contains("no such folder"));
    }
}
