//! Activations.

use criterion::Criterion;
use toile_kernels::activation::{Activation, backward, forward};
use toile_kernels::layout::Layout;

use crate::support::{Batch, IMAGES, SHAPES, measure, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    for &activation in Activation::ALL {
        for shape in SHAPES {
            let [x, mut y, dy, mut dx] = [0, 1, 2, 3].map(|_| Batch::new(Layout::dense(shape)));
            let (case, values) = (format!("{activation:?} {}", words(shape)), IMAGES * x.layout.image_len());
            measure(criterion, "activation forward", &case, values, |team| {
                forward(team, activation, IMAGES, x.read(), y.write());
            });
            measure(criterion, "activation backward", &case, values, |team| {
                backward(team, activation, IMAGES, [x.read(), dy.read()], false, dx.write());
            });
        }
    }
}
