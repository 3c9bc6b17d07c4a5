//! The one file of a form as browsers and `curl -F` send it (multipart/form-data, RFC 7578), from a body that is all there.

use axum::body::Bytes;

/// The bytes of the only part of a form.
///
/// # Errors
/// What is wrong with it, to stand behind "the form".
pub(super) fn only_part(content_type: &str, body: &Bytes) -> Result<Bytes, String> {
    let boundary = boundary(content_type).ok_or("names no boundary in Content-Type")?;
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let start = find(body, &delimiter).ok_or("does not hold its boundary")? + delimiter.len();
    let rest = &body[start..];
    if rest.starts_with(b"--") {
        return Err("has no part".into());
    }
    let head = find(rest, b"\r\n\r\n").ok_or("ends before the first part does")?;
    let content = start + head + 4;
    let end =
        find(&body[content..], &[b"\r\n", &*delimiter].concat()).ok_or("ends before the first part does")?;
    let behind = content + end + 2 + delimiter.len();
    if !body[behind..].starts_with(b"--") {
        return Err("has several parts, or ends early".into());
    }
    Ok(body.slice(content..content + end))
}

/// What stands between the parts.
fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.trim().split_once('='));
    let (_, value) = parameters.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"')).unwrap_or(value);
    // As long as the standard lets it be.
    (1..=70).contains(&value.len()).then_some(value)
}

/// Where a text stands in another.
fn find(text: &[u8], sought: &[u8]) -> Option<usize> {
    let first = *sought.first()?;
    let mut from = 0;
    loop {
        from += text.get(from..)?.iter().position(|&byte| byte == first)?;
        if text[from..].starts_with(sought) {
            return Some(from);
        }
        from += 1;
    }
}
