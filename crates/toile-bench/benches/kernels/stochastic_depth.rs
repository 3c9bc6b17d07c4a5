//! The sum at the end of a residual block that is left out of some images.

use criterion::Criterion;
use toile_kernels::layout::Layout;
use toile_kernels::stochastic_depth::{backward, forward};

use crate::support::{Batch, IMAGES, SHAPES, measure, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    // One of eight is left out.
    let factors: Vec<f32> = (0..IMAGES).map(|image| if image % 8 == 0 { 0.0 } else { 8.0 / 7.0 }).collect();
    for shape in SHAPES {
        let [x, skip, mut y] = [0, 1, 2].map(|_| Batch::new(Layout::dense(shape)));
        let (case, values) = (words(shape), IMAGES * x.layout.image_len());
        measure(criterion, "stochastic_depth forward", &case, values, |team| {
            forward(team, &factors, [x.read(), skip.read()], y.write());
        });
        measure(criterion, "stochastic_depth backward", &case, values, |team| {
            backward(team, &factors, x.read(), false, y.write());
        });
    }
}
