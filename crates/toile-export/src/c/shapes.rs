//! What convolutions and poolings are told about where their windows lie, the same for all kinds of numbers.

use toile_device::program::{Convolution, Span, Step, Windows};

use super::header::POINTER;
use super::text::array;

/// A constant, and the bytes that it takes.
pub(super) struct Shape {
    pub(super) text: String,
    pub(super) bytes: usize,
}

/// `static const convolution_shape conv1_shape`.
pub(super) fn convolution(step: &Step, of: &Convolution) -> Shape {
    let ([from, height, width], [_, rows, columns]) = (step.from, step.to);
    let values = [
        vec![from, height, width, of.bias.len(), rows, columns],
        [of.kernel, of.stride, of.padding, of.dilation].concat(),
        vec![of.groups, of.tile[0], of.tile[1], usize::from(of.relu)],
    ];
    let bytes = 4 * values.iter().map(Vec::len).sum::<usize>();
    let values = values.concat().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let text = format!("static const convolution_shape {}_shape = {{ {values} }};\n", step.name);
    Shape { text, bytes }
}

/// `static const window_shape max_pool2d_3_shape`, and the spans that it points to.
pub(super) fn windows(step: &Step, windows: &Windows) -> Shape {
    let ([channels, _, width], [_, rows, columns]) = (step.from, step.to);
    let name = &step.name;
    let spans = |side: &str, spans: &[Span]| {
        let values = spans.iter().map(|span| {
            let Span { inside, count } = span;
            format!("{{ {}, {}, {count} }}", inside.start, inside.end)
        });
        array("span", &format!("{name}_{side}"), values)
    };
    let text = format!(
        "{}{}static const window_shape {name}_shape = {{ {width}, {channels}, {rows}, {columns}, {name}_rows, {name}_columns }};\n",
        spans("rows", &windows.rows),
        spans("columns", &windows.columns),
    );
    // Three numbers of two bytes a span; four of four and two pointers.
    let bytes = 6 * (windows.rows.len() + windows.columns.len()) + 16 + 2 * POINTER;
    Shape { text, bytes }
}
