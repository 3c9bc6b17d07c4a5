//! Where layers of a network stand, and which blocks they make.

use toile_study::results::{LayerPart, LayerRow};

use crate::flow_source::arrange;

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
    assert_eq!(arrange(&layers, |_| 400.0, 100.0).lines, 6, "a cell wider than the limit has its own line");
}
