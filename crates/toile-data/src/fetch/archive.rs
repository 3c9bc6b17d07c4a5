//! The files of a data set out of one archive at its public home.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use super::http::Client;
use super::{FetchProgress, Listener};
use crate::definition::{DEFINITIONS, Definition, Holding};
use crate::files::{self, BYTES_MAX};
use crate::folder;
use crate::zip::Archive;

/// Fetches the archive and keeps what it holds of the data set, and of others that share its folder.
pub(super) fn fetch(
    definition: &Definition,
    http: &Client,
    (address, holds): (&str, Holding),
    folder: &Path,
    progress: Listener<'_>,
) -> Result<(), String> {
    let tag = &files::sha256(address.as_bytes())[..8];
    let name = address.rsplit('/').next().unwrap_or_default();
    let part = folder.join(format!("{name}.{tag}.part"));
    let mut continued = part.exists();
    loop {
        http.download(address, &part, &mut |bytes, total| {
            progress(FetchProgress::Bytes { file: name.to_owned(), bytes, total });
        })?;
        let kept = keep(definition, &part, holds, folder);
        // Kept or wrong: of no more use either way.
        let _ = fs::remove_file(&part);
        match kept {
            // What was continued may have been another file's beginning: once more from the start.
            Err(_) if continued => continued = false,
            kept => return kept.map_err(|why| format!("{address}: {why}")),
        }
    }
}

/// Keeps the files as they lie in the archive, packed or not. This data set's are verified, or at least read; those of
/// others will be when they are loaded.
fn keep(definition: &Definition, archive: &Path, holds: Holding, folder: &Path) -> Result<(), String> {
    let others = DEFINITIONS.iter().filter(|other| other.folder == definition.folder);
    let others: Vec<&str> = others.flat_map(|other| other.files.iter().map(|spec| spec.name)).collect();
    let mut missing: Vec<&str> = definition.files.iter().map(|spec| spec.name).collect();
    let mut visit = |path: &str, reader: &mut dyn Read| -> Result<(), String> {
        let member = path.rsplit('/').next().unwrap_or_default();
        let name = member.strip_suffix(".gz").unwrap_or(member);
        let file = definition.files.iter().position(|spec| spec.name == name);
        if file.is_none() && !others.contains(&name) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        reader.take(BYTES_MAX).read_to_end(&mut bytes).map_err(|error| format!("{path}: {error}"))?;
        if let Some(file) = file {
            let plain = files::unwrap(bytes.clone(), path).map_err(|error| error.to_string())?;
            files::verify_alone(definition, file, path, &plain).map_err(|error| error.to_string())?;
            missing.retain(|missing| *missing != name);
        }
        folder::store(folder, member, &bytes).map_err(|error| error.to_string())
    };
    match holds {
        Holding::TarGz => each_of_tar(archive, &mut visit)?,
        _ => each_of_zip(archive, &mut visit)?,
    }
    match missing.first() {
        None => Ok(()),
        Some(name) => Err(format!("the archive holds no {name}")),
    }
}

type Visit<'a> = &'a mut dyn FnMut(&str, &mut dyn Read) -> Result<(), String>;

fn each_of_zip(path: &Path, visit: Visit<'_>) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut archive = Archive::open(file).map_err(|error| error.to_string())?;
    for member in archive.members().to_vec() {
        let mut reader = archive.read(&member).map_err(|error| error.to_string())?;
        visit(&member.name, &mut reader)?;
    }
    Ok(())
}

fn each_of_tar(path: &Path, visit: Visit<'_>) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("the archive cannot be unpacked: {error}");
    let file = File::open(path).map_err(broken)?;
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        if entry.header().entry_type().is_file() {
            let path = entry.path().map_err(broken)?.to_string_lossy().into_owned();
            visit(&path, &mut entry)?;
        }
    }
    Ok(())
}
