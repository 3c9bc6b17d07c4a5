//! `published.csv`: published figures beside the measured ones.

use toile_study::results::{ModelResults, Published, RunResults, StudyResults};

use toile_statistics::OverSeeds;
use toile_store::table::{Table, fields};

pub(super) fn table(results: &StudyResults) -> Table {
    let columns = ["model", "figure", "published", "seeds", "mean", "min", "max", "source"];
    let mut table = Table::new(columns);
    for model in &results.models {
        let Some(published) = &model.published else { continue };
        for (figure, value, measured) in figures(model, published, &results.dataset.class_names) {
            let over = OverSeeds::of_finite(measured);
            table.row(fields![
                &model.name,
                figure,
                value,
                over.map_or(0, |over| over.seeds),
                over.map(|over| over.mean_in_range()),
                over.map(|over| over.low),
                over.map(|over| over.high),
                &published.source,
            ]);
        }
    }
    table
}

/// As (name, published value, what each finished run measured).
fn figures(
    model: &ModelResults,
    published: &Published,
    class_names: &[String],
) -> Vec<(String, f64, Vec<f64>)> {
    let mut figures = Vec::new();
    let mut put = |name: &str, value: Option<f64>, measured: fn(&RunResults) -> Option<f64>| {
        let finished = model.runs.iter().filter(|run| run.evaluation.is_some());
        let measured = finished.filter_map(measured).collect();
        figures.extend(value.map(|value| (name.to_owned(), value, measured)));
    };
    put("accuracy", published.accuracy, |run| run.evaluation.as_ref()?.test_accuracy);
    put("training_loss", published.training_loss, |run| Some(run.epochs.last()?.train_loss));
    put("evaluation_loss", published.evaluation_loss, |run| run.evaluation.as_ref()?.test_loss);
    for (class, correct) in &published.correct_of_class {
        let place = class_names.iter().position(|name| name == class);
        let measured = model.runs.iter().filter_map(|run| {
            let place = place?;
            let confusion = &run.evaluation.as_ref()?.confusion;
            (place < confusion.classes()).then(|| confusion.at(place, place) as f64)
        });
        figures.push((format!("correct {class}"), *correct as f64, measured.collect()));
    }
    figures
}
