//! Dropout: the mask, and what is done with it.

use criterion::Criterion;
use toile_kernels::dropout::{Mask, apply, mask};
use toile_kernels::layout::Layout;

use crate::support::{Batch, IMAGES, SHAPES, measure, words};

pub(crate) fn bench(criterion: &mut Criterion) {
    let image_ids: Vec<u32> = (0..IMAGES as u32).collect();
    for shape in [[256, 1, 1], [128, 1, 1], [600, 1, 1], [33, 1, 1]].into_iter().chain(SHAPES) {
        let layout = Layout::dense(shape);
        let (case, values) = (words(shape), IMAGES * layout.image_len());
        let [x, mut drawn, mut y] = [0, 1, 2].map(|_| Batch::new(layout));
        for channels in [false, true] {
            let case = format!("{case}{}", if channels { " by channel" } else { "" });
            let image_ids = &image_ids[..];
            measure(criterion, "dropout mask", &case, values, |team| {
                let which = Mask { layout, p: 0.5, channels, seed: 1, ordinal: 0, epoch: 0, image_ids };
                mask(team, which, &mut drawn.values);
            });
        }
        measure(criterion, "dropout apply", &case, values, |team| {
            apply(team, IMAGES, [x.read(), drawn.read()], false, y.write());
        });
    }
}
