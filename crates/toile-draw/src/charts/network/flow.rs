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

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(rows: &[(&str, usize, LayerPart)]) -> Vec<LayerRow> {
        let row = |(kind, depth, part): &(&str, usize, LayerPart)| LayerRow {
            kind: kind.to_string(),
            depth: *depth,
            part: *part,
            name: String::new(),
            description: String::new(),
            settings: Vec::new(),
            output_shape: vec![8],
            parameters: 0,
            multiply_adds: 0,
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn neighbouring_and_nested_blocks_are_told_apart() {
        let sum = |start, projection| LayerPart::Sum { start, projection };
        let layers = layers(&[
            ("Conv2d", 1, LayerPart::Layer),
            ("Add", 1, sum(0, None)),
            ("Conv2d", 1, LayerPart::Layer),
            ("Conv2d", 2, LayerPart::Layer),
            ("Add", 2, sum(3, None)),
            ("Conv2d", 0, LayerPart::Projection),
            ("Add", 1, sum(2, Some(5))),
            ("Linear", 0, LayerPart::Layer),
        ]);
        let flow = arrange(&layers, |_| 10.0, 1000.0);
        let spans: Vec<_> = flow.blocks.iter().map(|b| (b.first, b.add, b.level, b.projection)).collect();
        assert_eq!(spans, [(1, 2, 0, None), (4, 5, 1, None), (3, 6, 0, Some(5))]);
        assert_eq!(flow.cells.len(), layers.len(), "input added, projection taken out of the line");
    }

    #[test]
    fn lines_break_before_the_limit() {
        let layers = layers(&[("ReLU", 0, LayerPart::Layer); 5]);
        let flow = arrange(&layers, |_| 40.0, 100.0);
        assert_eq!(flow.cells.iter().map(|cell| cell.line).collect::<Vec<_>>(), [0, 0, 1, 1, 2, 2]);
        assert_eq!(
            arrange(&layers, |_| 400.0, 100.0).lines,
            6,
            "a cell wider than the limit has its own line"
        );
    }
}
