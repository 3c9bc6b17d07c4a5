//! Max-pooling.

use criterion::Criterion;
use toile_kernels::layout::Layout;
use toile_kernels::max_pool2d::{backward, forward};
use toile_kernels::window::WindowGeometry;

use crate::support::{Batch, IMAGES, SHAPES, measure, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    for shape in SHAPES.into_iter().filter(|shape| shape[1] > 1) {
        for (kernel, stride) in [(2, 2), (3, 2)] {
            let [channels, height, width] = shape;
            let output = [height, width].map(|size| (size - kernel) / stride + 1);
            let window = WindowGeometry {
                input: [height, width],
                output,
                kernel: [kernel; 2],
                stride: [stride; 2],
                padding: [0; 2],
            };
            let [x, mut dx] = [0, 1].map(|_| Batch::new(Layout::dense(shape)));
            let [mut y, dy] = [0, 1].map(|_| Batch::new(Layout::dense([channels, output[0], output[1]])));
            let mut winners = vec![0.0; IMAGES * y.layout.image_len()];
            let case = format!("{} k{kernel} s{stride}", words(shape));
            measure(criterion, "max_pool2d forward", &case, IMAGES * x.layout.image_len(), |team| {
                forward(team, window, IMAGES, x.read(), y.write(), &mut winners);
            });
            measure(criterion, "max_pool2d backward", &case, IMAGES * x.layout.image_len(), |team| {
                backward(team, window, IMAGES, dy.read(), &winners, false, dx.write());
            });
        }
    }
}
