//! Normalisations with an activation and pooling.

use toile_kernels::batch_norm::{self, Normalise, OutputGradient, WayBack};
use toile_kernels::layout::Layout;

use super::{Bench, Guarded, IMAGES, images, images_mut, layouts};
use crate::support::another;

#[test]
fn normalisation_activated_and_pooled() {
    for mut bench in Bench::all() {
        for layout in layouts() {
            let channels = layout.channels;
            let pooled = Layout { height: layout.height / 2, width: layout.width / 2, ..layout };
            let [x, mut dx] = [(); 2].map(|()| bench.values(layout.buffer_len(IMAGES)));
            let [mut y, mut dy, mut before] = [(); 3].map(|()| bench.values(pooled.buffer_len(IMAGES)));
            let [mean, invstd, gamma, beta, mut dgamma, mut dbeta] =
                [(); 6].map(|()| Guarded::new(bench.edge, channels));
            let mut winners = Guarded::new(bench.edge, IMAGES * pooled.image_len());
            let activation = another(channels);
            let mut room = bench.values(batch_norm::pooled_workspace_len(activation, pooled, 1));
            let mut workspace = bench.values(batch_norm::workspace_len(layout, IMAGES, 1));
            let mut terms = batch_norm::GradientTerms::new(channels);
            let team = &mut bench.team;
            let with = Normalise { mean: &mean, invstd: &invstd, gamma: &gamma, beta: &beta, activation };
            for keeps in [false, true] {
                let to = batch_norm::Pooled {
                    y: images_mut(&mut y, pooled),
                    winners: &mut winners,
                    before: keeps.then_some(&mut before),
                    workspace: &mut room,
                };
                batch_norm::normalise_pooled(team, IMAGES, with, images(&x, layout), to);
            }
            let (dy_mut, winners) = (images_mut(&mut dy, pooled), &winners[..]);
            let gradient =
                OutputGradient::Activated { before: Some(&before), dy: dy_mut, winners: Some(winners) };
            let args = batch_norm::Backward { images: IMAGES, with, x: images(&x, layout), gradient };
            batch_norm::sums(team, args, [&mut dgamma, &mut dbeta], &mut workspace, &mut terms);
            let gradient = OutputGradient::Pooled { values: images(&dy, pooled), winners };
            let args = batch_norm::Backward { images: IMAGES, with, x: images(&x, layout), gradient };
            let way_back = WayBack::new(args, &terms);
            batch_norm::input_gradient(team, way_back, false, images_mut(&mut dx, layout));
        }
    }
}
