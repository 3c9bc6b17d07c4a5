//! Which buffer each tensor's gradient lives in.

use toile_kernels::layout::Layout;

use super::stages::Stage;
use crate::description::TensorId;

/// Buffers for gradients. Each tensor's is in use from the stage that first writes it, going backward, to the
/// one that made the tensor; after that another gradient lives there. As few buffers as will do: what was
/// used last is what the caches still have.
#[derive(Debug, Default)]
pub(super) struct Placement {
    /// The buffer of each tensor that has a gradient.
    pub(super) places: Vec<Option<usize>>,
    /// Values of each buffer.
    pub(super) lens: Vec<usize>,
    /// Buffers not in use, the last used at the end.
    free: Vec<usize>,
}

impl Placement {
    /// Places all gradients, the logits' first, and settles which skips share their sum's.
    pub(super) fn new(
        stages: &mut [Stage],
        logits: TensorId,
        layouts: &[Option<Layout>],
        batch_size: usize,
    ) -> Placement {
        let mut placement = Placement { places: vec![None; layouts.len()], lens: vec![], free: vec![] };
        let len = |tensor: TensorId| layouts[tensor].map_or(0, |l| l.buffer_len(batch_size));
        placement.place(logits, len(logits));
        for stage in stages.iter_mut().rev() {
            let mut done = placement.places[stage.output()];
            // The gradient of a sum is that of its skip, too. Nobody needs it as the former once the sum has
            // been taken back, so where it is the skip's first, the skip takes over the buffer.
            if let Some((skip, input, output)) = stage.sum() {
                let alike = layouts[skip.tensor] == layouts[output];
                if alike && skip.gradient && !skip.accumulate && skip.tensor != input {
                    skip.shared = true;
                    placement.places[skip.tensor] = done.take();
                }
            }
            for source in stage.sources().iter().filter(|source| source.gradient) {
                if placement.places[source.tensor].is_none() {
                    placement.place(source.tensor, len(source.tensor));
                }
            }
            placement.free.extend(done);
        }
        placement
    }

    /// Takes a free buffer of about this size, or a new one.
    fn place(&mut self, tensor: TensorId, len: usize) {
        let free = self.free.iter().enumerate().rev();
        let best = free.min_by_key(|&(_, &buffer)| self.lens[buffer].abs_diff(len)).map(|(i, _)| i);
        let buffer = match best {
            Some(i) => self.free.remove(i),
            None => {
                self.lens.push(0);
                self.lens.len() - 1
            }
        };
        self.lens[buffer] = self.lens[buffer].max(len);
        self.places[tensor] = Some(buffer);
    }
}
