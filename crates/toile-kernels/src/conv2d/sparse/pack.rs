//! Between the panels of the packed weight and the rows the sparse kernels read and write.

use crate::LANES;
use crate::conv2d::geometry::Conv2d;
use crate::layout::product;
use crate::simd::versions;
use crate::team::{Shares, Team};

impl Conv2d {
    /// Values of the weight as rows, `[kh][oc][kw][ic]`, with room for a vector read at the very end.
    pub(in crate::conv2d) fn rows_len(&self) -> usize {
        self.output.channels * self.window_len() + LANES
    }

    /// The rows of one kernel row, from the packed weight.
    pub(in crate::conv2d) fn unpack_rows(&self, packed: &[f32], kernel_row: usize, rows: &mut [f32]) {
        let segment = self.segment();
        for (oc, row) in rows.chunks_exact_mut(segment).enumerate() {
            let from = (oc / LANES * self.window_len() + kernel_row * segment) * LANES;
            for (value, sixteen) in row.iter_mut().zip(packed[from..].chunks_exact(LANES)) {
                *value = sixteen[oc % LANES];
            }
        }
    }
}

/// Sums the groups' partial weight gradients, rows `[oc][kh][kw][ic]`, in order; writes the total packed as
/// the weight. Only for a convolution that is sparse ([`Conv2d::is_sparse`]).
pub fn pack_partials(team: &mut Team, conv: Conv2d, partials: &[f32], groups: usize, packed: &mut [f32]) {
    conv.check();
    assert!(conv.is_sparse(), "dense partial gradients are packed already");
    assert_eq!(packed.len(), conv.weight_len(), "packed gradient");
    assert!(partials.len() >= product([groups, conv.partial_len()]), "partial gradients");
    let isa = team.isa();
    let len = conv.window_len();
    let packed = Shares(packed.as_mut_ptr());
    team.for_each(conv.panels(), |_, panel| {
        // SAFETY: this function has checked the lengths above; an item writes its own panel.
        unsafe {
            let from = partials.as_ptr().add(panel * LANES * len);
            let channels = LANES.min(conv.output.channels - panel * LANES);
            pack_panel(
                isa,
                from,
                [groups, conv.partial_len()],
                channels,
                len,
                packed.at(panel * LANES * len),
            );
        }
    });
}

versions! {
    /// `groups` is their number and the step from one to the next.
    fn pack_panel<S>(from: *const f32, groups: [usize; 2], channels: usize, len: usize, packed: *mut f32) {
        let mut first = 0;
        while first < len {
            let lanes = (len - first).min(LANES);
            // A square of sixteen channels by sixteen weights at a time.
            let mut square = [0.0; LANES * LANES];
            for channel in 0..channels {
                let mut sum = S::zero();
                for group in 0..groups[0] {
                    let at = group * groups[1] + channel * len + first;
                    sum = S::add(sum, S::load_first(from.add(at), lanes));
                }
                S::store(square.as_mut_ptr().add(channel * LANES), sum);
            }
            for k in 0..lanes {
                let sixteen: [f32; LANES] = std::array::from_fn(|lane| square[lane * LANES + k]);
                packed.add((first + k) * LANES).cast::<[f32; LANES]>().write(sixteen);
            }
            first += LANES;
        }
    }
}
