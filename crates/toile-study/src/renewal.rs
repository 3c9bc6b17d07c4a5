//! Running statistics of averaged weights, made anew: PyTorch's `update_bn`.

use toile_nn::executor::{Executor, Pixels, StatisticsBatch};

use crate::images::Images;

/// Images as the statistics are to see them.
#[derive(Clone, Copy, Debug)]
pub struct Renewal<'a> {
    /// Those that the run trains on, in the order of the data set and not augmented.
    pub images: Images<'a>,
    /// Images at a time, as in training.
    pub batch_size: usize,
    /// Epoch, from 0: what dropout's randomness depends on.
    pub epoch: u32,
}

/// Replaces the running statistics by means over these images, each batch counting alike. False where `stopped` said so
/// on the way.
pub fn renew_statistics(
    executor: &mut dyn Executor,
    renewal: Renewal<'_>,
    stopped: &dyn Fn() -> bool,
) -> bool {
    let Renewal { images, batch_size, epoch } = renewal;
    for (number, indices) in (1..).zip(images.indices.chunks(batch_size)) {
        if stopped() {
            return false;
        }
        let rows = Images { indices, ..images };
        let batch = StatisticsBatch { images: Pixels::Rows(&rows), image_ids: indices, epoch, number };
        executor.renew_statistics(batch);
    }
    true
}
