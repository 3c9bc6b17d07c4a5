//! The bytes of a file, if it may be a picture.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

use crate::error::PictureError;
use crate::limits::Limits;

/// The bytes of a file, through a symbolic link if it is one. What is no regular file is refused without being opened:
/// opening a pipe waits for ever. The size is checked before anything is read.
///
/// # Errors
/// No such file, no regular file, an empty one, one that is too large, or one the system does not let read.
pub fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, PictureError> {
    let io = |source| PictureError::Io { source };
    let metadata = std::fs::metadata(path).map_err(io)?;
    if !metadata.is_file() {
        return Err(PictureError::NoFile { what: kind(&metadata) });
    }
    let limit = limits.bytes_max;
    if metadata.len() > limit {
        return Err(PictureError::TooManyBytes { bytes: metadata.len(), limit });
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    // A file may grow while it is read.
    File::open(path).map_err(io)?.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
    match bytes.len() as u64 {
        0 => Err(PictureError::Empty),
        len if len > limit => Err(PictureError::TooManyBytes { bytes: len, limit }),
        _ => Ok(bytes),
    }
}

fn kind(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() { "folder" } else { "special file (a device, a pipe or a socket)" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_within_the_limit_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { bytes_max: 8, ..Limits::default() };
        for (name, content) in
            [("ü ß.png", &b"12345678"[..]), ("empty.png", b""), ("large.png", b"123456789")]
        {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let read = |name: &str| read(&folder.path().join(name), &limits);
        assert_eq!(read("ü ß.png").unwrap(), b"12345678");
        assert!(matches!(read("empty.png"), Err(PictureError::Empty)));
        assert!(matches!(read("large.png"), Err(PictureError::TooManyBytes { bytes: 9, limit: 8 })));
        assert!(matches!(read("none.png"), Err(PictureError::Io { .. })));
        assert!(matches!(read("."), Err(PictureError::NoFile { what: "folder" })));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), b"abc").unwrap();
        let link = folder.path().join("link.png");
        std::os::unix::fs::symlink("a", &link).unwrap();
        assert_eq!(read(&link, &Limits::default()).unwrap(), b"abc");
        let refused = read(Path::new("/dev/zero"), &Limits::default()).unwrap_err();
        assert!(refused.to_string().contains("special file"), "{refused}");
        let dangling = folder.path().join("dangling.png");
        std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
        assert!(matches!(read(&dangling, &Limits::default()), Err(PictureError::Io { .. })));
    }
}
