//! Where data is, and how a study file says so.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};
use toile_data::catalog;
use toile_data::listing::FileKind;
use toile_data::source::{Columns, DataSource, Location};

/// The source that these words of a command line mean: a name of the catalogue, one or more folders, or a file.
pub(in crate::commands) fn source(data: &[PathBuf]) -> anyhow::Result<DataSource> {
    let [only] = data else {
        return Ok(DataSource::at(Location::Folders(data.to_vec()), last_part(&data[0])));
    };
    if !only.exists()
        && let Some(entry) = only.to_str().and_then(catalog::find)
    {
        return Ok(DataSource::named(entry.name));
    }
    let name = last_part(only);
    let location = if only.is_dir() { in_folder(only)? } else { of_file(only)? };
    Ok(DataSource::at(location, name))
}

/// What a folder holds: arrays if there are nothing but these, pictures otherwise.
fn in_folder(folder: &Path) -> anyhow::Result<Location> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    let of_kind = |kind| names.iter().filter(|name| FileKind::of(name) == kind).collect::<Vec<_>>();
    if !of_kind(FileKind::Cifar).is_empty() {
        return Ok(Location::Cifar(folder.to_owned()));
    }
    if let [archive] = of_kind(FileKind::Npz)[..]
        && names.iter().all(|name| !folder.join(name).is_dir())
    {
        return Ok(Location::Npz(folder.join(archive)));
    }
    let idx = of_kind(FileKind::Idx);
    let find = |begins: &str| idx.iter().find(|name| name.starts_with(begins)).map(|name| folder.join(name));
    if let (Some(images), Some(labels)) = (find("train-images"), find("train-labels")) {
        let test =
            find("t10k-images").or(find("test-images")).zip(find("t10k-labels").or(find("test-labels")));
        return Ok(Location::Arrays { images, labels, test });
    }
    Ok(Location::Folders(vec![folder.to_owned()]))
}

fn of_file(path: &Path) -> anyhow::Result<Location> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(match FileKind::of(&name) {
        FileKind::Table => {
            Location::Table { table: path.to_owned(), images: None, columns: Columns::default() }
        }
        FileKind::Npz => Location::Npz(path.to_owned()),
        FileKind::Study if path.is_file() => {
            bail!("{} is a study file already\n  Train it: toile run {}", path.display(), path.display())
        }
        FileKind::Npy | FileKind::Idx if path.is_file() => bail!(
            "{}: which file holds the labels of these images, or the images of these labels, a name does not say\n  \
             Write it into a study file: dataset = {{ arrays = [\"images.npy\", \"labels.npy\"] }}",
            path.display()
        ),
        // Whoever lists it says what is wrong.
        _ => Location::Folders(vec![path.to_owned()]),
    })
}

/// What data is called: the last part of its path without its extension. A link has its own name, not that of what it
/// leads to; `.` and `..` have that of the folder they are.
fn last_part(path: &Path) -> String {
    let named = match path.file_name() {
        Some(_) => path.to_owned(),
        None => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
    };
    let part = if named.is_dir() { named.file_name() } else { named.file_stem() };
    part.and_then(|part| part.to_str()).unwrap_or("pictures").to_owned()
}

/// The location as seen from a folder: paths below it, or beside it by way of `..`, are relative; those that were given
/// as absolute and lie elsewhere stay so.
pub(super) fn seen_from(folder: &Path, location: Location) -> anyhow::Result<Location> {
    let see = |path: PathBuf| relative(folder, &path);
    Ok(match location {
        Location::Catalog => Location::Catalog,
        Location::Folders(roots) => Location::Folders(roots.into_iter().map(see).collect::<Result<_, _>>()?),
        Location::Table { table, images, columns } => {
            Location::Table { table: see(table)?, images: images.map(see).transpose()?, columns }
        }
        Location::DescribedArray { images, table, columns } => {
            Location::DescribedArray { images: see(images)?, table: see(table)?, columns }
        }
        Location::Npz(path) => Location::Npz(see(path)?),
        Location::Cifar(path) => Location::Cifar(see(path)?),
        Location::Arrays { images, labels, test } => {
            let test = test.map(|(images, labels)| Ok::<_, anyhow::Error>((see(images)?, see(labels)?)));
            Location::Arrays { images: see(images)?, labels: see(labels)?, test: test.transpose()? }
        }
    })
}

fn relative(folder: &Path, path: &Path) -> anyhow::Result<PathBuf> {
    let absolute =
        |path: &Path| std::path::absolute(Path::new(".").join(path)).map(|path| without_dots(&path));
    let (from, to) = (absolute(folder)?, absolute(path)?);
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    if path.is_absolute() && shared < from.components().count() {
        return Ok(to);
    }
    let ups = from.components().skip(shared).map(|_| Component::ParentDir);
    let found: PathBuf = ups.chain(to.components().skip(shared)).collect();
    Ok(if found.as_os_str().is_empty() { PathBuf::from(".") } else { found })
}

/// A path without `..` as far as names go: a link is taken for the folder that it names.
fn without_dots(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_folder_of_the_study() {
        for (folder, path, expected) in [
            ("", "photos", "photos"),
            ("", "photos/", "photos"),
            ("", "./a/../photos", "photos"),
            ("", "../photos", "../photos"),
            ("", ".", "."),
            ("studies", "photos", "../photos"),
            ("a/b", "a/photos", "../photos"),
            ("/x/y", "/x/y/photos", "photos"),
            ("/x/y", "/x/photos", "/x/photos"),
        ] {
            assert_eq!(
                relative(Path::new(folder), Path::new(path)).unwrap(),
                Path::new(expected),
                "{folder} {path}"
            );
        }
    }
}
