//! What the script needs beyond the page: matrices seed by seed, and which images are behind their cells.

use serde_json::{Map, Value, json};
use toile_draw::confused::SHOWN_CLASSES_MAX;
use toile_draw::mean_matrix::{MeanMatrix, matrices};
use toile_draw::palette::SHADES;
use toile_study::evidence::Evidence;
use toile_study::results::StudyResults;

use super::album::{Album, Cells};

/// One line of JSON that can stand in a page.
pub(super) fn json(results: &StudyResults, evidence: &Evidence, album: &Album) -> String {
    let classes = results.dataset.class_names.len();
    let models: Map<String, Value> = results
        .models
        .iter()
        .filter_map(|model| {
            let runs = matrices(model, classes);
            let mean = MeanMatrix::of(&runs)?;
            let mut all = Map::new();
            // Of many classes not all are shown, and not under each seed.
            if classes <= SHOWN_CLASSES_MAX {
                let row = |t| (0..classes).map(|p| round(mean.at(t, p))).collect::<Vec<f64>>();
                all.insert("mean".into(), json!((0..classes).map(row).collect::<Vec<_>>()));
                all.extend(runs.iter().map(|(seed, matrix)| (seed.to_string(), json!(matrix))));
            }
            Some((model.name.clone(), json!({ "matrices": all })))
        })
        .collect();
    // Without images behind them nobody asks for cells.
    let cells = if album.has_cells() { Cells::of_all(&evidence.outcomes) } else { Vec::new() };
    let cells: Map<String, Value> =
        cells.iter().map(|cells| (cells.model.clone(), of_model(results, cells, evidence, album))).collect();
    let data = json!({
        "classes": results.dataset.class_names,
        "shades": SHADES,
        "columns": album.columns(),
        "models": models,
        "cells": cells,
    });
    // Nothing in it may end the element it stands in.
    data.to_string().replace('<', "\\u003c")
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The run and, by `true-predicted`, how many images there are and those kept: index, place, confidence in
/// thousandths.
fn of_model(results: &StudyResults, cells: &Cells, evidence: &Evidence, album: &Album) -> Value {
    let run =
        evidence.outcomes.model(&cells.model).and_then(|m| m.runs.iter().find(|run| run.seed == cells.seed));
    let several = evidence.outcomes.model(&cells.model).is_some_and(|model| model.runs.len() > 1);
    let image = |index: &u32| {
        let sure = run.map_or(0.0, |run| f64::from(run.confidence[*index as usize]));
        Some(json!([index, album.place(*index)?, (sure * 1000.0).round() as u32]))
    };
    let of_cell = |((t, p), images): (&(u32, u32), &Vec<u32>)| {
        let kept: Vec<Value> = images.iter().take(album.limit).filter_map(image).collect();
        (format!("{t}-{p}"), json!({ "of": images.len(), "images": kept }))
    };
    json!({ "run": results.run_name(cells.seed), "several": several, "cells": cells.cells.iter().map(of_cell).collect::<Map<_, _>>() })
}
