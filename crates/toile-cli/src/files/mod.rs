//! Plots as SVG and PNG files under the names people know, and the data of every chart as CSV.
//!
//! Pure: results in, bytes out. A plot is drawn once, as a [`picture::Picture`], and written twice.

mod axis;
mod confusion;
pub(crate) mod csv;
mod curves;
mod data;
mod font;
mod over_seeds;
mod picture;
mod png;
mod results;
mod svg;

pub use data::known_names;

use confusion::{Confusion, Normaliser, as_numbers};
use curves::{Rows, curves, rows};
use over_seeds::mean_confusion;
use picture::Picture;
use results::Lines;
use toile_study::conduct::StudyView;
use toile_study::results::{ModelResults, StudyResults};
use toile_study::run::RunView;

/// A file to be written: its name below the folder, and its contents.
pub type File = (String, Vec<u8>);

const MATRICES: [(&str, Normaliser); 2] =
    [("confusion_matrix", Normaliser::None), ("confusion_matrix_normalized", Normaliser::TrueClass)];

/// Figures of training are not comparable with those of a test to the last digit.
const NOTE: &str = "Training: mean over the epoch as training saw it. Test: after the epoch.";

/// The plots of a finished run's folder.
pub fn run_files(view: RunView<'_>) -> Vec<File> {
    let title = view.run.to_string();
    let curves = curves(&[Rows { seed: view.run.seed, epochs: view.epochs, averaged: true }]);
    let lines = Lines { name: &view.run.model, place: 0, curves };
    let mut files = both("results", &results::draw(&title, &[NOTE.to_owned()], &[lines]));
    let images = as_numbers(&view.evaluation.confusion);
    let confusion = Confusion { title, class_names: view.class_names, images };
    for (name, normaliser) in MATRICES {
        files.extend(both(name, &confusion.draw(normaliser)));
    }
    files
}

/// The plots and the data of a study's folder. Between epochs they are those that change, and of the plots only
/// what is drawn in a moment.
pub fn study_files(study: StudyView<'_>) -> Vec<File> {
    let curves = of_all_models(study.results);
    let mut files = if study.between_epochs {
        vec![("results.svg".into(), svg::write(&curves))]
    } else {
        let mut plots = both("results", &curves);
        for model in &study.results.models {
            plots.extend(matrices(study.results, model));
        }
        plots
    };
    let tables = data::tables(study).into_iter();
    files.extend(tables.map(|(name, table)| (name.to_owned(), table.write())));
    files
}

fn of_all_models(results: &StudyResults) -> Picture {
    let models = results.models.iter().enumerate();
    let lines: Vec<Lines> = models
        .map(|(place, model)| Lines { name: &model.name, place, curves: curves(&rows(model)) })
        .collect();
    let several = results.models.iter().any(|model| model.runs.len() > 1);
    let bands = if several { " Lines: means over the seeds; bands: from lowest to highest." } else { "" };
    let mut notes = vec![format!("{NOTE}{bands}")];
    if lines.iter().flat_map(|lines| &lines.curves).any(|curve| !curve.others.is_empty()) {
        notes.push("Thin lines: single runs that are no part of a mean, under way or diverged.".into());
    }
    results::draw(&results.study, &notes, &lines)
}

/// Of a model that was tested: means over its seeds.
fn matrices(results: &StudyResults, model: &ModelResults) -> Vec<File> {
    let class_names = &results.dataset.class_names;
    let Some((seeds, images)) = mean_confusion(model, class_names.len()) else { return Vec::new() };
    let title = match seeds {
        1 => model.name.clone(),
        _ => format!("{}, mean over {seeds} seeds", model.name),
    };
    let confusion = Confusion { title, class_names, images };
    let named = MATRICES.iter().map(|(name, normaliser)| (format!("{name}_{}", model.name), *normaliser));
    named.flat_map(|(name, normaliser)| both(&name, &confusion.draw(normaliser))).collect()
}

/// A picture under both of its names.
fn both(name: &str, picture: &Picture) -> Vec<File> {
    vec![(format!("{name}.svg"), svg::write(picture)), (format!("{name}.png"), png::write(picture))]
}
