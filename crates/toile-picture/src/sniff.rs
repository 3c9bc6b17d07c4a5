//! What a file is, told by its content: a name may say anything.

use crate::error::PictureError;
use crate::format::Format;

impl Format {
    /// What the first bytes say.
    ///
    /// # Errors
    /// An empty file, or one of another kind: what it looks like, and what to do with it.
    pub fn of(bytes: &[u8]) -> Result<Self, PictureError> {
        // "BM" may begin a text: a bitmap has the size of its second header there too.
        let is_bitmap = bytes.starts_with(b"BM")
            && matches!(bytes.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]));
        match bytes {
            [] => Err(PictureError::Empty),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Format::Png),
            [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Format::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Format::Gif),
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Ok(Format::Tiff),
            _ if is_bitmap => Ok(Format::Bmp),
            _ => {
                let (looks_like, remedy) = foreign(bytes);
                Err(PictureError::UnknownFormat { looks_like, remedy })
            }
        }
    }
}

const CONVERT: &str = "save it as PNG or JPEG with the program that made it";
const UNPACK: &str = "unpack it first";
const FETCH: &str = "fetch the picture again";

/// Beginnings of files that are no pictures here, what they are and what to do.
const FOREIGN: [(&[u8], &str, Option<&str>); 30] = [
    (b"%PDF", "a PDF document", Some("draw its pages as PNG, as `pdftoppm -png` does")),
    (b"%!PS", "a PostScript document", Some("draw its pages as PNG, as `gs -sDEVICE=png16m` does")),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture", Some("save it as PNG, as `djxl` does")),
    (b"\xff\x0a", "a JPEG XL picture", Some("save it as PNG, as `djxl` does")),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", Some("save it as PNG, as `opj_decompress` does")),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture", Some("save it as PNG, as `opj_decompress` does")),
    (b"8BPS", "a Photoshop document", Some(CONVERT)),
    (b"gimp xcf", "a GIMP document", Some(CONVERT)),
    (b"\0\0\x01\0", "a Windows icon", Some(CONVERT)),
    (b"qoif", "a QOI picture", Some(CONVERT)),
    (b"DDS ", "a DirectDraw texture", Some(CONVERT)),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture", Some(CONVERT)),
    (b"#?RADIANCE", "a Radiance HDR picture", Some(CONVERT)),
    (b"P1\n", "a portable bitmap (PNM)", Some(CONVERT)),
    (b"P2\n", "a portable graymap (PNM)", Some(CONVERT)),
    (b"P3\n", "a portable pixmap (PNM)", Some(CONVERT)),
    (b"P4\n", "a portable bitmap (PNM)", Some(CONVERT)),
    (b"P5\n", "a portable graymap (PNM)", Some(CONVERT)),
    (b"P6\n", "a portable pixmap (PNM)", Some(CONVERT)),
    (b"\x1f\x8b", "gzip data", Some(UNPACK)),
    (b"PK\x03\x04", "a zip archive", Some(UNPACK)),
    (b"\xfd7zXZ\0", "xz data", Some(UNPACK)),
    (b"\x28\xb5\x2f\xfd", "Zstandard data", Some(UNPACK)),
    (b"Rar!\x1a\x07", "a RAR archive", Some(UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", Some(UNPACK)),
    (b"\x93NUMPY", "a NumPy array", Some("name the array itself as the data set")),
    (b"\0\x05\x16\x07", "what macOS keeps beside a file (AppleDouble)", None),
    (b"\0\0\0\x01Bud1", "what macOS keeps of a folder (.DS_Store)", None),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a Windows document (Thumbs.db, old Office)", None),
    (b"\x7fELF", "a program", None),
];

/// What bytes look like that are no picture here, and what to do.
fn foreign(bytes: &[u8]) -> (String, Option<&'static str>) {
    if let Some((_, what, remedy)) = FOREIGN.iter().find(|(start, ..)| bytes.starts_with(start)) {
        return ((*what).to_owned(), *remedy);
    }
    if let Some([b'f', b't', b'y', b'p', brand @ ..]) = bytes.get(4..12) {
        return match brand {
            b"avif" | b"avis" => ("an AVIF picture".to_owned(), Some("save it as PNG, as `avifdec` does")),
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => {
                ("a HEIC picture".to_owned(), Some("save it as JPEG, as `heif-convert` does"))
            }
            _ => ("a video".to_owned(), Some("save single pictures of it, as `ffmpeg` does")),
        };
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return ("a DICOM file".to_owned(), Some("save its picture as PNG, as `dcm2img` does"));
    }
    let start = &bytes[..bytes.len().min(512)];
    if start.iter().all(|&byte| byte == 0) {
        return ("a file of zeros (a copy that was not finished?)".to_owned(), Some(FETCH));
    }
    if let Some(text) = as_text(start) {
        return foreign_text(&text);
    }
    let hex: Vec<String> = start.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    (format!("a file that begins with the bytes {}", hex.join(" ")), None)
}

/// The beginning of a text on one line; none if it is none.
fn as_text(start: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A letter of several bytes may be cut at the end of the part that was looked at.
        Err(error) if start.len() - error.valid_up_to() < 4 => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let text = text.trim_start_matches('\u{feff}');
    let is_text = !text.is_empty() && text.chars().all(|c| !c.is_control() || c.is_whitespace());
    is_text.then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What a text is, and what to do.
fn foreign_text(text: &str) -> (String, Option<&'static str>) {
    let lower = text.to_ascii_lowercase();
    if text.starts_with("version https://git-lfs") {
        return (
            "a pointer of Git LFS instead of the picture".to_owned(),
            Some("get the files with `git lfs pull`"),
        );
    }
    if lower.starts_with("<svg") || (lower.starts_with("<?xml") && lower.contains("<svg")) {
        return ("an SVG drawing".to_owned(), Some("draw it as PNG, as `rsvg-convert` does"));
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return ("an HTML page (an address that gave no picture?)".to_owned(), Some(FETCH));
    }
    let begin: String = text.chars().take(40).collect();
    (format!("text that begins with \"{begin}\""), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let bitmap = [&b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0"[..], &[40, 0, 0, 0]].concat();
        let cases: [(&[u8], Format); 8] = [
            (b"\x89PNG\r\n\x1a\n....", Format::Png),
            (b"\xff\xd8\xff\xe0", Format::Jpeg),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Format::WebP),
            (b"GIF87a", Format::Gif),
            (b"GIF89a", Format::Gif),
            (b"II*\0", Format::Tiff),
            (b"MM\0*", Format::Tiff),
            (&bitmap, Format::Bmp),
        ];
        for (bytes, format) in cases {
            assert_eq!(Format::of(bytes).unwrap(), format);
        }
    }

    #[test]
    fn what_is_no_picture_is_named_with_what_to_do() {
        let dicom = [&[0; 128][..], b"DICM"].concat();
        let cut_letter = ["é".repeat(255).as_bytes(), b"a\xc3\xa9\xc3\xa9"].concat();
        let cases: [(&[u8], &str, &str); 20] = [
            (b"%PDF-1.7", "a PDF document", "pdftoppm"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture", "heif-convert"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0", "a HEIC picture", "heif-convert"),
            (b"\0\0\0\x18ftypavif\0\0\0\0", "an AVIF picture", "avifdec"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "a video", "ffmpeg"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing", "rsvg-convert"),
            (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a -->\n<svg>", "an SVG drawing", "rsvg-convert"),
            (b"\n<!DOCTYPE html>\n<title>404</title>", "an HTML page", "fetch"),
            (b"<?xml version='1.0'?><note/>", "text that begins with \"<?xml", "remove"),
            (b"BMW is a maker of cars, no bitmap", "text that begins with \"BMW is", "remove"),
            (b"caf\xc3\xa9 au\tlait\r\n", "text that begins with \"caf\u{e9} au lait\"", "remove"),
            (&cut_letter, "text that begins with \"\u{e9}", "remove"),
            (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS", "git lfs pull"),
            (b"\0\0\0\0\0\0\0\0", "a file of zeros", "fetch"),
            (b"\0\x05\x16\x07\0\x02", "AppleDouble", "remove"),
            (b"PK\x03\x04", "a zip archive", "unpack"),
            (b"P6\n1 1\n255\n", "PNM", "save it as PNG"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "the bytes 52 49 46 46", "remove"),
            (b"\x89PNG", "the bytes 89 50 4e 47", "remove"),
            (&dicom, "a DICOM file", "dcm2img"),
        ];
        for (bytes, looks_like, remedy) in cases {
            let said = Format::of(bytes).unwrap_err().to_string();
            assert!(said.contains(looks_like) && said.contains(remedy), "{looks_like}: {said}");
        }
        assert!(matches!(Format::of(b""), Err(PictureError::Empty)));
    }
}
