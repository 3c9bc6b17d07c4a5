//! Between PyTorch's weight layout and the panels the kernels read.

use super::geometry::Conv2d;
use crate::LANES;
use crate::team::Team;

impl Conv2d {
    /// Where w[oc, ic, kh, kw] lies in the packed weight.
    #[inline]
    pub(super) fn packed_index(&self, oc: usize, ic: usize, kh: usize, kw: usize) -> usize {
        let k = (kh * self.kernel[1] + kw) * self.input.channels + ic;
        ((oc / LANES) * self.window_len() + k) * LANES + oc % LANES
    }

    /// Calls `f(index in [oc][ic][kh][kw], index in the packed weight)` for each weight.
    fn each_weight(&self, mut f: impl FnMut(usize, usize)) {
        let [height, width] = self.kernel;
        let mut plain = 0;
        for oc in 0..self.output.channels {
            for ic in 0..self.input.channels {
                for kh in 0..height {
                    for kw in 0..width {
                        f(plain, self.packed_index(oc, ic, kh, kw));
                        plain += 1;
                    }
                }
            }
        }
    }

    /// [out, in, kh, kw] to panels.
    pub fn pack_weight(&self, plain: &[f32], packed: &mut [f32]) {
        assert_eq!(packed.len(), self.weight_len(), "packed weight");
        // What fills up must be zero again after a run that diverged.
        packed.fill(0.0);
        self.each_weight(|i, j| packed[j] = plain[i]);
    }

    /// Panels to [out, in, kh, kw].
    pub fn unpack_weight(&self, packed: &[f32]) -> Vec<f32> {
        assert_eq!(packed.len(), self.weight_len(), "packed weight");
        let mut plain = vec![0.0; self.output.channels * self.window_len()];
        self.each_weight(|i, j| plain[i] = packed[j]);
        plain
    }

    /// Places of the transformed weight, where the forward kernel reads that: in Winograd's domain, or in pairs of bf16; 0
    /// where it reads the packed one.
    pub fn transformed_len(&self) -> usize {
        match self.algorithms.forward.tile() {
            Some(tile) => self.winograd_weight_len(tile),
            None if self.forward_in_pairs() => self.weight_len() / 2,
            None => 0,
        }
    }

    /// Renews the transformed weight after the packed one has changed.
    pub fn renew_transformed(&self, team: &mut Team, packed: &[f32], transformed: &mut [f32]) {
        self.check();
        assert_eq!(packed.len(), self.weight_len(), "packed weight");
        assert_eq!(transformed.len(), self.transformed_len(), "transformed weight");
        if let Some(tile) = self.algorithms.forward.tile() {
            self.transform_weight(tile, team, packed, transformed);
        } else if self.forward_in_pairs() {
            let (isa, panel_len) = (team.isa(), transformed.len() / self.panels());
            team.for_each_chunk(transformed, panel_len, |_, panel, to| {
                Conv2d::pair_rows(isa, &packed[2 * panel * panel_len..][..2 * panel_len], to);
            });
        }
    }

    /// Places of the weight as the input gradient reads it: rows for the sparse kernels; transformed for
    /// Winograd's; for the direct dense one panels of 16 input channels over the window by residue classes,
    /// flipped (see `input_gradient`).
    pub fn mirror_len(&self) -> usize {
        if self.is_sparse() {
            self.rows_len()
        } else if let Some(tile) = self.algorithms.input_gradient.tile() {
            self.winograd_mirror_len(tile)
        } else {
            self.input.channels.div_ceil(LANES) * self.mirror_panel_len()
        }
    }

    /// Renews the mirror after the packed weight has changed.
    pub fn renew_mirror(&self, team: &mut Team, packed: &[f32], mirror: &mut [f32]) {
        self.check();
        assert_eq!(packed.len(), self.weight_len(), "packed weight");
        assert_eq!(mirror.len(), self.mirror_len(), "mirrored weight");
        if self.is_sparse() {
            let rows = self.output.channels * self.window_len();
            let row_len = self.output.channels * self.segment();
            team.for_each_chunk(&mut mirror[..rows], row_len, |_, kernel_row, rows| {
                self.unpack_rows(packed, kernel_row, rows)
            });
        } else if let Some(tile) = self.algorithms.input_gradient.tile() {
            self.transform_mirror(tile, team, packed, mirror);
        } else {
            let isa = team.isa();
            team.for_each_chunk(mirror, self.mirror_panel_len(), |_, panel, mirror| {
                self.mirror_panel(isa, packed, panel, mirror);
            });
        }
    }
}
