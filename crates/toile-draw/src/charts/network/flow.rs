//! Where each layer goes: a line of cells, broken like text, with residual blocks as spans.

use toile_study::results::{LayerPart, LayerRow};

/// Where lines after the first start: left of it runs the wire from the line above.
const INDENT: f64 = 16.0;

/// What a cell shows.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Content {
    /// The image that goes in.
    Input,
    /// A layer, by its index.
    Layer(usize),
}

/// A place in the drawing.
pub(super) struct Cell {
    pub(super) content: Content,
    pub(super) line: usize,
    /// Left edge.
    pub(super) x: f64,
    pub(super) width: f64,
}

/// A residual block: cells `first..=add`, the last being the addition.
pub(super) struct Block {
    pub(super) first: usize,
    pub(super) add: usize,
    /// 0 for an outer block, 1 for one in it.
    pub(super) level: usize,
    /// Layer on the way past the block, if it is not the identity.
    pub(super) projection: Option<usize>,
}

/// The whole arrangement.
pub(super) struct Flow {
    pub(super) cells: Vec<Cell>,
    pub(super) blocks: Vec<Block>,
    pub(super) lines: usize,
}

/// Breaks layers of these widths into lines of at most `limit`.
pub(super) fn arrange(layers: &[LayerRow], width_of: impl Fn(Content) -> f64, limit: f64) -> Flow {
    let mut flow = Flow { cells: Vec::new(), blocks: Vec::new(), lines: 1 };
    let mut x = 0.0;
    let mut place = |content: Content, flow: &mut Flow| {
        let width = width_of(content);
        if x > INDENT && x + width > limit {
            flow.lines += 1;
            x = INDENT;
        }
        flow.cells.push(Cell { content, line: flow.lines - 1, x, width });
        x += width;
    };
    place(Content::Input, &mut flow);
    // The cell of each layer; of a projection, that of what comes after it.
    let mut cell_of = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        cell_of.push(flow.cells.len());
        if layer.part == LayerPart::Projection {
            continue;
        }
        place(Content::Layer(index), &mut flow);
        if let LayerPart::Sum { start, projection } = layer.part {
            let first = cell_of.get(start).copied().unwrap_or(index);
            let level = layer.depth.saturating_sub(1);
            flow.blocks.push(Block { first, add: flow.cells.len() - 1, level, projection });
        }
    }
    flow
}
