//! Debian's package of the data, fetched by `apt-get download` without root and unpacked here.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::keep::keep;
use super::{FetchProgress, Listener};
use crate::definition::Definition;
use crate::files::BYTES_MAX;
use crate::places::Package;

/// Lets apt fetch the package into a folder that is gone afterwards; keeps its files, verified.
pub(super) fn fetch(
    definition: &Definition,
    package: &Package,
    folder: &Path,
    progress: Listener<'_>,
) -> Result<(), String> {
    let workplace = tempfile::Builder::new().prefix(".apt-").tempdir_in(folder);
    let workplace = workplace.map_err(|error| format!("cannot write to {}: {error}", folder.display()))?;
    let deb = download(package, workplace.path(), progress)?;
    let reader = File::open(&deb).map_err(|error| format!("cannot read {}: {error}", deb.display()))?;
    let mut files = unpack(definition, package.name, reader)?;
    for (file, spec) in definition.files.iter().enumerate() {
        let origin = format!("{} in the package", spec.name);
        let bytes = files[file].take().ok_or_else(|| format!("the package has no {}.gz", spec.name))?;
        keep(definition, file, &origin, bytes, folder).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Runs apt-get in the folder; the package's path. As root, apt hands its work to the user `_apt`, who may
/// not write here: apt then says so and does it itself.
fn download(package: &Package, folder: &Path, progress: Listener<'_>) -> Result<PathBuf, String> {
    let Package { apt_get, name } = package;
    // A machine without a network is to get its answer soon.
    let command = |action: &[&str]| {
        let mut command = Command::new(apt_get);
        command.args(["-q", "-o", "Acquire::http::Timeout=10", "-o", "Acquire::https::Timeout=10"]);
        command.args(["-o", "Acquire::Retries=1", "download"]).args(action).arg(name);
        command.current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null());
        command
    };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such command here: this is no Debian or Ubuntu".to_owned(),
        _ => format!("cannot be run: {error}"),
    };
    let plan = command(&["--print-uris"]).output().map_err(failed)?;
    let total = total_of(&String::from_utf8_lossy(&plan.stdout));
    let file = format!("{name}.deb");
    // Output goes to a file, not to a pipe that could fill up while the folder is watched.
    let log_path = folder.join("log");
    let log = File::create(&log_path).map_err(failed)?;
    let stdout = log.try_clone().map_err(failed)?;
    let mut child = command(&[]).stdout(stdout).stderr(log).spawn().map_err(failed)?;
    let status = loop {
        let status = child.try_wait().map_err(failed)?;
        let bytes = find_deb(folder).and_then(|deb| deb.metadata().ok()).map_or(0, |meta| meta.len());
        progress(FetchProgress::Bytes { file: file.clone(), bytes, total });
        if let Some(status) = status {
            break status;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    match find_deb(folder) {
        Some(deb) if status.success() => Ok(deb),
        _ => {
            let log = std::fs::read_to_string(&log_path).unwrap_or_default();
            Err(format!("{}{status}", complaints(&log)))
        }
    }
}

/// Size of the package from `--print-uris`: 'address' name size hash.
fn total_of(output: &str) -> Option<u64> {
    let line = output.lines().find(|line| line.starts_with('\''))?;
    line.split_whitespace().nth(2)?.parse().ok()
}

fn find_deb(folder: &Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries.find(|path| path.extension().is_some_and(|extension| extension == "deb"))
}

/// The lines in which apt says what went wrong.
fn complaints(log: &str) -> String {
    let lines = log.lines().filter(|line| line.starts_with("E: ") || line.starts_with("Err:"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The data set's files, still in gzip, out of a Debian package: an ar archive whose `data.tar` is compressed.
fn unpack(definition: &Definition, package: &str, deb: impl Read) -> Result<Vec<Option<Vec<u8>>>, String> {
    let broken = |error: io::Error| format!("the package cannot be unpacked: {error}");
    let mut archive = ar::Archive::new(deb);
    while let Some(entry) = archive.next_entry() {
        let entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(entry.header().identifier()).into_owned();
        match name.trim_end_matches('/') {
            "data.tar.xz" => {
                return from_tar(definition, lzma_rust2::XzReader::new(entry, true)).map_err(broken);
            }
            "data.tar.gz" => {
                return from_tar(definition, flate2::read::GzDecoder::new(entry)).map_err(broken);
            }
            "data.tar" => return from_tar(definition, entry).map_err(broken),
            other if other.starts_with("data.tar") => {
                return Err(format!(
                    "the package holds {other}, a compression Toile does not know; unpack it with\n\
                     apt-get download {package} && dpkg-deb -x {package}_*.deb unpacked\n\
                     and name the folder of the files in it, below unpacked/usr/share/datasets, as --data-dir"
                ));
            }
            _ => {}
        }
    }
    Err("the package holds no data.tar".to_owned())
}

fn from_tar(definition: &Definition, tar: impl Read) -> io::Result<Vec<Option<Vec<u8>>>> {
    let mut found = vec![None; definition.files.len()];
    for entry in tar::Archive::new(tar).entries()? {
        let entry = entry?;
        let path = entry.path()?.into_owned();
        let wanted = |name: &str| path.file_name().is_some_and(|file| file == format!("{name}.gz").as_str());
        if let Some(file) = definition.files.iter().position(|spec| wanted(spec.name)) {
            let mut bytes = Vec::new();
            entry.take(BYTES_MAX).read_to_end(&mut bytes)?;
            found[file] = Some(bytes);
        }
    }
    Ok(found)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::definition;
    use crate::files;

    fn small() -> &'static Definition {
        definition::find("fashion-mnist-small").unwrap()
    }

    pub(in crate::fetch) fn tar_of_small() -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (spec, gz) in small().files.iter().zip(small().embedded.unwrap()) {
            let mut header = tar::Header::new_gnu();
            header.set_size(gz.len() as u64);
            header.set_cksum();
            let path = format!("./usr/share/datasets/fashion-mnist/{}.gz", spec.name);
            builder.append_data(&mut header, path, *gz).unwrap();
        }
        builder.into_inner().unwrap()
    }

    pub(in crate::fetch) fn deb(name: &str, data: &[u8]) -> Vec<u8> {
        let mut builder = ar::Builder::new(Vec::new());
        for (name, bytes) in [("debian-binary", &b"2.0\n"[..]), ("control.tar.xz", b"-"), (name, data)] {
            builder.append(&ar::Header::new(name.into(), bytes.len() as u64), bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn unpacks_packages_in_each_known_compression() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut gz, &tar_of_small()).unwrap();
        let options = lzma_rust2::XzOptions::with_preset(0);
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        io::Write::write_all(&mut xz, &tar_of_small()).unwrap();
        let packed = [
            ("data.tar", tar_of_small()),
            ("data.tar.gz", gz.finish().unwrap()),
            ("data.tar.xz", xz.finish().unwrap()),
        ];
        for (name, data) in packed {
            let found = unpack(small(), "d", &deb(name, &data)[..]).unwrap();
            for (found, spec) in found.into_iter().zip(small().files) {
                let bytes = files::unwrap(found.expect(spec.name), "").unwrap();
                assert_eq!(Some(files::sha256(&bytes).as_str()), spec.sha256);
            }
        }
    }

    #[test]
    fn says_what_is_wrong_with_a_package() {
        let cut = deb("data.tar", &tar_of_small());
        let cases: &[(Vec<u8>, &str)] = &[
            (deb("data.tar.zst", b"?"), "holds data.tar.zst, a compression Toile does not know"),
            (deb("other", b"?"), "holds no data.tar"),
            (deb("data.tar.xz", b"no xz at all"), "cannot be unpacked"),
            (b"<html>".to_vec(), "cannot be unpacked"),
            (cut[..100_000].to_vec(), "cannot be unpacked"),
        ];
        for (deb, expected) in cases {
            let said = unpack(small(), "d", &deb[..]).unwrap_err();
            assert!(said.contains(expected), "{said:?} lacks {expected:?}");
        }
    }

    #[test]
    fn reads_apts_plan_and_complaints() {
        let plan = "Reading package lists...\n'http://host/pool/d_0.0%7egit_all.deb' d_0.0~git_all.deb 30900652 SHA256:39\n";
        assert_eq!(total_of(plan), Some(30_900_652));
        assert_eq!(total_of("E: Unable to locate package"), None);
        let log = "Reading state...\nE: Unable to locate package x\nW: no matter\n";
        assert_eq!(complaints(log), "E: Unable to locate package x\n");
    }
}
