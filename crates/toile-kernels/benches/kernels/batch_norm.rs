//! Batch normalisation.

use criterion::Criterion;
use toile_kernels::batch_norm::reference::Moments;
use toile_kernels::batch_norm::{Backward, Normalise, backward, moments, normalise, workspace_len};
use toile_kernels::layout::Layout;

use crate::support::{Batch, IMAGES, SHAPES, measure, uniform, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    for shape in SHAPES {
        let (layout, channels) = (Layout::dense(shape), shape[0]);
        let (case, values) = (words(shape), IMAGES * layout.image_len());
        let [x, dy] = [0, 1].map(|_| Batch::new(layout));
        let [mut y, mut dx] = [0, 1].map(|_| Batch::new(layout));
        let mut workspace = vec![0.0; workspace_len(layout, IMAGES)];
        let mut found = vec![Moments::default(); channels];
        measure(criterion, "batch_norm moments", &case, values, |team| {
            moments(team, IMAGES, x.read(), &mut workspace, &mut found);
        });
        let channel = uniform(channels);
        let with =
            Normalise { mean: &channel, invstd: &channel, gamma: &channel, beta: &channel, relu: true };
        measure(criterion, "batch_norm forward", &case, values, |team| {
            normalise(team, IMAGES, with, x.read(), y.write());
        });
        let mut gradients = [0, 1].map(|_| vec![0.0; channels]);
        let mut terms = vec![0.0; 3 * channels];
        measure(criterion, "batch_norm backward", &case, values, |team| {
            let args = Backward { images: IMAGES, with, x: x.read(), y: y.read(), dy: dy.read() };
            let gradients = gradients.each_mut().map(|g| &mut g[..]);
            backward(team, args, gradients, false, Some(dx.write()), &mut workspace, &mut terms);
        });
    }
}
