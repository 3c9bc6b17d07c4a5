//! Average pooling.

use std::collections::BTreeSet;

use criterion::Criterion;
use toile_kernels::avg_pool2d::reference::AvgPoolGeometry;
use toile_kernels::avg_pool2d::{backward, forward, kernel_of, kernels};
use toile_kernels::layout::Layout;
use toile_kernels::window::WindowGeometry;

use crate::support::{Batch, IMAGES, measure, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    let halved = |[_, height, width]: [usize; 3]| AvgPoolGeometry::Sliding {
        window: WindowGeometry {
            input: [height, width],
            output: [height / 2, width / 2],
            kernel: [2; 2],
            stride: [2; 2],
            padding: [0; 2],
        },
        count_include_pad: true,
    };
    let whole =
        |[_, height, width]: [usize; 3]| AvgPoolGeometry::Adaptive { input: [height, width], output: [1, 1] };
    let mut measured = BTreeSet::new();
    for (shape, geometry) in [
        // The ends of the residual networks.
        ([64, 7, 7], whole([64, 7, 7])),
        ([128, 7, 7], whole([128, 7, 7])),
        ([32, 28, 28], halved([32, 28, 28])),
        ([5, 27, 31], halved([5, 27, 31])),
    ] {
        let [rows, columns] = geometry.output();
        let [x, mut dx] = [0, 1].map(|_| Batch::new(Layout::dense(shape)));
        let [mut y, dy] = [0, 1].map(|_| Batch::new(Layout::dense([shape[0], rows, columns])));
        let (case, values) = (format!("{} to {rows}x{columns}", words(shape)), IMAGES * x.layout.image_len());
        measure(criterion, "avg_pool2d forward", &case, values, |team| {
            forward(team, geometry, IMAGES, x.read(), y.write());
        });
        for (words, accumulate) in [("backward", false), ("backward, added", true)] {
            measured.insert(kernel_of(geometry, accumulate));
            measure(criterion, &format!("avg_pool2d {words}"), &case, values, |team| {
                backward(team, geometry, IMAGES, dy.read(), accumulate, dx.write());
            });
        }
    }
    assert_eq!(
        measured,
        BTreeSet::from_iter(kernels()),
        "the kernels that are measured, and those of the table"
    );
}
