//! Log-softmax and the loss.

use criterion::Criterion;
use toile_kernels::layout::Layout;
use toile_kernels::log_softmax::{Backward, Mixed, Targets, backward, forward};

use crate::support::{Batch, IMAGES, measure};

pub(crate) fn bench(criterion: &mut Criterion) {
    for classes in [10, 3, 100, 1000] {
        let [x, mut log_probabilities, mut dx] =
            [0, 1, 2].map(|_| Batch::new(Layout::dense([classes, 1, 1])));
        let labels: Vec<u32> = (0..IMAGES as u32).map(|image| image % classes as u32).collect();
        let mut losses = vec![0.0; IMAGES];
        let case = format!("{classes} classes");
        measure(criterion, "log_softmax forward", &case, IMAGES * classes, |team| {
            forward(team, IMAGES, x.read(), log_probabilities.write());
        });
        let weights: Vec<f32> = (0..classes).map(|class| 0.5 + class as f32).collect();
        let mixed = Mixed { labels: &[0; IMAGES], shares: &[0.75; IMAGES] };
        let plain = Targets::plain(&labels, 0.0);
        let all =
            Targets { mixed: Some(mixed), label_smoothing: 0.1, class_weights: Some(&weights), ..plain };
        for (what, targets) in [("backward", plain), ("backward, mixed and weighted", all)] {
            measure(criterion, &format!("log_softmax {what}"), &case, IMAGES * classes, |team| {
                let (x, log_probabilities) = (x.read(), log_probabilities.read());
                let args = Backward { images: IMAGES, x, log_probabilities, targets };
                backward(team, args, &mut losses, dx.write());
            });
        }
    }
}
