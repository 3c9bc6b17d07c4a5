//! How much is read at most, and what packs too well to be pictures.

/// No array is read that has more bytes of elements.
pub(super) const BYTES_MAX: u64 = 32 << 30;

/// What unpacks to more than this many times its bytes is no array of pictures, unless it is small: MNIST is a fifth.
const RATIO_MAX: u64 = 200;
const SMALL: u64 = 256 << 20;

/// The most bytes that so many packed ones may unpack to.
pub(super) fn unpacked_max(packed: u64) -> u64 {
    packed.saturating_mul(RATIO_MAX).clamp(SMALL, BYTES_MAX)
}
