//! A matrix of classes as a table of a page, beside the drawing of `confusion` that files hold.

use maud::{Markup, html};

use super::confusion::Cell;

/// A matrix of classes as a table: rows true or, for a switch, transposed.
#[derive(Clone, Copy, Debug)]
pub struct ConfusionTable<'a> {
    /// The table's `id`, where a script looks for one.
    pub id: Option<&'a str>,
    /// Said to those who cannot see it.
    pub caption: &'a str,
    /// Names of all classes.
    pub names: &'a [String],
    /// The classes that have a row and a column, in this order.
    pub classes: &'a [usize],
    /// Predicted classes down, true ones across.
    pub transposed: bool,
    /// What is in the cells.
    pub cells: Cells<'a>,
}

/// What is in the cells of a table beside their colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cells<'a> {
    /// Images alone, to look up; cells and heads say which predicted class they are of (`data-predicted`).
    Images,
    /// Images (`.c`) and their share of the true class (`.s`), one of which the page's rules hide.
    ImagesAndShares {
        /// The model whose images a click on a cell shows (`data-model`, with `data-true` and `data-predicted`).
        model: Option<&'a str>,
    },
}

impl ConfusionTable<'_> {
    /// The table; `cell` gives the cell of a true and a predicted class.
    pub fn markup(&self, cell: impl Fn(usize, usize) -> Cell) -> Markup {
        let (down, across) = match self.transposed {
            true => ("Predicted label", "True label"),
            false => ("True label", "Predicted label"),
        };
        let ConfusionTable { id, caption, names, classes, .. } = *self;
        html! {
            table id=[id] class=(self.class()) data-model=[self.model()] {
                caption.hidden { (caption) }
                thead {
                    tr { td {} td {} th.across colspan=(classes.len()) scope="colgroup" { (across) } }
                    tr { td {} td {} @for &class in classes {
                        th.name scope="col" data-predicted=[self.head(class)] { span { (names[class]) } }
                    } }
                }
                tbody {
                    @for (place, &row) in classes.iter().enumerate() {
                        tr {
                            @if place == 0 { th.down rowspan=(classes.len()) scope="rowgroup" { span { (down) } } }
                            th scope="row" { (names[row]) }
                            @for &column in classes {
                                @let (truth, called) = if self.transposed { (column, row) } else { (row, column) };
                                (self.one((truth, called), &cell(truth, called)))
                            }
                        }
                    }
                }
            }
        }
    }

    fn one(&self, (truth, called): (usize, usize), cell: &Cell) -> Markup {
        match self.cells {
            Cells::Images => html! {
                td class=(cell.class()) title=(cell.says) data-predicted=(called) { (cell.images) }
            },
            Cells::ImagesAndShares { model } => html! {
                td class=(cell.class()) title=(cell.says) data-true=[model.map(|_| truth)] data-predicted=[model.map(|_| called)] data-model=[model] {
                    span.c { (cell.images) } span.s { (cell.share) }
                }
            },
        }
    }

    fn model(&self) -> Option<&str> {
        match self.cells {
            Cells::Images => None,
            Cells::ImagesAndShares { model } => model,
        }
    }

    /// The class that the head of a column stands for, where scripts ask.
    fn head(&self, class: usize) -> Option<usize> {
        (self.cells == Cells::Images).then_some(class)
    }

    fn class(&self) -> String {
        let rows = match self.cells {
            Cells::Images => "",
            Cells::ImagesAndShares { .. } if self.transposed => " flipped",
            Cells::ImagesAndShares { .. } => " plain",
        };
        let opens = if self.model().is_some() { " open" } else { "" };
        format!("cm{rows}{opens}")
    }
}
