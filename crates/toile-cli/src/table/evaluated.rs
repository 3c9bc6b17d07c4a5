//! A network measured on some data, as people read it: figures, classes, the confusion matrix.

use serde::Serialize;
use toile_store::RunId;
use toile_study::evidence::words::{seed_list, value, value_interval};
use toile_study::evidence::{Interval, Metric};
use toile_study::measured::{ClassCount, ClassFigures, Measured};
use toile_study::numbers::{count, counted, joined, percent};

use super::TableOptions;
use super::comparison::NOTHING;
use super::document::{Document, Section};
use super::grid::Grid;

/// What was measured of whom and on what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluated {
    /// The run's name, as it was given.
    pub run: String,
    /// The networks, whose probabilities are averaged where there are several.
    pub networks: Vec<RunId>,
    /// What the data are called.
    pub data: String,
    /// Classes of the data that the networks do not know: their images were left out.
    pub unknown_classes: Vec<ClassCount>,
    /// Classes of the networks without an image in the data.
    pub missing_classes: Vec<String>,
    /// The figures.
    #[serde(flatten)]
    pub measured: Measured,
}

/// With more classes than this, their matrix is for a file.
const MATRIX_CLASSES_MAX: usize = 20;

/// For a terminal, a line break at the end.
pub fn terminal(of: &Evaluated, options: TableOptions) -> String {
    document(of).terminal(options)
}

/// To be pasted into a page.
pub fn markdown(of: &Evaluated) -> String {
    document(of).markdown()
}

fn document(of: &Evaluated) -> Document {
    Document { sections: vec![figures(of), classes(of), matrix(of)], warnings: warnings(of) }
}

/// What is to be kept in mind of the classes, a sentence each.
pub fn warnings(of: &Evaluated) -> Vec<String> {
    let mut warnings = Vec::new();
    if !of.unknown_classes.is_empty() {
        let names: Vec<String> = of
            .unknown_classes
            .iter()
            .map(|class| format!("{} ({})", class.class, counted(class.images, "image")))
            .collect();
        warnings
            .push(format!("The network does not know {}; no figure counts their images.", joined(&names)));
    }
    if !of.missing_classes.is_empty() {
        warnings.push(format!(
            "The data have no image of {}; macro averages are over the other classes.",
            joined(&of.missing_classes)
        ));
    }
    warnings
}

fn figures(of: &Evaluated) -> Section {
    let Measured { intervals, .. } = &of.measured;
    let mut grid = Grid::new(["metric", "value", "95 % interval"]);
    let mut row = |name: &str, metric, figure, interval: Option<Interval>| {
        let interval = interval.map_or(NOTHING.into(), |i| value_interval(metric, i.low, i.high));
        grid.row([name.into(), value(metric, figure), interval]);
    };
    let m = &of.measured;
    row("accuracy_top1", Metric::AccuracyTop1, m.accuracy_top1, intervals.accuracy_top1);
    if let Some(share) = m.accuracy_top5 {
        row("accuracy_top5", Metric::AccuracyTop1, share, None);
    }
    row("precision_macro", Metric::F1Macro, m.precision_macro, None);
    row("recall_macro", Metric::F1Macro, m.recall_macro, None);
    row("f1_macro", Metric::F1Macro, m.f1_macro, intervals.f1_macro);
    row("nll", Metric::Nll, m.nll, intervals.nll);
    row("ece", Metric::Ece, m.ece, intervals.ece);
    let networks = match &of.networks[..] {
        [one] => one.to_string(),
        several => {
            let seeds: Vec<u64> = several.iter().map(|run| run.seed).collect();
            format!("the mean of the probabilities of {} networks, {}", several.len(), seed_list(&seeds))
        }
    };
    let sentence = format!(
        "{} of {}, by {networks}. The intervals are for {} and other images of the kind.",
        counted(m.images, "image"),
        of.data,
        if of.networks.len() == 1 { "this network" } else { "these networks" }
    );
    Section { heading: of.run.clone(), grid, sentences: vec![sentence] }
}

fn classes(of: &Evaluated) -> Section {
    let mut grid = Grid::new(["class", "images", "precision", "recall", "95 % interval", "f1"]);
    let share = |value: Option<f64>| value.map_or(NOTHING.into(), percent);
    for ClassFigures { class, support, precision, recall, recall_interval, f1, .. } in &of.measured.classes {
        let interval =
            recall_interval.map_or(NOTHING.into(), |i| value_interval(Metric::AccuracyTop1, i.low, i.high));
        grid.row([class.clone(), count(*support), share(*precision), share(*recall), interval, share(*f1)]);
    }
    Section { heading: "Classes".into(), grid, sentences: Vec::new() }
}

fn matrix(of: &Evaluated) -> Section {
    let Measured { classes, confusion, .. } = &of.measured;
    let heading = "Confusion matrix: rows true, columns predicted".to_owned();
    if classes.len() > MATRIX_CLASSES_MAX {
        let sentence = "--out DIR writes it as a table and as a drawing, --json prints it.".to_owned();
        return Section { heading, grid: Grid::default(), sentences: vec![sentence] };
    }
    let head = (1..=classes.len()).map(|number| number.to_string());
    let head = std::iter::once("true class".to_owned()).chain(head).collect();
    let row = |(at, class): (usize, &ClassFigures)| {
        let cells = (0..classes.len()).map(|called| count(confusion.at(at, called)));
        std::iter::once(format!("{} {}", at + 1, class.class)).chain(cells).collect()
    };
    let rows = classes.iter().enumerate().map(row).collect();
    Section { heading, grid: Grid { head, rows }, sentences: Vec::new() }
}

#[cfg(test)]
mod tests {
    use toile_data::Dataset;
    use toile_pixels::Normalizer;
    use toile_study::images::Images;
    use toile_study::measured::measured;

    use super::*;

    #[test]
    fn what_does_not_match_stands_below_the_figures() {
        let names = ["cat", "dog", "emu|x"].map(str::to_owned).to_vec();
        let dataset = Dataset::new([1, 1, 1], vec![0; 3], vec![0, 1, 1], names);
        let normalizer = Normalizer::new(&[0.0], &[1.0]).unwrap();
        let images = Images { dataset: &dataset, indices: &[0, 1, 2], normalizer: &normalizer };
        let rows =
            [[0.5f32, 0.25, 0.25], [0.125, 0.75, 0.125], [0.75, 0.125, 0.125]].map(|row| row.map(f32::ln));
        let run = |seed| RunId { model: "cnn".into(), seed };
        let of = Evaluated {
            run: "photos/cnn@all".into(),
            networks: vec![run(0), run(2)],
            data: "holidays".into(),
            unknown_classes: vec![ClassCount { class: "yak".into(), images: 3 }],
            missing_classes: vec!["emu|x".into()],
            measured: measured(images, rows.as_flattened()).unwrap(),
        };
        let text = terminal(&of, TableOptions { width_columns: 200, colour: false });
        for expected in [
            "  accuracy_top1    66.67 %  20.77 to 93.85 %\n",
            "3 images of holidays, by the mean of the probabilities of 2 networks, seeds 0 and 2.",
            "  emu|x       0          –         –                  –        –\n",
            "  2 dog       1  1  0\n",
            "warning: The network does not know yak (3 images); no figure counts their images.\n",
            "warning: The data have no image of emu|x; macro averages are over the other classes.\n",
        ] {
            assert!(text.contains(expected), "{expected:?} is not in\n{text}");
        }
        assert!(markdown(&of).contains("| 3 emu\\|x | 0 | 0 | 0 |\n"), "{}", markdown(&of));
        let json = serde_json::to_value(&of).unwrap();
        assert_eq!((&json["networks"][1]["seed"], &json["images"]), (&2.into(), &3.into()));
    }
}
