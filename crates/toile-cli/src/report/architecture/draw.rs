//! The drawing of a network.

use maud::{Markup, html};
use toile_study::numbers::count;
use toile_study::results::LayerRow;

use super::super::chart::n;
use super::flow::{Block, Cell, Content, Flow, arrange};
use super::glyph::{Scale, glyph, half_width};
use super::shape_text;

/// Above the glyphs of a line, for each level of residual blocks.
const LEVEL: f64 = 16.0;
/// Height of a glyph's zone.
const ZONE: f64 = 78.0;
/// Height of a line of text.
const TEXT: f64 = 15.0;
/// Below the texts of a line of cells.
const GAP: f64 = 26.0;

/// Right of the cells, for the wire to the next line.
const MARGIN: f64 = 14.0;

struct Plan<'a> {
    layers: &'a [LayerRow],
    input: [usize; 3],
    scale: Scale,
    flow: Flow,
    width: f64,
    line_height: f64,
    top: f64,
}

/// A network as SVG of this width.
pub(super) fn drawing(
    layers: &[LayerRow],
    input: [usize; 3],
    width: f64,
    class: &str,
    label: &str,
) -> Markup {
    let scale = Scale::of(layers, input);
    let texts = |content: Content| captions(layers, input, content);
    let width_of = |content: Content| {
        let texts = texts(content);
        let longest =
            texts.iter().enumerate().map(|(i, t)| t.chars().count() as f64 * if i == 0 { 6.9 } else { 6.1 });
        longest.fold(56.0, f64::max) + 14.0
    };
    let flow = arrange(layers, width_of, width - MARGIN);
    let levels = flow.blocks.iter().map(|block| block.level + 1).max().unwrap_or(0) as f64;
    let contents = flow.cells.iter().map(|cell| texts(cell.content).len()).max().unwrap_or(1);
    let top = if levels > 0.0 { levels * LEVEL + 8.0 } else { 0.0 };
    let line_height = top + ZONE + contents as f64 * TEXT + GAP;
    let plan = Plan { layers, input, scale, width, line_height, top, flow };
    let height = plan.flow.lines as f64 * line_height - GAP + 8.0;
    html! {
        svg class={ "network " (class) } viewBox={ "0 0 " (n(width)) " " (n(height)) } role="img" aria-label=(label) {
            @for block in &plan.flow.blocks { (plan.block(block)) }
            @for pair in plan.flow.cells.windows(2) { (plan.wire(&pair[0], &pair[1])) }
            @for cell in &plan.flow.cells { (plan.cell(cell)) }
        }
    }
}

impl Plan<'_> {
    /// Height of the wire in a line of cells.
    fn wire_y(&self, line: usize) -> f64 {
        line as f64 * self.line_height + self.top + ZONE / 2.0
    }

    fn half(&self, cell: &Cell) -> f64 {
        half_width(
            &self.scale,
            self.layer(cell.content),
            self.shape(cell.content),
            self.shape_before(cell.content),
        )
    }

    fn layer(&self, content: Content) -> Option<&LayerRow> {
        match content {
            Content::Input => None,
            Content::Layer(index) => Some(&self.layers[index]),
        }
    }

    fn shape(&self, content: Content) -> &[usize] {
        self.layer(content).map_or(&self.input, |layer| &layer.output_shape)
    }

    fn shape_before(&self, content: Content) -> &[usize] {
        match content {
            Content::Layer(index) if index > 0 => &self.layers[index - 1].output_shape,
            _ => &self.input,
        }
    }

    fn cell(&self, cell: &Cell) -> Markup {
        let (x, y) = (cell.x + cell.width / 2.0, self.wire_y(cell.line));
        let layer = self.layer(cell.content);
        let texts = captions(self.layers, self.input, cell.content);
        html! {
            g {
                title { (layer.map_or("input", |layer| &layer.description)) }
                (glyph(&self.scale, layer, self.shape(cell.content), self.shape_before(cell.content), x, y))
                @for (index, text) in texts.iter().enumerate() {
                    text class=(if index == 0 { "kind" } else { "fact" }) x=(n(x)) y=(n(y + ZONE / 2.0 + TEXT * (index as f64 + 0.6))) text-anchor="middle" {
                        (text)
                    }
                }
            }
        }
    }

    /// From one glyph to the next; at the end of a line, back to the start of the next.
    fn wire(&self, from: &Cell, to: &Cell) -> Markup {
        let (x1, y1) = (from.x + from.width / 2.0 + self.half(from) + 3.0, self.wire_y(from.line));
        let (x2, y2) = (to.x + to.width / 2.0 - self.half(to) - 5.0, self.wire_y(to.line));
        let path = if from.line == to.line {
            format!("M{} {}H{}", n(x1), n(y1), n(x2))
        } else {
            let right = (from.x + from.width + MARGIN / 2.0).max(x1 + 8.0);
            let between = to.line as f64 * self.line_height - GAP / 2.0 - 2.0;
            format!(
                "M{} {}H{}q6 0 6 6V{}q0 6 -6 6H{}q-6 0 -6 6V{}q0 6 6 6H{}",
                n(x1),
                n(y1),
                n(right - 6.0),
                n(between - 6.0),
                n(12.0),
                n(y2 - 6.0),
                n(x2.max(14.0))
            )
        };
        let (x2, y2) = (n(x2.max(14.0)), n(y2));
        html! {
            path.wire d=(path) {}
            path.head d={ "M" (x2) " " (y2) "m-4 -3.2l5.5 3.2l-5.5 3.2z" } {}
        }
    }

    /// A band behind the block and the way past it, line by line.
    fn block(&self, block: &Block) -> Markup {
        let cells = &self.flow.cells;
        let (first, add) = (&cells[block.first], &cells[block.add]);
        html! {
            @for line in first.line..=add.line {
                @let start = if line == first.line { first.x + 1.0 } else { cells[0].x + 15.0 };
                @let end_cell = cells[block.first..=block.add].iter().rfind(|cell| cell.line == line);
                @let end = end_cell.map_or(self.width, |cell| cell.x + cell.width) - 1.0;
                @let inset = block.level as f64 * LEVEL;
                @let y = line as f64 * self.line_height + inset;
                @let wire = self.wire_y(line);
                rect.band x=(n(start)) y=(n(y)) width=(n((end - start).max(0.0))) height=(n(self.line_height - GAP + 4.0 - inset)) rx="8" {}
                @let skip = y + 10.0;
                @let from = if line == first.line { format!("M{} {}V{}q0 -6 6 -6", n(start), n(wire), n(skip + 6.0)) } else { format!("M{} {}", n(start), n(skip)) };
                @if line == add.line {
                    @let x = add.x + add.width / 2.0;
                    path.skip d={ (from) "H" (n(x - 6.0)) "q6 0 6 6V" (n(wire - 19.0)) } {}
                    path.head d={ "M" (n(x)) " " (n(wire - 15.0)) "l-3.2 -5.5h6.4z" } {}
                    @if let Some(index) = block.projection { (self.chip(index, (start + x) / 2.0, skip)) }
                } @else {
                    path.skip d={ (from) "H" (n(end)) } {}
                }
            }
        }
    }

    /// The projection on the way past a block.
    fn chip(&self, index: usize, x: f64, y: f64) -> Markup {
        let layer = &self.layers[index];
        let text = format!("1×1 projection, {} parameters", count(layer.parameters as u64));
        let width = text.chars().count() as f64 * 5.9 + 14.0;
        // On a line that holds little of the block, beside rather than beyond its edge.
        let x = x.min(self.width - width / 2.0 - 1.0).max(width / 2.0 + 1.0);
        html! {
            g {
                title { (layer.description) }
                rect.chip x=(n(x - width / 2.0)) y=(n(y - 9.0)) width=(n(width)) height="18" rx="9" {}
                text.fact x=(n(x)) y=(n(y + 4.0)) text-anchor="middle" { (text) }
            }
        }
    }
}

/// Kind, shape where it changes, parameters, multiply-adds.
fn captions(layers: &[LayerRow], input: [usize; 3], content: Content) -> Vec<String> {
    let Content::Layer(index) = content else {
        return vec!["input".into(), shape_text(&input)];
    };
    let layer = &layers[index];
    let before = index.checked_sub(1).map_or(&input[..], |before| &layers[before].output_shape);
    let mut texts = vec![layer.kind.clone()];
    let probability = layer.description.split("p=").nth(1).and_then(|rest| rest.split([',', ')']).next());
    if let Some(p) = probability.filter(|_| layer.kind.starts_with("Dropout")) {
        texts.push(format!("p = {p}"));
    }
    if layer.output_shape != before || layer.multiply_adds > 0 {
        texts.push(shape_text(&layer.output_shape));
    }
    if layer.parameters > 0 {
        texts.push(format!("{} param.", count(layer.parameters as u64)));
    }
    if layer.multiply_adds > 0 {
        texts.push(format!("{} mult.-adds", short_count(layer.multiply_adds)));
    }
    texts
}

/// `1,280`, `226 k`, `2.65 M`.
fn short_count(value: usize) -> String {
    let scaled = |by: f64| {
        let value = value as f64 / by;
        if value < 10.0 {
            format!("{value:.2}")
        } else if value < 100.0 {
            format!("{value:.1}")
        } else {
            format!("{value:.0}")
        }
    };
    match value {
        0..10_000 => count(value as u64),
        10_000..1_000_000 => format!("{} k", scaled(1e3)),
        1_000_000..1_000_000_000 => format!("{} M", scaled(1e6)),
        _ => format!("{} G", scaled(1e9)),
    }
}
