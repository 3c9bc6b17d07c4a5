//! The drawing of a network, from the rows of its layer table.

mod flow;
mod glyph;

use toile_study::numbers::count;
use toile_study::results::LayerRow;

use crate::palette::Colour;
use crate::picture::{Anchor, Form, Path, Picture, Shape, Text, text_width};
use flow::{Block, Cell, Content, Flow, arrange};
use glyph::{Scale, glyph, half_width};

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
/// Sizes of a layer's kind and of what else is told of it.
const KIND: f64 = 12.0;
const FACT: f64 = 11.0;

/// The widths of a page and of a phone.
pub const WIDTHS: [(f64, &str); 2] = [(1040.0, "wide"), (352.0, "narrow")];

struct Plan<'a> {
    layers: &'a [LayerRow],
    input: [usize; 3],
    scale: Scale,
    flow: Flow,
    width: f64,
    line_height: f64,
    top: f64,
}

/// A network on images of this shape, as wide as this.
pub fn picture(layers: &[LayerRow], input: [usize; 3], width: f64, class: &str) -> Picture {
    let scale = Scale::of(layers, input);
    let texts = |content: Content| captions(layers, input, content);
    let width_of = |content: Content| {
        let texts = texts(content).into_iter().enumerate();
        let widths = texts.map(|(i, text)| match i {
            0 => text_width(&text, KIND) * 1.08,
            _ => text_width(&text, FACT) * 1.04,
        });
        widths.fold(56.0, f64::max) + 14.0
    };
    let flow = arrange(layers, width_of, width - MARGIN);
    let levels = flow.blocks.iter().map(|block| block.level + 1).max().unwrap_or(0) as f64;
    let contents = flow.cells.iter().map(|cell| texts(cell.content).len()).max().unwrap_or(1);
    let top = if levels > 0.0 { levels * LEVEL + 8.0 } else { 0.0 };
    let line_height = top + ZONE + contents as f64 * TEXT + GAP;
    let plan = Plan { layers, input, scale, width, line_height, top, flow };
    let height = plan.flow.lines as f64 * line_height - GAP + 8.0;
    let mut sheet = Picture::new(format!("Network with {} layers", layers.len()), width, height);
    sheet.class = format!("network {class}");
    plan.flow.blocks.iter().for_each(|block| plan.block(&mut sheet, block));
    plan.flow.cells.windows(2).for_each(|pair| plan.wire(&mut sheet, &pair[0], &pair[1]));
    plan.flow.cells.iter().for_each(|cell| plan.cell(&mut sheet, cell));
    sheet
}

/// An arrow's head that comes from the left, and one that comes from above.
fn head_right(x: f64, y: f64) -> Shape {
    Shape::path(Path::from(x - 4.0, y - 3.2).by(5.5, 3.2).by(-5.5, 3.2).closed()).filled(Colour::Muted)
}

fn head_down(x: f64, y: f64) -> Shape {
    Shape::path(Path::from(x, y).by(-3.2, -5.5).by(6.4, 0.0).closed()).filled(Colour::Muted)
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

    fn cell(&self, sheet: &mut Picture, cell: &Cell) {
        let (x, y) = (cell.x + cell.width / 2.0, self.wire_y(cell.line));
        let layer = self.layer(cell.content);
        let (shape, before) = (self.shape(cell.content), self.shape_before(cell.content));
        let mut shapes = glyph(&self.scale, layer, shape, before, (x, y));
        for (index, text) in captions(self.layers, self.input, cell.content).into_iter().enumerate() {
            let text = Text::at(x, y + ZONE / 2.0 + TEXT * (index as f64 + 0.6), text);
            let text = if index == 0 { text.sized(KIND).bold() } else { text.sized(FACT).muted() };
            shapes.push(Shape::of(Form::Text(text.anchored(Anchor::Middle))));
        }
        sheet.add(Shape::of(Form::Group(shapes)).saying(layer.map_or("input", |layer| &layer.description)));
    }

    /// From one glyph to the next; at the end of a line, back to the start of the next.
    fn wire(&self, sheet: &mut Picture, from: &Cell, to: &Cell) {
        let (x1, y1) = (from.x + from.width / 2.0 + self.half(from) + 3.0, self.wire_y(from.line));
        let (x2, y2) = (to.x + to.width / 2.0 - self.half(to) - 5.0, self.wire_y(to.line));
        let path = Path::from(x1, y1);
        let path = if from.line == to.line {
            path.to(x2, y1)
        } else {
            let right = (from.x + from.width + MARGIN / 2.0).max(x1 + 8.0);
            let between = to.line as f64 * self.line_height - GAP / 2.0 - 2.0;
            path.to(right - 6.0, y1)
                .round((6.0, 0.0), (6.0, 6.0))
                .to(right, between - 6.0)
                .round((0.0, 6.0), (-6.0, 6.0))
                .to(12.0, between)
                .round((-6.0, 0.0), (-6.0, 6.0))
                .to(6.0, y2 - 6.0)
                .round((0.0, 6.0), (6.0, 6.0))
                .to(x2.max(14.0), y2)
        };
        sheet.add(Shape::path(path).stroked(Colour::Muted, 1.2));
        sheet.add(head_right(x2.max(14.0), y2));
    }

    /// A band behind the block and the way past it, line by line.
    fn block(&self, sheet: &mut Picture, block: &Block) {
        let cells = &self.flow.cells;
        let (first, add) = (&cells[block.first], &cells[block.add]);
        for line in first.line..=add.line {
            let start = if line == first.line { first.x + 1.0 } else { cells[0].x + 15.0 };
            let end_cell = cells[block.first..=block.add].iter().rfind(|cell| cell.line == line);
            let end = end_cell.map_or(self.width, |cell| cell.x + cell.width) - 1.0;
            let inset = block.level as f64 * LEVEL;
            let y = line as f64 * self.line_height + inset;
            let band = Shape::rect(start, y, end - start, self.line_height - GAP + 4.0 - inset);
            sheet.add(band.rounded(8.0).shaded(Colour::Accent, 0.06));
            let (wire, skip) = (self.wire_y(line), y + 10.0);
            let path = match line == first.line {
                true => Path::from(start, wire).to(start, skip + 6.0).round((0.0, -6.0), (6.0, -6.0)),
                false => Path::from(start, skip),
            };
            let shown = |path: Path| Shape::path(path).stroked(Colour::Accent, 1.5).classed("skip");
            if line != add.line {
                sheet.add(shown(path.to(end, skip)));
                continue;
            }
            let x = add.x + add.width / 2.0;
            sheet.add(shown(path.to(x - 6.0, skip).round((6.0, 0.0), (6.0, 6.0)).to(x, wire - 19.0)));
            sheet.add(head_down(x, wire - 15.0));
            if let Some(index) = block.projection {
                self.chip(sheet, index, (start + x) / 2.0, skip);
            }
        }
    }

    /// The projection on the way past a block.
    fn chip(&self, sheet: &mut Picture, index: usize, x: f64, y: f64) {
        let layer = &self.layers[index];
        let text = format!("projection, {} parameters", count(layer.parameters as u64));
        let width = text_width(&text, FACT) * 1.04 + 14.0;
        // On a line that holds little of the block, beside rather than beyond its edge.
        let x = x.min(self.width - width / 2.0 - 1.0).max(width / 2.0 + 1.0);
        let chip = Shape::rect(x - width / 2.0, y - 9.0, width, 18.0).rounded(9.0);
        let text = Text::at(x, y + 4.0, text).sized(FACT).muted().anchored(Anchor::Middle);
        let shapes =
            vec![chip.filled(Colour::Panel).stroked(Colour::Accent, 1.0), Shape::of(Form::Text(text))];
        sheet.add(Shape::of(Form::Group(shapes)).saying(&layer.description));
    }
}

/// `32 × 28 × 28`.
pub fn shape_text(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

/// Kind, shape where it changes, parameters, multiply-adds.
fn captions(layers: &[LayerRow], input: [usize; 3], content: Content) -> Vec<String> {
    let Content::Layer(index) = content else {
        return vec!["input".into(), shape_text(&input)];
    };
    let layer = &layers[index];
    let before = index.checked_sub(1).map_or(&input[..], |before| &layers[before].output_shape);
    let mut texts = vec![layer.kind.clone()];
    if let Some(p) = layer.dropped() {
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
