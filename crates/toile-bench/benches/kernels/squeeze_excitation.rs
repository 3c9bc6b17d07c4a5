//! Squeeze-and-excitation.

use criterion::Criterion;
use toile_kernels::layout::Layout;
use toile_kernels::squeeze_excitation::{Backward, Gate, SqueezeExcitation, Workspace, backward, forward};

use crate::support::{Batch, IMAGES, measure, uniform, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    // A quarter of the channels, as MobileNetV3 has it, and an odd one.
    for (dims, squeezed, gate) in [
        ([64, 14, 14], 16, Gate::Hardsigmoid),
        ([96, 7, 7], 24, Gate::Sigmoid),
        ([5, 27, 31], 3, Gate::Sigmoid),
    ] {
        let of = SqueezeExcitation { dims, squeezed, gate };
        let layout = Layout::dense(dims);
        let case = format!("{} to {squeezed}, {gate:?}", words(dims));
        let values = IMAGES * layout.image_len();
        let [x, dy] = [0, 1].map(|_| Batch::new(layout));
        let [mut y, mut dx] = [0, 1].map(|_| Batch::new(layout));
        let parameters = of.lens().map(uniform);
        let parameters = parameters.each_ref().map(Vec::as_slice);
        let mut workspace = Workspace::new(of, IMAGES, 1).expect("memory");
        measure(criterion, "squeeze_excitation forward", &case, values, |team| {
            forward(team, of, IMAGES, parameters, &mut workspace, x.read(), y.write());
        });
        // Room for the gradients of each image, which is never too little.
        let mut partials = vec![0.0; IMAGES * of.partial_len()];
        measure(criterion, "squeeze_excitation backward", &case, values, |team| {
            backward(
                team,
                Backward {
                    of,
                    images: IMAGES,
                    parameters,
                    workspace: &mut workspace,
                    x: x.read(),
                    dy: dy.read(),
                    partials: &mut partials,
                    dx: Some((false, dx.write())),
                },
            );
        });
    }
}
