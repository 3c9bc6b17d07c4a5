//! Counter-based random numbers: every number is a function of (seed, purpose, epoch, image, index).
//!
//! Nothing has a state, so the order in which threads draw cannot matter, and a resumed run draws
//! what the uninterrupted one would have drawn.

mod philox;

pub use philox::philox4x32_10;

/// What a random number is for. Two purposes never share a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Initial value of the parameter tensor with this ordinal.
    Init(u16),
    /// Order of the training images in an epoch.
    Shuffle,
    /// Mask of the dropout layer with this ordinal.
    Dropout(u16),
    /// Choice of the validation images.
    Split,
    /// Order in which the units of the hidden layer with this ordinal are ablated.
    Ablation(u16),
    /// Choice of the test images, where a data set does not say which these are.
    TestSplit,
    /// What the transform at this place of the list of augmentations does to a training image.
    Augment(u16),
    /// Folds of a cross-validation.
    Folds,
    /// Draw of the training image at a position of an epoch, with replacement.
    Sample,
    /// Values of the settings that a sweep tries.
    Search,
    /// What happens to the machines of a simulated cluster.
    Simulation,
}

impl Purpose {
    /// The counter word that keeps purposes apart: the kind in the upper half, the ordinal in the lower.
    pub fn word(self) -> u32 {
        let (kind, ordinal) = match self {
            Purpose::Init(n) => (1, n),
            Purpose::Shuffle => (2, 0),
            Purpose::Dropout(n) => (3, n),
            Purpose::Split => (4, 0),
            Purpose::Ablation(n) => (5, n),
            Purpose::TestSplit => (7, 0),
            Purpose::Augment(n) => (6, n),
            Purpose::Folds => (8, 0),
            Purpose::Sample => (9, 0),
            Purpose::Search => (20, 0),
            Purpose::Simulation => (21, 0),
        };
        kind << 16 | u32::from(ordinal)
    }
}

/// All numbers of one (seed, purpose, epoch, image), addressed by index.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    key: [u32; 2],
    image: u32,
    epoch: u32,
    purpose: u32,
}

impl Stream {
    /// The stream of these coordinates; `epoch` and `image` are 0 where they mean nothing.
    pub fn new(seed: u64, purpose: Purpose, epoch: u32, image: u32) -> Self {
        Stream { key: [seed as u32, (seed >> 32) as u32], image, epoch, purpose: purpose.word() }
    }

    /// Four numbers: those with the indices `4 * block` to `4 * block + 3`.
    #[inline(always)]
    pub fn block(&self, block: u32) -> [u32; 4] {
        philox4x32_10([block, self.image, self.epoch, self.purpose], self.key)
    }

    /// The last three words of the counter, and the key, for kernels that compute many blocks at once.
    #[inline(always)]
    pub(crate) fn counter_and_key(&self) -> ([u32; 3], [u32; 2]) {
        ([self.image, self.epoch, self.purpose], self.key)
    }

    /// The number with this index.
    pub fn u32(&self, index: u32) -> u32 {
        self.block(index / 4)[index as usize % 4]
    }

    /// Uniform in [0, 1), a multiple of 2^-24.
    pub fn uniform(&self, index: u32) -> f32 {
        (self.u32(index) >> 8) as f32 * (1.0 / 16_777_216.0)
    }
}

/// A permutation of `0..len`: Fisher and Yates, from the top, swap `i` drawn from block `i`.
pub fn permutation(seed: u64, purpose: Purpose, epoch: u32, len: usize) -> Vec<u32> {
    let stream = Stream::new(seed, purpose, epoch, 0);
    let mut order: Vec<u32> = (0..len as u32).collect();
    for i in (1..len).rev() {
        let [lo, hi, ..] = stream.block(i as u32);
        let draw = u64::from(hi) << 32 | u64::from(lo);
        // Multiply and shift: uniform in 0..=i up to a bias of 2^-64 * len.
        let j = (u128::from(draw) * (i as u128 + 1)) >> 64;
        order.swap(i, j as usize);
    }
    order
}
