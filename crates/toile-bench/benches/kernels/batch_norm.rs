//! Batch normalisation.

use criterion::Criterion;
use toile_kernels::activation::Activation;
use toile_kernels::batch_norm::{
    Backward, GradientTerms, Normalise, OutputGradient, Pooled, WayBack, image_moments_len, input_gradient,
    moments, normalise, normalise_pooled, pooled_workspace_len, sums, workspace_len,
};
use toile_kernels::layout::Layout;

use crate::support::{ACTIVATIONS, Batch, IMAGES, SHAPES, measure, uniform, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    for shape in SHAPES {
        let (layout, channels) = (Layout::dense(shape), shape[0]);
        let (case, values) = (words(shape), IMAGES * layout.image_len());
        let [x, dy] = [0, 1].map(|_| Batch::new(layout));
        let [mut y, mut dx] = [0, 1].map(|_| Batch::new(layout));
        let mut of_images = vec![0.0; image_moments_len(layout, IMAGES)];
        measure(criterion, "batch_norm moments", &case, values, |team| {
            moments(team, IMAGES, x.read(), &mut of_images);
        });
        let channel = uniform(channels);
        let activation = Some(Activation::ReLU);
        let with =
            Normalise { mean: &channel, invstd: &channel, gamma: &channel, beta: &channel, activation };
        measure(criterion, "batch_norm forward", &case, values, |team| {
            normalise(team, IMAGES, with, x.read(), None, None, y.write());
        });
        let small = Layout { height: layout.height / 2, width: layout.width / 2, ..layout };
        let (mut pooled, mut winners) = (Batch::new(small), vec![0; IMAGES * small.image_len()]);
        for (name, activation) in ACTIVATIONS {
            let with = Normalise { activation: Some(activation), ..with };
            let mut workspace = vec![0.0; pooled_workspace_len(with.activation, small, 1)];
            measure(criterion, &format!("batch_norm forward, {name}, pooled"), &case, values, |team| {
                let (y, winners, before) = (pooled.write(), &mut winners[..], None);
                let pooled = Pooled { y, winners, before, workspace: &mut workspace };
                normalise_pooled(team, IMAGES, with, x.read(), pooled);
            });
        }
        let mut gradients = [0, 1].map(|_| vec![0.0; channels]);
        let mut workspace = vec![0.0; workspace_len(layout, IMAGES, 1)];
        let mut terms = GradientTerms::new(channels);
        let back = |gradient| Backward { images: IMAGES, with, x: x.read(), gradient };
        measure(criterion, "batch_norm sums", &case, values, |team| {
            let gradients = gradients.each_mut().map(|g| &mut g[..]);
            sums(team, back(OutputGradient::Dense(dy.read())), gradients, &mut workspace, &mut terms);
        });
        measure(criterion, "batch_norm input gradient", &case, values, |team| {
            let dense = OutputGradient::Dense(dy.read());
            input_gradient(team, WayBack::new(back(dense), &terms), false, dx.write());
        });
    }
}
