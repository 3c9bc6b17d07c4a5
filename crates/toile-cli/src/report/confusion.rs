//! Confusion matrices: counts or shares, rows true or transposed, switched by radio buttons and CSS. A click on a
//! cell shows its test images, where a script may run.

use std::collections::BTreeSet;

use maud::{Markup, html};
use toile_draw::charts::confusion::{self, Cell, change_cell};
use toile_draw::charts::confusion_table::{Cells, ConfusionTable};
use toile_draw::confused::{SHOWN_CLASSES_MAX, left_out, shown_classes};
use toile_draw::digits::cell_images;
use toile_draw::mean_matrix::{MeanMatrix, matrices};
use toile_draw::palette::MODELS;
use toile_study::numbers::counted;
use toile_study::results::{ConfusionMatrix, ModelResults, StudyResults};

use super::album::{Album, CELL_IMAGES_MAX};
use super::confused_pairs::pairs;

/// Confused pairs listed beside a matrix.
const PAIRS_SHOWN: usize = 8;
/// Differences shown at once; the others fold away.
const DIFFERENCES_OPEN: usize = 1;

/// A model with the mean of its matrices.
struct Shown<'a> {
    index: usize,
    model: &'a ModelResults,
    seeds: Vec<u64>,
    mean: MeanMatrix,
}

pub(super) fn section(results: &StudyResults, album: &Album) -> Markup {
    let names = &results.dataset.class_names;
    let shown: Vec<Shown> = results
        .models
        .iter()
        .enumerate()
        .filter_map(|(index, model)| {
            let matrices = matrices(model, names.len());
            let mean = MeanMatrix::of(&matrices)?;
            Some(Shown { index, model, seeds: matrices.iter().map(|(seed, _)| *seed).collect(), mean })
        })
        .collect();
    let several = shown.iter().any(|shown| shown.seeds.len() > 1);
    html! {
        section #confusion {
            h2 { "Confusion matrices" }
            @if shown.is_empty() {
                p.note { "No model has been tested yet." }
            } @else {
                p.note {
                    "Rows are the true class, columns the predicted one, unless transposed. The shade of a cell is \
                     its share of the true class: blue where right, orange where wrong, by the square root so that \
                     rare mistakes show."
                    @if several { " Figures are means over the " (results.counted_by()) "s." }
                    @if let Some(which) = left_out(names.len()) {
                        " Shown are " (which) " of each model, those that are confused with each other side by side; all \
                         cells are in " code { "data/confusion_matrix.csv" } "."
                    }
                }
                (switches())
                @if album.has_cells() {
                    p #cells-help.note.scripted hidden {
                        b { "Choose a cell to see its test images. " } "By keyboard: arrow keys move, Enter shows."
                    }
                }
                div.matrices {
                    @for shown in &shown { (model(results, shown)) }
                    (differences(names, &shown))
                }
                @if album.has_cells() { (gallery(album)) }
                @else if !album.is_empty() {
                    p.note { "The test images of each cell are left out, so that the page stays small." }
                }
            }
        }
    }
}

fn model(results: &StudyResults, shown: &Shown) -> Markup {
    let names = &results.dataset.class_names;
    let Shown { index, model, seeds, mean } = shown;
    let published = model.published.as_ref().and_then(|published| published.confusion.as_ref());
    let published = published.and_then(|rows| ConfusionMatrix::from_rows(rows));
    let published = published.filter(|matrix| matrix.classes() == names.len()).map(MeanMatrix::from);
    let classes = shown_classes(mean.sum());
    html! {
        h3 { span { span class={ "swatch b" (index % MODELS) } {} (model.name) } }
        div.pair {
            (figure(results, (mean, &classes), &model.name, seeds, true))
            @match &published {
                Some(published) => { (figure(results, (published, &classes), &model.name, &[], false)) }
                None => { (pairs(names, mean, PAIRS_SHOWN)) }
            }
        }
    }
}

/// Inputs stand before the matrices, so that CSS alone can follow them.
fn switches() -> Markup {
    let radio = |name: &str, id: &str, checked: bool| {
        html! { input type="radio" name=(name) id=(id) checked[checked]; }
    };
    html! {
        (radio("values", "as-counts", true)) label.first for="as-counts" { "Counts" }
        (radio("values", "as-shares", false)) label.last for="as-shares" { "% of true class" }
        span.gap {}
        (radio("rows", "rows-true", true)) label.first for="rows-true" { "Rows true" }
        (radio("rows", "rows-predicted", false)) label.last for="rows-predicted" { "Transposed" }
    }
}

fn figure(
    results: &StudyResults,
    (matrix, classes): (&MeanMatrix, &[usize]),
    model: &str,
    seeds: &[u64],
    measured: bool,
) -> Markup {
    let names = &results.dataset.class_names;
    let mean_of = format!("mean of {}", counted(seeds.len(), results.counted_by()));
    let which = if measured { "measured" } else { "published" };
    let caption = format!("{which} confusion matrix of {model}");
    let cell = |t, p| confusion::cell(names, matrix, t, p);
    html! {
        figure.matrix {
            figcaption {
                b { (which) } ", "
                span.c { "counts (not normalised)" }
                span.s { "in % of each true class" }
                // The matrices of every seed are in the page only where they are small.
                @if seeds.len() > 1 && classes.len() < names.len() { ", " (mean_of) }
                @else if seeds.len() > 1 {
                    span.unscripted { ", " (mean_of) }
                    label.scripted hidden { ", "
                        select data-seeds=(model) aria-label={ "Runs of " (model) " that the matrix shows" } {
                            option value="mean" { (mean_of) }
                            @for seed in seeds { option value=(seed) { (results.run_name(*seed)) } }
                        }
                    }
                }
            }
            div.scroll tabindex="0" role="region" aria-label=(caption) {
                (both_ways((names, classes), measured.then_some(model), &caption, cell))
            }
        }
    }
}

/// A matrix with its rows true and transposed: the switches hide one of the two.
fn both_ways(
    (names, classes): (&[String], &[usize]),
    model: Option<&str>,
    caption: &str,
    cell: impl Fn(usize, usize) -> Cell,
) -> Markup {
    let table = |transposed: bool, caption: &str| {
        let cells = Cells::ImagesAndShares { model };
        ConfusionTable { id: None, caption, names, classes, transposed, cells }.markup(&cell)
    };
    html! {
        (table(false, &format!("{caption}, rows true")))
        (table(true, &format!("{caption}, transposed")))
    }
}

/// Every other model against the first.
fn differences(names: &[String], shown: &[Shown]) -> Markup {
    let Some((first, others)) = shown.split_first() else { return html! {} };
    html! {
        @for (place, other) in others.iter().enumerate() {
            @let caption = format!("{} less {}", other.model.name, first.model.name);
            @let classes = shown_classes(MeanMatrix::of(&[(0, first.mean.sum()), (1, other.mean.sum())]).expect("two").sum());
            @let cell = |t, p| change_cell(names, [&first.mean, &other.mean], t, p);
            details.difference open[place < DIFFERENCES_OPEN] {
                summary { h3 { "Difference: " (caption) } }
                div.pair {
                    figure.matrix {
                        figcaption {
                            b { (caption) } ", " span.c { "images" } span.s { "in % of each true class" }
                            ": blue where " (other.model.name) " does better, orange where worse"
                        }
                        div.scroll tabindex="0" role="region" aria-label={ "Difference of confusion matrices, " (caption) } {
                            (both_ways((names, &classes), None, &caption, cell))
                        }
                    }
                    (largest(names, first, other))
                }
            }
        }
    }
}

/// The cells that changed most.
fn largest(names: &[String], first: &Shown, other: &Shown) -> Markup {
    let classes = names.len();
    let mut cells: Vec<(usize, usize)> = if classes <= SHOWN_CLASSES_MAX {
        (0..classes * classes).map(|i| (i / classes, i % classes)).collect()
    } else {
        let with_images = [first, other].into_iter().flat_map(|of| of.mean.sum().cells());
        with_images.map(|(t, p, _)| (t, p)).collect::<BTreeSet<_>>().into_iter().collect()
    };
    cells.retain(|(t, p)| t != p);
    let change = |(t, p): (usize, usize)| other.mean.at(t, p) - first.mean.at(t, p);
    cells.sort_by(|a, b| change(*b).abs().total_cmp(&change(*a).abs()));
    cells.truncate(PAIRS_SHOWN + 2);
    html! {
        figure.confused {
            figcaption { b { "changed most" } }
            table.changes {
                caption.hidden { "Confusions that changed most" }
                thead { tr { th scope="col" { "Mistake" } th.n scope="col" { (first.model.name) } th.n scope="col" { (other.model.name) } th.n scope="col" { "Change" } } }
                tbody { @for (t, p) in cells {
                    @let cell = change_cell(names, [&first.mean, &other.mean], t, p);
                    tr {
                        th scope="row" { (names[t]) " called " (names[p]) }
                        td.n { (cell_images(first.mean.at(t, p))) }
                        td.n { (cell_images(other.mean.at(t, p))) }
                        td.n { (cell.images) }
                    }
                } }
            }
        }
    }
}

/// Filled by the script.
fn gallery(album: &Album) -> Markup {
    html! {
        aside #gallery hidden aria-live="polite" aria-label="Test images of a cell" {
            div.gallery-head {
                h3 #gallery-title tabindex="-1" {}
                button #gallery-close type="button" { "Close" }
            }
            p #gallery-note.note {}
            ul #gallery-images.images {}
            @if album.limit < CELL_IMAGES_MAX {
                p.note { "Of each cell at most " (album.limit) " images are kept here, so that the page stays small." }
            }
        }
    }
}
