//! The safetensors format: eight bytes of header length, a JSON header, plain little-endian tensors
//! (<https://github.com/huggingface/safetensors>, section "Format"). Only f32, which is all Toile keeps.

use std::fs::File;
use std::io::{self, Read, Write};

use serde_json::{Map, Value, json};
use toile_nn::state::{StateDict, values};

/// What a file says beside its tensors: text by key, in the order written.
pub type Metadata = Vec<(String, String)>;

/// A header above this is a damaged file, not a big network.
const HEADER_BYTES_MAX: usize = 100_000_000;

/// Writes tensors in their order.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, metadata: &Metadata, tensors: &StateDict<f32>) -> io::Result<()> {
    // By hand, because the order of the header's entries is kept: the same tensors make the same bytes.
    let texts: Vec<String> = metadata.iter().map(|(k, v)| format!("{}:{}", json!(k), json!(v))).collect();
    let mut header = format!("{{\"__metadata__\":{{{}}}", texts.join(","));
    let mut offset = 0;
    for (name, tensor) in &tensors.entries {
        let end = offset + 4 * tensor.data.len();
        header += &format!(
            ",{}:{{\"dtype\":\"F32\",\"shape\":{:?},\"data_offsets\":[{offset},{end}]}}",
            json!(name),
            tensor.shape
        );
        offset = end;
    }
    header.push('}');
    // Spaces up to a multiple of eight keep the tensors aligned.
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for (_, tensor) in &tensors.entries {
        out.write_all(&tensor.bytes())?;
    }
    Ok(())
}

/// Reads what [`write()`] wrote, and any other safetensors file of f32; in the order of the data.
///
/// # Errors
/// What is wrong with the bytes.
pub fn read(bytes: &[u8]) -> Result<(Metadata, StateDict<f32>), String> {
    let (metadata, raw) = read_raw(bytes)?;
    let mut tensors = StateDict::default();
    for Raw { name, dtype, shape, data } in raw {
        if dtype != "F32" {
            return Err(format!("its tensor {name} is of type {dtype}, not F32"));
        }
        tensors.push(name, shape, values(data));
    }
    Ok((metadata, tensors))
}

/// A tensor of any type as it lies in a file.
pub(crate) struct Raw<'a> {
    pub(crate) name: String,
    pub(crate) dtype: String,
    pub(crate) shape: Vec<usize>,
    /// As many values of the type as the shape says.
    pub(crate) data: &'a [u8],
}

/// The tensors of a file, in the order of the data, which they fill.
///
/// # Errors
/// What is wrong with the bytes.
pub(crate) fn read_raw(bytes: &[u8]) -> Result<(Metadata, Vec<Raw<'_>>), String> {
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or("it is shorter than eight bytes")?;
    let length = header_length(*length).filter(|length| *length <= rest.len()).ok_or(NO_HEADER)?;
    let (header, data) = rest.split_at(length);
    let (metadata, mut entries) = parse_header(header)?;
    entries.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut tensors = Vec::new();
    let mut expected = 0;
    for (name, Entry { dtype, shape, data_offsets: [from, to] }) in entries {
        let width =
            bytes_of(&dtype).ok_or_else(|| format!("its tensor {name} is of type {dtype}, not F32"))?;
        let len = shape.iter().try_fold(width, |product, &side| product.checked_mul(side));
        if from != expected || len.is_none_or(|len| from.checked_add(len) != Some(to)) || to > data.len() {
            return Err(format!("its tensor {name} does not lie where its header says"));
        }
        tensors.push(Raw { name, dtype, shape, data: &data[from..to] });
        expected = to;
    }
    if expected != data.len() {
        return Err("it is longer than its tensors".into());
    }
    Ok((metadata, tensors))
}

/// Bytes of a value of a type, by the format's names; `None` of one that is packed or unknown.
fn bytes_of(dtype: &str) -> Option<usize> {
    match dtype {
        "F64" | "I64" | "U64" => Some(8),
        "F32" | "I32" | "U32" => Some(4),
        "F16" | "BF16" | "I16" | "U16" => Some(2),
        "I8" | "U8" | "BOOL" => Some(1),
        _ => None,
    }
}

/// What a file says beside its tensors, read without them: what is wrong with the bytes is the inner error.
///
/// # Errors
/// Those of the reader.
pub(crate) fn read_metadata(mut from: &File) -> io::Result<Result<Metadata, String>> {
    let mut length = Vec::new();
    let mut header = Vec::new();
    Read::by_ref(&mut from).take(8).read_to_end(&mut length)?;
    if let Some(length) = length.first_chunk::<8>().and_then(|length| header_length(*length)) {
        from.take(length as u64).read_to_end(&mut header)?;
        if header.len() == length {
            return Ok(parse_header(&header).map(|(metadata, _)| metadata));
        }
    }
    Ok(Err(NO_HEADER.into()))
}

const NO_HEADER: &str = "it is cut off, or no safetensors file: its header does not fit";

fn header_length(bytes: [u8; 8]) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(bytes)).ok().filter(|length| *length <= HEADER_BYTES_MAX)
}

/// Metadata and tensors of a header, in no order.
fn parse_header(header: &[u8]) -> Result<(Metadata, Vec<(String, Entry)>), String> {
    let header: Map<String, Value> =
        serde_json::from_slice(header).map_err(|e| format!("its header is no JSON: {e}"))?;
    let mut metadata = Metadata::new();
    let mut entries = Vec::new();
    for (name, value) in header {
        if name == "__metadata__" {
            let texts: Map<String, Value> =
                serde_json::from_value(value).map_err(|e| format!("its metadata is no table: {e}"))?;
            metadata.extend(texts.into_iter().filter_map(|(k, v)| Some((k, v.as_str()?.to_owned()))));
        } else {
            let entry: Entry =
                serde_json::from_value(value).map_err(|e| format!("its entry for {name} is wrong: {e}"))?;
            entries.push((name, entry));
        }
    }
    Ok((metadata, entries))
}

/// A tensor in the header.
#[derive(serde::Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

#[cfg(test)]
mod tests {
    use toile_testing::{Chance, changed_bytes, changed_text};

    use super::*;

    fn sample() -> Vec<u8> {
        let mut tensors = StateDict::default();
        tensors.push("fc1.weight", vec![2, 3], vec![1.0, -0.0, f32::NAN, f32::MIN_POSITIVE / 8.0, 5.0, 6.0]);
        tensors.push("fc1.bias", vec![0], vec![]);
        let mut bytes = Vec::new();
        write(&mut bytes, &vec![("format".into(), "pt".into()), ("a \"b\"".into(), "\n".into())], &tensors)
            .unwrap();
        bytes
    }

    #[test]
    fn what_is_written_is_read_back_to_the_bit() {
        let bytes = sample();
        let (metadata, tensors) = read(&bytes).unwrap();
        assert!(metadata.contains(&("a \"b\"".into(), "\n".into())));
        let mut again = Vec::new();
        let metadata = vec![("format".into(), "pt".into()), ("a \"b\"".into(), "\n".into())];
        write(&mut again, &metadata, &tensors).unwrap();
        assert_eq!(again, bytes);
    }

    #[test]
    fn every_truncation_is_refused() {
        let bytes = sample();
        for len in 0..bytes.len() {
            assert!(read(&bytes[..len]).is_err(), "{len} of {} bytes were taken for whole", bytes.len());
        }
        assert!(read(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn foreign_headers_are_refused() {
        for (header, expected) in [
            ("[]", "no JSON"),
            (r#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, "type F64"),
            (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "does not lie"),
            (r#"{"a":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,8]}}"#, "does not lie"),
            (r#"{"a":7}"#, "entry for a"),
        ] {
            let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat();
            let error = read(&bytes).unwrap_err();
            assert!(error.contains(expected), "{header}: {error}");
        }
    }

    /// What is read of a changed file is written and read to the same; the rest is refused in words.
    #[test]
    fn changed_files_are_read_as_they_are_or_refused() {
        let whole = sample();
        let header = 8 + header_length(*whole.first_chunk().unwrap()).unwrap();
        let mut read_back = 0;
        for case in 0..4000 {
            let mut chance = Chance::new(1, case);
            let bytes = match chance.below(2) {
                0 => changed_bytes(&whole, &mut chance),
                // A header that fits and says something else.
                _ => {
                    let text = changed_text(std::str::from_utf8(&whole[8..header]).unwrap(), &mut chance);
                    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes(), &whole[header..]].concat()
                }
            };
            match read(&bytes) {
                Ok((metadata, tensors)) => {
                    read_back += 1;
                    let (mut once, mut twice) = (Vec::new(), Vec::new());
                    write(&mut once, &metadata, &tensors).unwrap();
                    let (metadata, tensors) = read(&once).unwrap();
                    write(&mut twice, &metadata, &tensors).unwrap();
                    assert_eq!(once, twice, "case {case}");
                }
                Err(problem) => assert!(problem.starts_with("it"), "case {case}: {problem}"),
            }
        }
        assert!((200..3800).contains(&read_back), "{read_back} of 4000");
    }
}
