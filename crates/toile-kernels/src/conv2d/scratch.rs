//! What a thread needs to compute with.

use super::geometry::{Conv2d, need};
use super::sparse::Lists;
use super::winograd;
use crate::buffer::{Buffer, OutOfMemory};
use crate::max_pool2d::fused::band_len;

/// What a thread needs on the way back, and with Winograd's algorithm or products of bf16 on the way forward.
#[derive(Debug)]
pub struct Scratch {
    /// Whose it is: another convolution's zeros stand elsewhere.
    conv: Conv2d,
    /// The gradient of the convolution's own output, framed with zeros.
    pub(super) framed: Buffer,
    pub(super) lists: Lists,
    /// What is in Winograd's domain.
    winograd: Buffer,
    /// An image, or its gradient, in pairs of bf16 for the direct kernels.
    pairs: Buffer,
    /// With an activation other than ReLU in front of pooling: some rows of the convolution's own output.
    band: Buffer,
    /// With an activation other than ReLU and pooling: an image's gradient behind the activation, laid out as the
    /// output.
    pub(super) behind_activation: Buffer,
    /// What went into the activation of an image, laid out as the output, where that is made again.
    pub(super) again: Buffer,
}

impl Conv2d {
    /// Whether a thread needs its scratch on the way forward.
    pub(super) fn takes_scratch_forward(&self) -> bool {
        self.algorithms.forward.tile().is_some() || self.forward_in_pairs() || self.pools_activated()
    }
}

impl Scratch {
    /// For this convolution alone.
    pub fn new(conv: &Conv2d) -> Result<Scratch, OutOfMemory> {
        conv.check();
        let len = if conv.is_sparse() { 0 } else { conv.framed_len() };
        let (framed, lists) = (Buffer::try_zeroed(len)?, Lists::new(conv)?);
        let winograd = Buffer::try_zeroed(winograd::scratch_len(conv))?;
        let pairs = Buffer::try_zeroed(conv.pairs_len())?;
        let band = Buffer::try_zeroed(if conv.pools_activated() { band_len(conv.output) } else { 0 })?;
        let taken_back = conv.pool && conv.keeps_before();
        let behind_activation = Buffer::try_zeroed(if taken_back { conv.output.image_stride() } else { 0 })?;
        let again = Buffer::try_zeroed(if conv.makes_again() { conv.output.image_stride() } else { 0 })?;
        Ok(Scratch { conv: *conv, framed, lists, winograd, pairs, band, behind_activation, again })
    }

    /// Panics unless there is one of this convolution for each thread.
    pub(super) fn check(all: &[Scratch], conv: &Conv2d, threads: usize) {
        need("the scratch", all.len(), threads);
        for scratch in all {
            assert_eq!(scratch.conv, *conv, "a thread's scratch is another convolution's");
        }
    }

    pub(super) fn band(&mut self) -> *mut f32 {
        self.band.as_mut_ptr()
    }

    pub(super) fn winograd(&mut self) -> *mut f32 {
        self.winograd.as_mut_ptr()
    }

    pub(super) fn pairs(&mut self) -> *mut f32 {
        self.pairs.as_mut_ptr()
    }
}
