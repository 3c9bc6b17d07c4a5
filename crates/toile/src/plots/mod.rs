//! Plots as SVG and PNG files under the names people know, and the data of every chart as CSV.
//!
//! Pure: results in, bytes out. A plot is drawn once, as a [`picture::Picture`], and written twice.

mod axis;
mod confusion;
mod csv;
mod curves;
mod data;
mod font;
mod over_seeds;
mod picture;
mod png;
mod results;
mod svg;

use confusion::{Confusion, Normaliser, as_numbers};
use curves::{curves, rows};
use over_seeds::mean_confusion;
use picture::Picture;
use results::Lines;
use toile_study::results::{ModelResults, StudyResults};
use toile_study::run::{RunView, StudyView};

/// A file to be written: its name below the folder, and its contents.
pub type File = (String, Vec<u8>);

const MATRICES: [(&str, Normaliser); 2] =
    [("confusion_matrix", Normaliser::None), ("confusion_matrix_normalized", Normaliser::TrueClass)];

/// Figures of training are not comparable with those of a test to the last digit.
const NOTE: &str = "Training: mean over the epoch as training saw it. Test: after the epoch.";

/// The plots of a finished run's folder.
pub fn run_files(view: RunView<'_>) -> Vec<File> {
    let title = view.run.to_string();
    let curves = curves(&[(view.run.seed, view.epochs)]);
    let lines = Lines { name: &view.run.model, colour: results::colour(0), curves };
    let mut files = both("results", &results::draw(&title, NOTE, &[lines]));
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
    files.extend(tables.map(|(name, table)| (format!("{}/{name}", data::FOLDER), table.write())));
    files
}

fn of_all_models(results: &StudyResults) -> Picture {
    let models = results.models.iter().enumerate();
    let lines: Vec<Lines> = models
        .map(|(place, model)| Lines {
            name: &model.name,
            colour: results::colour(place),
            curves: curves(&rows(model)),
        })
        .collect();
    let several = results.models.iter().any(|model| model.runs.len() > 1);
    let bands = if several { " Lines: means over the seeds; bands: from lowest to highest." } else { "" };
    results::draw(&results.study, &format!("{NOTE}{bands}"), &lines)
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
