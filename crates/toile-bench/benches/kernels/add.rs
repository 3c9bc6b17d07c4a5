//! The sum at the end of a residual block.

use criterion::Criterion;
use toile_kernels::add::{backward, forward};
use toile_kernels::layout::Layout;

use crate::support::{Batch, IMAGES, SHAPES, measure, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    for shape in SHAPES {
        let [a, b, mut y] = [0, 1, 2].map(|_| Batch::new(Layout::dense(shape)));
        let (case, values) = (words(shape), IMAGES * a.layout.image_len());
        measure(criterion, "add forward", &case, values, |team| {
            forward(team, IMAGES, [a.read(), b.read()], y.write());
        });
        measure(criterion, "add backward", &case, values, |team| {
            // Overwriting: adding up for thousands of rounds would end at infinity.
            backward(team, IMAGES, a.read(), false, y.write());
        });
    }
}
