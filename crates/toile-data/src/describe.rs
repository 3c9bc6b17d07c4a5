//! What bytes look like that are not of the format expected.

/// In words, to stand after "found".
pub(crate) fn describe(bytes: &[u8]) -> String {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"\x1f\x8b", "gzip data that was not unwrapped"),
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xfd7zXZ\0", "xz data"),
        (b"\x93NUMPY", "a NumPy array"),
        (b"!<arch>\n", "an ar archive (a Debian package?)"),
        (b"%PDF", "a PDF document"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"\x80\x02", "a Python pickle"),
        (b"\x80\x03", "a Python pickle"),
        (b"\x80\x04", "a Python pickle"),
        (b"\x80\x05", "a Python pickle"),
    ];
    if bytes.is_empty() {
        return "an empty file".to_owned();
    }
    if let Some((_, name)) = KNOWN.iter().find(|(start, _)| bytes.starts_with(start)) {
        return (*name).to_owned();
    }
    let start = &bytes[..bytes.len().min(60)];
    if start.iter().all(|&b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        let text = String::from_utf8_lossy(start);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let what = if text.starts_with('<') { "an HTML or XML page" } else { "text" };
        return format!("{what} that begins with \"{text}\"");
    }
    let hex: Vec<String> = start.iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("a file that begins with the bytes {}", hex.join(" "))
}
