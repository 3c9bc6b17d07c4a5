//! Data sets, where they are and whether they are the published ones, for programs.

use serde_json::{Value, json};
use toile_data::catalog::CATALOG;
use toile_data::{FileReport, FileState, FolderReport, LoadOptions, Loaded, Place, decoded};

/// The catalogue with the places of each data set, and the decoded pictures of one's own.
pub(super) fn list(options: &LoadOptions) -> anyhow::Result<Value> {
    let mut data_sets = Vec::new();
    for entry in CATALOG {
        let place = |place: &Place| {
            json!({
                "origin": place.origin.to_string(),
                "files": place.files,
                "of": place.of,
                "complete": place.is_complete(),
            })
        };
        data_sets.push(json!({
            "name": entry.name,
            "title": entry.title,
            "train_images": entry.train_images,
            "test_images": entry.test_images,
            "image_shape": entry.image_shape,
            "classes": entry.class_names.len(),
            "can_be_verified": toile_data::is_verifiable(entry.name)?,
            "places": toile_data::find_places(entry.name, options)?.iter().map(place).collect::<Vec<_>>(),
        }));
    }
    let decoded = decoded::files(options)?;
    let decoded = decoded
        .iter()
        .map(|file| json!({ "file": file.path, "bytes": file.bytes, "of": file.place }))
        .collect::<Vec<_>>();
    Ok(json!({ "data_sets": data_sets, "decoded": decoded }))
}

/// A data set that was found or fetched.
pub(super) fn loaded(name: &str, loaded: &Loaded) -> Value {
    json!({
        "name": name,
        "train_images": loaded.train.len(),
        "test_images": loaded.test.len(),
        "verified": loaded.is_verified,
        "origin": loaded.origin.to_string(),
    })
}

/// Each file that was looked at.
pub(super) fn verified(found: &[(String, Vec<FolderReport>)]) -> Value {
    let place = |report: &FolderReport| {
        json!({
            "origin": report.origin.to_string(),
            "files": report.files.iter().map(file).collect::<Vec<_>>(),
        })
    };
    let data_set = |(name, reports): &(String, Vec<FolderReport>)| json!({ "name": name, "places": reports.iter().map(place).collect::<Vec<_>>() });
    found.iter().map(data_set).collect()
}

fn file(report: &FileReport) -> Value {
    let (state, sha256, problem) = match &report.state {
        FileState::Verified { sha256 } => ("ok", Some(sha256), None),
        FileState::Unverified { sha256 } => ("unknown", Some(sha256), None),
        FileState::Missing => ("missing", None, None),
        FileState::Bad(error) => ("bad", None, Some(error.to_string())),
    };
    json!({ "file": report.path, "state": state, "sha256": sha256, "problem": problem })
}
