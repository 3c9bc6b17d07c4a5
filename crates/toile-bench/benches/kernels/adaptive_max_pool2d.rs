//! Max-pooling with as many windows as the output has pixels.

use criterion::Criterion;
use toile_kernels::adaptive_max_pool2d::{backward, forward};
use toile_kernels::layout::Layout;

use crate::support::{Batch, IMAGES, measure, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    for (shape, [rows, columns]) in [([64, 7, 7], [1, 1]), ([32, 28, 28], [7, 7]), ([5, 27, 31], [4, 6])] {
        let [x, mut dx] = [0, 1].map(|_| Batch::new(Layout::dense(shape)));
        let [mut y, dy] = [0, 1].map(|_| Batch::new(Layout::dense([shape[0], rows, columns])));
        let mut winners = vec![0.0; IMAGES * y.layout.image_len()];
        let (case, values) = (format!("{} to {rows}x{columns}", words(shape)), IMAGES * x.layout.image_len());
        measure(criterion, "adaptive_max_pool2d forward", &case, values, |team| {
            forward(team, IMAGES, x.read(), y.write(), &mut winners);
        });
        measure(criterion, "adaptive_max_pool2d backward", &case, values, |team| {
            backward(team, IMAGES, dy.read(), &winners, false, dx.write());
        });
    }
}
