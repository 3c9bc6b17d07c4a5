//! What remains of ablated models, as people read it.

use toile_study::evidence::ablation::Ablation;
use toile_study::evidence::words::seed_list;
use toile_study::numbers::{counted, percent, percent_digits};

use super::TableOptions;
use super::document::{Document, Section};
use super::grid::Grid;

/// For a terminal, a line break at the end.
pub fn terminal(of: &Ablation, sentence: &str, warnings: &[String], options: TableOptions) -> String {
    document(of, sentence, warnings).terminal(options)
}

/// To be pasted into a page.
pub fn markdown(of: &Ablation, sentence: &str, warnings: &[String]) -> String {
    document(of, sentence, warnings).markdown()
}

fn document(of: &Ablation, sentence: &str, warnings: &[String]) -> Document {
    let mut grid = Grid::default();
    grid.head.push("ablated".into());
    for model in &of.models {
        grid.head.extend([model.name.clone(), "lowest to highest".into()]);
    }
    let rows = of.models.first().map_or(0, |model| model.points.len());
    for row in 0..rows {
        let mut cells = vec![percent(of.models[0].points[row].share)];
        for point in of.models.iter().filter_map(|model| model.points.get(row)) {
            let [low, high] = point.range.map(percent_digits);
            cells.extend([percent(point.mean), format!("{low} to {high}")]);
        }
        grid.rows.push(cells);
    }
    let seeds = of.models.iter().map(|model| format!("{} with {}", model.name, seed_list(&model.seeds)));
    let seeds = seeds.collect::<Vec<_>>().join("; ");
    let draws = counted(of.draws as usize, "draw");
    let basis = format!("Units of {}, {draws} a share; {seeds}.", of.layers.join(" and "));
    let first = Section { heading: "Test accuracy that remains".into(), grid, sentences: vec![basis] };
    let answer =
        Section { heading: "Answer".into(), sentences: vec![sentence.to_owned()], ..Section::default() };
    Document { sections: vec![first, answer], warnings: warnings.to_vec() }
}
