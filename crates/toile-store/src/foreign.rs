//! Weights that another program wrote: safetensors of any floating type, under the names that a network's tensors have.

use std::path::Path;

use toile_nn::state::{StateDict, Tensor};

use crate::digest::sha256;
use crate::error::StoreError;
use crate::file::{self, Kind};
use crate::safetensors::{self, Raw};

/// Weights that another program wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreign {
    /// In the order that was asked for.
    pub tensors: StateDict<f32>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// What was converted, in sentences.
    pub notes: Vec<String>,
}

/// Lines of a message about tensors that do not fit.
const LINES_MAX: usize = 12;

/// PyTorch's counter of batches: no network computes with it.
const COUNTER: &str = "num_batches_tracked";

/// Reads weights for a network whose tensors have these names and shapes. Types of 16 and 64 bits become f32.
///
/// # Errors
/// A file that is missing, damaged, no safetensors file, or does not hold these tensors, each of them told.
pub fn read(path: &Path, expected: &[(String, Vec<usize>)]) -> Result<Foreign, StoreError> {
    let wrong = |problem: String, remedy: String| StoreError::damaged(path, problem, remedy);
    let bytes = file::read(path, Kind::Tensors)?.ok_or_else(|| {
        wrong("it is not there".into(), "name a file that safetensors.torch.save_file wrote".into())
    })?;
    if let Some(kind) = pickled(&bytes) {
        return Err(wrong(format!("it is {kind}, which runs code when it is opened"), conversion(path)));
    }
    let again = "write it again with safetensors.torch.save_file(model.state_dict(), ...)";
    let (_, raw) = safetensors::read_raw(&bytes).map_err(|problem| wrong(problem, again.into()))?;
    let (mut found, mut converted) = (StateDict::default(), Vec::new());
    for tensor in raw.into_iter().filter(|tensor| !tensor.name.ends_with(COUNTER)) {
        if tensor.dtype != "F32" {
            converted.push((tensor.name.clone(), tensor.dtype.clone()));
        }
        let values = values(&tensor).map_err(|(problem, remedy)| wrong(problem, remedy.into()))?;
        found.push(tensor.name, tensor.shape, values);
    }
    let tensors = match found.arranged(expected) {
        Ok(tensors) => tensors,
        Err(_) => return Err(wrong(misfit(&found, expected), remedy(&found, expected))),
    };
    Ok(Foreign { tensors, sha256: sha256(&bytes), notes: notes(&converted) })
}

/// What a file is that Python would unpickle.
fn pickled(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Some("a zip archive, as torch.save writes"),
        [0x80, 2..=5, ..] if !is_header(bytes) => Some("a pickle"),
        _ => None,
    }
}

/// Whether a safetensors header begins behind eight bytes, whose first two could be those of a pickle.
fn is_header(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{')
}

fn conversion(path: &Path) -> String {
    let from = path.display().to_string();
    let to = path.with_extension("safetensors").display().to_string();
    format!(
        "convert it where you trust it, by two lines of Python:\n  import torch, safetensors.torch\n  \
         safetensors.torch.save_file(torch.load({from:?}, map_location=\"cpu\", weights_only=True), {to:?})"
    )
}

/// A tensor's values as f32; what is wrong and what to do where they are none.
fn values(tensor: &Raw<'_>) -> Result<Vec<f32>, (String, &'static str)> {
    let Raw { name, dtype, data, .. } = tensor;
    let two = || data.as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
    let values: Vec<f32> = match dtype.as_str() {
        "F32" => data.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        "F64" => data.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        "BF16" => two().map(|bits| f32::from_bits(u32::from(bits) << 16)).collect(),
        "F16" => two().map(half).collect(),
        _ => {
            let problem = format!("its tensor {name} is of type {dtype}, which is no type of weights here");
            return Err((
                problem,
                "save floating-point weights: dequantize the model, and call model.float()",
            ));
        }
    };
    if values.iter().all(|value| value.is_finite()) {
        return Ok(values);
    }
    // A finite f64 may be beyond the range of f32.
    let problem = format!("its tensor {name} has values that are not finite as f32");
    Err((problem, "look for where its training diverged; Toile computes in f32"))
}

/// IEEE 754 half precision: 1 bit of sign, 5 of exponent with bias 15, 10 of fraction. Exact.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(bits >> 10 & 0x1f), u32::from(bits & 0x3ff));
    match exponent {
        // Subnormals: fraction times 2^-24.
        0 => f32::from_bits(sign | (fraction as f32 * f32::from_bits((127 - 24) << 23)).to_bits()),
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13),
    }
}

fn notes(converted: &[(String, String)]) -> Vec<String> {
    let mut notes = Vec::new();
    for (dtype, how) in [
        ("F16", "are taken as the f32 of the same value"),
        ("BF16", "are taken as the f32 of the same value"),
        (
            "F64",
            "are rounded to f32, in which Toile computes: the last digits of its probabilities may differ",
        ),
    ] {
        let mut of_type = converted.iter().filter(|(_, known)| known == dtype);
        let Some((first, _)) = of_type.next() else { continue };
        let others = of_type.count();
        let and = if others == 0 { String::new() } else { format!(" and {others} more") };
        notes.push(format!("The {dtype} values of {first}{and} {how}."));
    }
    notes
}

type Expected = [(String, Vec<usize>)];

/// Each tensor that is missing, too much, or of another shape.
fn misfit(found: &StateDict<f32>, expected: &Expected) -> String {
    let of_expected = expected.iter().filter_map(|(name, shape)| match found.get(name) {
        None => Some(format!("{name} {shape:?} is missing")),
        Some(tensor) if tensor.shape != *shape => {
            Some(format!("{name} has shape {:?}, the network's has {shape:?}", tensor.shape))
        }
        Some(_) => None,
    });
    let is_expected = |name: &String| expected.iter().any(|(known, _)| known == name);
    let superfluous = found.entries.iter().filter(|(name, _)| !is_expected(name));
    let superfluous =
        superfluous.map(|(name, Tensor { shape, .. })| format!("{name} {shape:?} is not of this network"));
    let lines: Vec<String> = of_expected.chain(superfluous).collect();
    let mut text = "its tensors are not those of the network:".to_owned();
    lines.iter().take(LINES_MAX).for_each(|line| text += &format!("\n  {line}"));
    if lines.len() > LINES_MAX {
        text += &format!("\n  and {} more", lines.len() - LINES_MAX);
    }
    text
}

/// What to do about it: a wrapper's prefix, or other names for the same tensors.
fn remedy(found: &StateDict<f32>, expected: &Expected) -> String {
    for (prefix, wrapper) in [("module.", "DataParallel"), ("_orig_mod.", "torch.compile")] {
        if found.entries.iter().all(|(name, _)| name.starts_with(prefix)) && !found.entries.is_empty() {
            let inner = prefix.trim_end_matches('.');
            return format!("it was saved from within {wrapper}: save model.{inner}.state_dict()");
        }
    }
    let mut theirs: Vec<&[usize]> = found.entries.iter().map(|(_, tensor)| &tensor.shape[..]).collect();
    let mut ours: Vec<&[usize]> = expected.iter().map(|(_, shape)| &shape[..]).collect();
    theirs.sort_unstable();
    ours.sort_unstable();
    if theirs == ours {
        return "the shapes are the network's: rename the tensors before they are saved, as state[\"conv1.weight\"] = \
                state.pop(\"0.weight\")"
            .into();
    }
    "describe the network that was trained as a model of a study (see `toile show STUDY`), or save it under these names"
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
    }

    fn of(bytes: &[u8], expected: &Expected) -> Result<Foreign, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        std::fs::write(&path, bytes).unwrap();
        read(&path, expected).map_err(|error| error.to_string())
    }

    fn expected() -> Vec<(String, Vec<usize>)> {
        vec![("b".into(), vec![2]), ("a".into(), vec![1, 1])]
    }

    #[test]
    fn other_types_are_converted_and_counters_left_out() {
        let header = r#"{"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},"bn1.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[12,20]}}"#;
        // 1.5 and the smallest subnormal half, 2^-24.
        let halves = [0x3e00u16.to_le_bytes(), 1u16.to_le_bytes()].concat();
        let data = [&0.1f64.to_le_bytes()[..], &halves, &7i64.to_le_bytes()].concat();
        let found = of(&file(header, &data), &expected()).unwrap();
        let names: Vec<&str> = found.tensors.entries.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(found.tensors.get("a").unwrap().data, [0.1f32]);
        assert_eq!(found.tensors.get("b").unwrap().data, [1.5, 2f32.powi(-24)]);
        assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
        assert!(found.notes[1].contains("F64 values of a are rounded"), "{:?}", found.notes);
    }

    #[test]
    fn halves_are_the_numbers_they_stand_for() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2f32.powi(-14)),
            (0x8000, -0.0),
            (0x83ff, -1023.0 * 2f32.powi(-24)),
        ] {
            assert_eq!(half(bits).to_bits(), f32::to_bits(value), "{bits:x}");
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let one = r#"{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}"#;
        let other = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"c":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
        let renamed = r#"{"0.w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"0.b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
        let wrapped = r#"{"module.a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}"#;
        let integers = r#"{"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#;
        let huge = r#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#;
        for (bytes, parts) in [
            (file(one, &[0; 4]), &["b [2] is missing", "toile show"][..]),
            (
                file(other, &[0; 12]),
                &["b [2] is missing", "a has shape [1], the network's has [1, 1]", "c [2] is not of this"],
            ),
            (file(renamed, &[0; 12]), &["the shapes are the network's: rename"]),
            (file(wrapped, &[0; 4]), &["save model.module.state_dict()"]),
            (file(integers, &[0; 4]), &["a is of type I8", "dequantize"]),
            (file(huge, &1e300f64.to_le_bytes()), &["a has values that are not finite"]),
            (file(one, &[0; 3]), &["does not lie where its header says", "save_file"]),
            (b"PK\x03\x04....".to_vec(), &["zip archive", "torch.load(", "w.safetensors"]),
            (b"\x80\x02}q\x00.aaaaa".to_vec(), &["a pickle", "weights_only=True"]),
            (b"hello, world".to_vec(), &["no safetensors file"]),
            (vec![], &["shorter than eight bytes"]),
        ] {
            let problem = of(&bytes, &expected()).unwrap_err();
            for part in parts {
                assert!(problem.contains(part), "{part:?} is not in {problem}");
            }
        }
        let problem = read(Path::new("gone.safetensors"), &expected()).unwrap_err().to_string();
        assert!(problem.contains("gone.safetensors cannot be used: it is not there"), "{problem}");
    }
}
