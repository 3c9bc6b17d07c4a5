//! Element-by-element operations over batches whose borders may differ.

use crate::isa::Isa;
use crate::layout::{Images, ImagesMut};
use crate::team::{Shares, Team};

/// Calls `f` with the same row of each input and of the output, for all rows of all images. Where no one
/// has a border, a whole image is one row.
pub(crate) fn each_row<const N: usize>(
    team: &mut Team,
    images: usize,
    inputs: [Images<'_>; N],
    output: ImagesMut<'_>,
    f: impl Fn(Isa, [&[f32]; N], &mut [f32]) + Sync,
) {
    each_row_of_image(team, images, inputs, output, |isa, _, from, to| f(isa, from, to));
}

/// As [`each_row`], for an `f` that is also told which image it is.
pub(crate) fn each_row_of_image<const N: usize>(
    team: &mut Team,
    images: usize,
    inputs: [Images<'_>; N],
    output: ImagesMut<'_>,
    f: impl Fn(Isa, usize, [&[f32]; N], &mut [f32]) + Sync,
) {
    let to = output.layout;
    output.check(images, "the output");
    for input in &inputs {
        input.check(images, "an input");
        let dims = |l: crate::layout::Layout| [l.channels, l.height, l.width];
        assert_eq!(dims(input.layout), dims(to), "shapes differ");
    }
    let dense = to.is_dense() && inputs.iter().all(|input| input.layout.is_dense());
    let (rows, len) = if dense { (1, to.image_len()) } else { (to.height, to.row_len()) };
    let isa = team.isa();
    let values = Shares(output.values.as_mut_ptr());
    team.for_each(images, |_, image| {
        for row in 0..rows {
            let start =
                |l: crate::layout::Layout| image * l.image_stride() + l.origin() + row * l.row_stride();
            let from = inputs.map(|input| &input.values[start(input.layout)..][..len]);
            // SAFETY: inside the output (checked above), and no other item writes this image.
            let to = unsafe { std::slice::from_raw_parts_mut(values.at(start(to)), len) };
            f(isa, image, from, to);
        }
    });
}
