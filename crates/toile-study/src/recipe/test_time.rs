//! Test-time augmentation: a network that looks at an image several times, each time a little differently.

/// How a model looks at an image beside once as it is. The views are the image, its mirror image (`flip`), and the
/// image moved by `shifts` pixels up and left and by as many down and right, each of these as it is and mirrored. What
/// lies beyond the edge is the image reflected at its outermost pixels, as PyTorch's `F.pad(mode="reflect")` has it.
///
/// The model's probabilities are the weighted mean of those of the views. Views that are not moved have half of the
/// weight, moved ones the other half, and within a half all weigh the same: the views and weights of
/// `infer_mirror_translate` in K. Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (2024), section 3.5, which
/// takes the mean of logits instead. Here it is the mean of probabilities, as for ensembles, so that an ensemble of
/// such models is again a mean of probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestTimeAugmentation {
    /// Whether mirror images are looked at.
    pub flip: bool,
    /// Pixels that an image is moved by; 0 for none.
    pub shifts: usize,
}

/// One look at an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Pixels that the image is moved by, down and to the right; negative for up and to the left.
    pub shift: isize,
    /// Whether it is mirrored, left to right, after it has been moved.
    pub flip: bool,
    /// How much it counts beside the other views.
    pub weight: u32,
}

impl TestTimeAugmentation {
    /// The views, the image itself first.
    pub fn views(self) -> Vec<View> {
        let moved = self.shifts as isize;
        // Twice as many views are moved as are not: each of them has half the weight.
        let places: &[(isize, u32)] = if moved == 0 { &[(0, 1)] } else { &[(0, 2), (moved, 1), (-moved, 1)] };
        let flips: &[bool] = if self.flip { &[false, true] } else { &[false] };
        let views = places
            .iter()
            .flat_map(|&(shift, weight)| flips.iter().map(move |&flip| View { shift, flip, weight }));
        views.collect()
    }

    /// Times that the network runs for one image.
    pub fn passes(self) -> usize {
        (1 + usize::from(self.flip)) * if self.shifts == 0 { 1 } else { 3 }
    }

    /// The most pixels that images of this height and width can be moved by: a reflection has to lie inside.
    pub fn shifts_max([height, width]: [usize; 2]) -> usize {
        height.min(width).saturating_sub(1) / 2
    }
}
