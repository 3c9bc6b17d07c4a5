//! Group normalisation.

use criterion::Criterion;
use toile_kernels::activation::Activation;
use toile_kernels::batch_norm::{image_moments_len, moments};
use toile_kernels::group_norm::{Backward, GroupNorm, Normalise, Workspace, backward, forward, statistics};
use toile_kernels::isa::Isa;
use toile_kernels::layout::Layout;
use toile_kernels::team::Team;

use crate::support::{Batch, IMAGES, measure, uniform, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    for (shape, groups) in [([32, 28, 28], 8), ([64, 12, 12], 1), ([6, 27, 31], 3)] {
        let (layout, channels) = (Layout::dense(shape), shape[0]);
        let norm = GroupNorm { dims: shape, groups, eps: 1e-5, activation: Some(Activation::ReLU) };
        let case = format!("{} in {groups}", words(shape));
        let values = IMAGES * layout.image_len();
        let x = Batch::new(layout);
        let [mut y, mut dy, mut dx] = [0, 1, 2].map(|_| Batch::new(layout));
        let mut of_images = vec![0.0; image_moments_len(layout, IMAGES)];
        let mut team = Team::new(1, Isa::best()).expect("threads");
        moments(&mut team, IMAGES, x.read(), &mut of_images);
        let [mut mean, mut invstd] = [0, 1].map(|_| vec![0.0; IMAGES * channels]);
        statistics(norm, IMAGES, &of_images, &mut mean, &mut invstd);
        let channel = uniform(channels);
        let with = Normalise { mean: &mean, invstd: &invstd, gamma: &channel, beta: &channel };
        measure(criterion, "group_norm forward", &case, values, |team| {
            forward(team, norm, IMAGES, with, x.read(), None, y.write());
        });
        let mut workspace = Workspace::new(IMAGES, channels).expect("memory");
        let mut gradients = [0, 1].map(|_| vec![0.0; channels]);
        measure(criterion, "group_norm backward", &case, values, |team| {
            let args = Backward { norm, images: IMAGES, with, x: x.read(), before: &y.values };
            let gradients = gradients.each_mut().map(|values| &mut values[..]);
            backward(team, args, dy.write(), gradients, &mut workspace, Some((false, dx.write())));
        });
    }
}
