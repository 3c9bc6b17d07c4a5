//! The formats that are read.

use std::fmt;
use std::path::Path;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG, sequential or progressive.
    Jpeg,
    /// WebP, lossy or lossless.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// Graphics Interchange Format.
    Gif,
    /// Tagged Image File Format.
    Tiff,
}

impl Format {
    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Png => "PNG",
            Format::Jpeg => "JPEG",
            Format::WebP => "WebP",
            Format::Bmp => "BMP",
            Format::Gif => "GIF",
            Format::Tiff => "TIFF",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Endings that names of pictures have, in any case. The content decides what a file is; a name only tells which files
/// of a folder are meant to be pictures.
pub fn has_picture_extension(path: &Path) -> bool {
    const EXTENSIONS: [&str; 12] =
        ["png", "apng", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "gif", "tif", "tiff"];
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_count_in_any_case() {
        for name in ["a.png", "a.JPG", "x/ü b.Jpeg", "a.b.webp", ".hidden.tiff", "a.TIF", "a.gif", "a.bmp"] {
            assert!(has_picture_extension(Path::new(name)), "{name}");
        }
        for name in ["a", "png", ".png", "a.txt", "a.png.txt", "Thumbs.db", "a.heic"] {
            assert!(!has_picture_extension(Path::new(name)), "{name}");
        }
    }
}
