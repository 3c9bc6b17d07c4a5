//! Which buffer each tensor's gradient lives in.

use toile_kernels::layout::Layout;

use crate::graph::place::TensorId;

/// What a stage reads and writes, as far as gradients are concerned.
#[derive(Debug)]
pub(super) struct Step {
    /// In the order in which it writes their gradients.
    pub(super) reads: Vec<Read>,
    pub(super) output: TensorId,
    /// Of a stage that ends in a sum: which of the reads is the skip.
    pub(super) skip: Option<usize>,
}

/// A tensor that a stage reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    pub(super) tensor: TensorId,
    /// Whether anybody needs its gradient.
    pub(super) gradient: bool,
    /// Whether a later stage has written that gradient before.
    pub(super) accumulate: bool,
}

impl Step {
    /// The skip, where the gradient of the sum can be left to it, buffer and all. The gradient of a sum is that
    /// of its skip, too, and nobody needs it as the former once the sum has been taken back; so where it is
    /// the skip's first, the skip takes it over.
    pub(super) fn heir(&self, layouts: &[Option<Layout>]) -> Option<usize> {
        let index = self.skip?;
        let (skip, other) = (self.reads[index], self.reads[1 - index]);
        let alike = layouts[skip.tensor] == layouts[self.output];
        (alike && skip.gradient && !skip.accumulate && skip.tensor != other.tensor).then_some(index)
    }
}

/// Buffers for gradients. Each tensor's is in use from the stage that first writes it, going backward, to the
/// one that made the tensor; after that another gradient lives there, of images as large: each thread's images
/// lie where that thread's were before. Of another size they would lie where another thread's were, and come from its
/// core's cache, which may be far away. As few buffers as will do: what was used last is what the caches still have.
#[derive(Debug)]
pub(super) struct Placement {
    /// The buffer of each tensor that has a gradient.
    pub(super) places: Vec<Option<usize>>,
    /// Values of each buffer.
    pub(super) lens: Vec<usize>,
    /// For each step, which of its reads takes over the gradient of its output, if one does.
    pub(super) heirs: Vec<Option<usize>>,
    /// Of each buffer, the tensors whose gradient lives there, or is taken from what lives there.
    tensors: Vec<usize>,
    /// Buffers not in use, the last used at the end.
    free: Vec<usize>,
}

impl Placement {
    /// Places all gradients, the logits' first. A step with a maker leaves the gradient of the last of its reads to that
    /// other step, which takes it from the gradient of this one's output.
    pub(super) fn new(
        steps: &[Step],
        makers: &[Option<usize>],
        logits: TensorId,
        layouts: &[Option<Layout>],
        batch_size: usize,
    ) -> Placement {
        let heirs = steps.iter().map(|step| step.heir(layouts)).collect();
        let mut placement = Placement {
            places: vec![None; layouts.len()],
            lens: vec![],
            heirs,
            tensors: vec![],
            free: vec![],
        };
        let len = |tensor: TensorId| layouts[tensor].map_or(0, |l| l.buffer_len(batch_size));
        placement.place(logits, len(logits));
        for (index, step) in steps.iter().enumerate().rev() {
            let done = placement.places[step.output];
            let heir = placement.heirs[index].map(|heir| step.reads[heir]);
            let left = step.reads.last().filter(|_| makers[index].is_some()).copied();
            for read in heir.into_iter().chain(left) {
                placement.share(read.tensor, done);
            }
            for read in step.reads.iter().filter(|read| read.gradient) {
                if placement.places[read.tensor].is_none() {
                    placement.place(read.tensor, len(read.tensor));
                }
            }
            placement.leave(done);
        }
        placement
    }

    /// A gradient that is where another is, or comes from there.
    fn share(&mut self, tensor: TensorId, buffer: Option<usize>) {
        self.places[tensor] = buffer;
        if let Some(buffer) = buffer {
            self.tensors[buffer] += 1;
        }
    }

    /// One of a buffer's tensors needs it no longer.
    fn leave(&mut self, buffer: Option<usize>) {
        if let Some(buffer) = buffer {
            self.tensors[buffer] -= 1;
            if self.tensors[buffer] == 0 {
                self.free.push(buffer);
            }
        }
    }

    /// Takes a free buffer of this size, or a new one.
    fn place(&mut self, tensor: TensorId, len: usize) {
        let buffer = match self.free.iter().rposition(|&buffer| self.lens[buffer] == len) {
            Some(i) => self.free.remove(i),
            None => {
                self.lens.push(len);
                self.tensors.push(0);
                self.lens.len() - 1
            }
        };
        self.share(tensor, Some(buffer));
    }
}
