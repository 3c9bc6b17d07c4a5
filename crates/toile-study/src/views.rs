//! Test-time augmentation carried out: the views of images, and the mean of what a network makes of them.

use toile_nn::executor::{Executor, ImageRows, Pixels, RowIndex};

use crate::mean_answer::{Weighed, mean_answer};
use crate::recipe::{TestTimeAugmentation, View};

/// Images as one view shows them.
struct Viewed<'a> {
    rows: &'a dyn ImageRows,
    view: View,
    channels: usize,
    height: usize,
}

impl ImageRows for Viewed<'_> {
    fn write(&self, RowIndex { image, row }: RowIndex, to: &mut [f32]) {
        let Viewed { rows, view: View { shift, flip, .. }, channels, height } = *self;
        rows.write(RowIndex { image, row: reflected(row as isize - shift, height) }, to);
        moved(to, channels, shift);
        if flip {
            mirrored(to, channels);
        }
    }
}

/// The place from 0 to `side` - 1 that shows at `place`, where the image is reflected at its outermost pixels.
fn reflected(place: isize, side: usize) -> usize {
    let last = side as isize - 1;
    (last - (last - place.abs()).abs()) as usize
}

/// Moves the pixels of a row to the right (to the left where `shift` is negative), in place.
fn moved(row: &mut [f32], channels: usize, shift: isize) {
    let by = shift.unsigned_abs();
    let width = row.len() / channels;
    let values = by * channels;
    let copy = |row: &mut [f32], from: usize, to: usize| {
        row.copy_within(from * channels..(from + 1) * channels, to * channels);
    };
    if shift > 0 {
        row.copy_within(..row.len() - values, values);
        // What shows at `place` is `by - place` of the row that was there, which now stands `by` further.
        (0..by).for_each(|place| copy(row, 2 * by - place, place));
    } else if shift < 0 {
        row.copy_within(values.., 0);
        (width - by..width).for_each(|place| copy(row, 2 * (width - 1 - by) - place, place));
    }
}

/// Turns a row around, pixel by pixel.
fn mirrored(row: &mut [f32], channels: usize) {
    row.reverse();
    row.chunks_exact_mut(channels).for_each(<[f32]>::reverse);
}

/// Log-probabilities of some images, `[image][class]`, of shape [channels, height, width], as a model gives them that
/// looks at images so; without test-time augmentation they are the network's. `out` has room for as many images as are
/// meant. For the views it takes as much memory again as `out` for each.
pub fn log_probabilities(
    executor: &mut dyn Executor,
    rows: &dyn ImageRows,
    [channels, height, _]: [usize; 3],
    augmentation: Option<TestTimeAugmentation>,
    out: &mut [f32],
) {
    let Some(augmentation) = augmentation else {
        executor.log_probabilities(Pixels::Rows(rows), out);
        return;
    };
    let views = augmentation.views();
    let of_view = |&view: &View| {
        let mut of_view = vec![0.0; out.len()];
        let viewed = Viewed { rows, view, channels, height };
        executor.log_probabilities(Pixels::Rows(&viewed), &mut of_view);
        of_view
    };
    let each: Vec<Vec<f32>> = views.iter().map(of_view).collect();
    let weighed: Vec<Weighed<'_>> = (views.iter().zip(&each))
        .map(|(view, of_view)| Weighed { weight: view.weight, log_probabilities: of_view })
        .collect();
    mean_answer(&weighed, out);
}
