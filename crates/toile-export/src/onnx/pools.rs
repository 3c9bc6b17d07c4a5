//! Pooling. ONNX's `ceil_mode` is left alone: what a window over the edge counts as has changed from one version of the
//! runtimes to the next. The padding that such a window needs at the end is written out instead.

use toile_kernels::avg_pool2d::reference::AvgPoolGeometry;
use toile_kernels::window::WindowGeometry;
use toile_nn::description::{AvgPool2d, MaxPool2d, Place};

use super::build::{Builder, integers};
use super::model::Attribute;

/// Appends the largest value of each window: what lies beyond the edge is minus infinity.
pub(super) fn max(build: &mut Builder<'_>, layer: &MaxPool2d, place: &Place, input: &str) -> String {
    let window = place.window([layer.kernel_size, layer.stride, layer.padding]);
    build.node_with("MaxPool", &[input], settings(&window))
}

/// Appends the mean of each window.
pub(super) fn mean(build: &mut Builder<'_>, layer: &AvgPool2d, place: &Place, input: &str) -> String {
    let window = place.window([layer.kernel_size, layer.stride, layer.padding]);
    let hangs_over = pads_at_end(&window) != window.padding;
    // A window over the edge counts the padding and not what lies behind it: of that ONNX has no notion.
    if layer.count_include_pad && hangs_over && window.padding != [0, 0] {
        let geometry = AvgPoolGeometry::Sliding { window, count_include_pad: true };
        return by_matrices(build, geometry, input);
    }
    let counts_padding = layer.count_include_pad && !hangs_over;
    let mut settings = settings(&window);
    settings.push(("count_include_pad", Attribute::Integer(i64::from(counts_padding))));
    build.node_with("AveragePool", &[input], settings)
}

/// Appends the mean of as many windows as the output has pixels.
pub(super) fn adaptive_mean(build: &mut Builder<'_>, place: &Place, input: &str) -> String {
    let ([_, height, width], [_, rows, columns]) = (place.input_shape.dims(), place.output_shape.dims());
    let (from, to) = ([height, width], [rows, columns]);
    if to == [1, 1] {
        return build.node("GlobalAveragePool", &[input]);
    }
    if height.is_multiple_of(rows) && width.is_multiple_of(columns) {
        let tile = [height / rows, width / columns];
        return build.node_with(
            "AveragePool",
            &[input],
            vec![("kernel_shape", integers(tile)), ("strides", integers(tile))],
        );
    }
    by_matrices(build, AvgPoolGeometry::Adaptive { input: from, output: to }, input)
}

/// Appends the largest value of as many windows as the output has pixels.
pub(super) fn adaptive_max(build: &mut Builder<'_>, place: &Place, input: &str) -> String {
    let ([_, height, width], [_, rows, columns]) = (place.input_shape.dims(), place.output_shape.dims());
    if [rows, columns] == [1, 1] {
        return build.node("GlobalMaxPool", &[input]);
    }
    if height.is_multiple_of(rows) && width.is_multiple_of(columns) {
        let tile = [height / rows, width / columns];
        let settings = vec![("kernel_shape", integers(tile)), ("strides", integers(tile))];
        return build.node_with("MaxPool", &[input], settings);
    }
    // The largest of a rectangle is the largest of its rows' largest: an axis after the other, window by window.
    let narrow = adaptive_max_along(build, 2, [height, rows], input);
    adaptive_max_along(build, 3, [width, columns], &narrow)
}

/// The same along one axis of this size, which becomes so many.
fn adaptive_max_along(build: &mut Builder<'_>, axis: i64, [from, to]: [usize; 2], input: &str) -> String {
    let along = build.shape(&format!("constant.axis_{axis}"), vec![axis]);
    let windows = (0..to).map(|o| {
        let [start, end] = [o * from / to, ((o + 1) * from).div_ceil(to)]
            .map(|place| build.shape(&format!("constant.place_{place}"), vec![place as i64]));
        let window = build.node("Slice", &[input, &start, &end, &along]);
        let settings = vec![("axes", Attribute::Integers(vec![axis])), ("keepdims", Attribute::Integer(1))];
        build.node_with("ReduceMax", &[&window], settings)
    });
    let windows: Vec<String> = windows.collect();
    let windows: Vec<&str> = windows.iter().map(String::as_str).collect();
    build.node_with("Concat", &windows, vec![("axis", Attribute::Integer(axis))])
}

/// The mean of a rectangle is the mean of the means of its rows: `rows x columns`, where a row of either matrix holds
/// one over the length of a window at the places under it.
fn by_matrices(build: &mut Builder<'_>, geometry: AvgPoolGeometry, input: &str) -> String {
    let at = build.graph.nodes.len() + 1;
    let [rows, columns] = [0, 1].map(|axis| {
        let (from, to) = (geometry.input()[axis], geometry.output()[axis]);
        let mut matrix = vec![0.0f32; to * from];
        for (o, row) in matrix.chunks_exact_mut(from).enumerate() {
            let (span, count) = geometry.span(axis, o);
            row[span].fill((1.0 / count as f64) as f32);
        }
        matrix
    });
    let ([height, width], [to_rows, to_columns]) = (geometry.input(), geometry.output());
    // The second matrix stands behind the image, and so on its side.
    let on_its_side = (0..width * to_columns).map(|i| columns[(i % to_columns) * width + i / to_columns]);
    let columns = build.floats(
        &format!("constant.columns_{at}"),
        &[width, to_columns],
        on_its_side.collect::<Vec<_>>(),
    );
    let rows = build.floats(&format!("constant.rows_{at}"), &[to_rows, height], rows);
    let narrow = build.node("MatMul", &[input, &columns]);
    build.node("MatMul", &[&rows, &narrow])
}

/// How far the last window reaches beyond the image, and at least the padding: what is left over by a window that ends
/// before it changes nothing.
fn pads_at_end(window: &WindowGeometry) -> [usize; 2] {
    let WindowGeometry { input, output, kernel, stride, padding } = window;
    [0, 1].map(|axis| {
        let end = (output[axis] - 1) * stride[axis] + kernel[axis];
        end.saturating_sub(input[axis] + padding[axis]).max(padding[axis])
    })
}

fn settings(window: &WindowGeometry) -> Vec<(&'static str, Attribute)> {
    let ([top, left], [bottom, right]) = (window.padding, pads_at_end(window));
    vec![
        ("kernel_shape", integers(window.kernel)),
        ("strides", integers(window.stride)),
        ("pads", integers([top, left, bottom, right])),
    ]
}

#[cfg(test)]
mod tests {
    use toile_kernels::avg_pool2d::reference;

    use super::*;
    use crate::onnx::model::Values;

    /// The plain loops of the kernel say what a mean is.
    #[test]
    fn means_by_matrices_are_those_of_the_plain_loops() {
        let sliding = |count_include_pad| AvgPoolGeometry::Sliding {
            window: WindowGeometry {
                input: [6, 7],
                output: [4, 3],
                kernel: [3, 4],
                stride: [2, 3],
                padding: [1, 2],
            },
            count_include_pad,
        };
        let adaptive = AvgPoolGeometry::Adaptive { input: [6, 7], output: [4, 3] };
        for geometry in [sliding(true), sliding(false), adaptive] {
            let x: Vec<f32> = (0..42u32).map(|i| (i * 37 % 41) as f32).collect();
            let mut expected = vec![0.0; 12];
            reference::forward(&geometry, 1, &x, &mut expected);
            let mut build = Builder::new("means");
            by_matrices(&mut build, geometry, "x");
            let [columns, rows] = &build.graph.initializers[..] else { panic!("two matrices") };
            let (Values::Floats(columns), Values::Floats(rows)) = (&columns.values, &rows.values) else {
                panic!("of floats")
            };
            for (at, expected) in expected.iter().enumerate() {
                let (o, p) = (at / 3, at % 3);
                let terms = (0..42).map(|i| rows[o * 6 + i / 7] * columns[i % 7 * 3 + p] * x[i]);
                let found: f32 = terms.sum();
                assert!((found - expected).abs() < 1e-4, "{geometry:?} [{o}, {p}]: {found}, not {expected}");
            }
        }
    }
}
