//! How running statistics follow the batches of a training.

/// What a batch is to the running statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follow {
    /// The batch of this step, counted from 1 over the whole training.
    Step(u64),
    /// The statistics are made anew from batches that nothing is learnt from; this is the one of that number, from 1.
    Anew(u64),
}

impl Follow {
    /// How much of the statistics comes from this batch: by a layer's momentum, or where it has none, or where they are
    /// made anew, as much as from each batch before.
    pub(crate) fn share(self, momentum: Option<f64>) -> f64 {
        match (self, momentum) {
            (Follow::Step(_), Some(momentum)) => momentum,
            (Follow::Step(batches) | Follow::Anew(batches), _) => 1.0 / batches as f64,
        }
    }
}
