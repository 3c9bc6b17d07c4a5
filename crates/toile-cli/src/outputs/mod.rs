//! The files that a run and a study are given beside their results: drawings under the names people know, as SVG and
//! PNG, and the data of every chart as CSV.
//!
//! Pure: results in, bytes out.

mod data;
mod evidence;

pub use data::{FORMER_NAMES, known_names};
pub use evidence::{ablation_csv, attribution_csv};

use toile_draw::charts::confusion::{Confusion, Normaliser};
use toile_draw::charts::curves::{run_sheet, study_sheet};
use toile_draw::mean_matrix::{MeanMatrix, matrices};
use toile_draw::picture::Picture;
use toile_draw::{png, svg};
use toile_study::conduct::StudyView;
use toile_study::names;
use toile_study::numbers::counted;
use toile_study::results::{ModelResults, StudyResults};
use toile_study::run::RunView;

/// A file to be written: its name below the folder, and its contents.
pub type File = (String, Vec<u8>);

const MATRICES: [(&str, Normaliser); 2] =
    [(names::MATRIX, Normaliser::None), (names::NORMALIZED_MATRIX, Normaliser::TrueClass)];

/// The drawings of a finished run's folder.
pub fn run_files(view: RunView<'_>) -> Vec<File> {
    let mut files = both(names::CURVES, &run_sheet(view.title, view.run.seed, view.epochs));
    let confusion = confusion(view);
    for (name, normaliser) in MATRICES {
        files.extend(both(name, &confusion.sheet(normaliser)));
    }
    files
}

/// The confusion matrix of a finished run as the file `confusion_matrix.png` of its folder.
pub fn confusion_png(view: RunView<'_>) -> Vec<u8> {
    png::file(&confusion(view).sheet(Normaliser::None))
}

fn confusion(view: RunView<'_>) -> Confusion<'_> {
    let images = view.evaluation.confusion.clone().into();
    Confusion { title: view.title.to_owned(), class_names: view.class_names, images }
}

/// The drawings and the data of a study's folder. Between epochs they are those that change, and of the drawings only
/// what is drawn in a moment.
pub fn study_files(study: StudyView<'_>) -> Vec<File> {
    let curves = study_sheet(study.results);
    let mut files = if study.between_epochs {
        vec![("results.svg".into(), svg::file(&curves).into_bytes())]
    } else {
        let mut drawings = both(names::CURVES, &curves);
        for model in &study.results.models {
            drawings.extend(confusions(study.results, model));
        }
        drawings
    };
    let tables = data::tables(study).into_iter();
    files.extend(tables.map(|(name, table)| (name.to_owned(), table.write())));
    files
}

/// Of a model that was tested: means over its seeds.
fn confusions(results: &StudyResults, model: &ModelResults) -> Vec<File> {
    let class_names = &results.dataset.class_names;
    let runs = matrices(model, class_names.len());
    let Some(images) = MeanMatrix::of(&runs) else { return Vec::new() };
    let title = match runs.len() {
        1 => model.name.clone(),
        several => format!("{}, mean over {}", model.name, counted(several, results.counted_by())),
    };
    let confusion = Confusion { title, class_names, images };
    let named = names::matrices_of(&model.name).into_iter().zip(MATRICES);
    named.flat_map(|(name, (_, normaliser))| both(&name, &confusion.sheet(normaliser))).collect()
}

/// A picture under both of its names.
fn both(name: &str, picture: &Picture) -> Vec<File> {
    vec![
        (format!("{name}.svg"), svg::file(picture).into_bytes()),
        (format!("{name}.png"), png::file(picture)),
    ]
}
