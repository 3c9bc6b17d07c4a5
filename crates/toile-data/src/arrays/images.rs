//! An array of numbers as images of bytes.

use super::array::{Array, Element};
use super::error::ArrayProblem;
use super::options::Layout;

/// What reading the training images settled for all others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Values that become 0 and 255.
    range: [f64; 2],
    /// Where the range comes from, for an error's sentence.
    origin: RangeOrigin,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum RangeOrigin {
    Given,
    /// Integers, which are bytes already.
    Bytes,
    Found,
}

/// Where images, rows, columns and channels stand in an array.
struct View {
    /// Images, rows, columns, channels.
    sizes: [usize; 4],
    /// Elements between neighbours along each.
    strides: [usize; 4],
}

/// Number of channels, height and width, the pixels, and the scale that they were brought to bytes by. `scale` is that
/// of the training images, when others are read.
pub(super) fn images(
    array: Array,
    layout: Option<Layout>,
    range: Option<[f64; 2]>,
    scale: Option<Scale>,
) -> Result<([usize; 3], Vec<u8>, Scale), ArrayProblem> {
    let Some(number) = array.numbers() else {
        let wanted = "images are numbers: this looks like labels, given in the images' place";
        return Err(ArrayProblem::Type { descr: "text".to_owned(), wanted });
    };
    let view = View::of(&array, layout)?;
    if array.bytes.is_empty() {
        return Err(ArrayProblem::Empty { shape: array.shape });
    }
    let [_, height, width, channels] = view.sizes;
    let shape = [channels, height, width];
    let scale = match scale {
        Some(scale) => scale,
        None => find_scale(&array, range, number)?,
    };
    let is_bytes = array.element == Element::Unsigned(1) && scale.range == [0.0, 255.0];
    if is_bytes && view.is_contiguous() {
        return Ok((shape, array.bytes, scale));
    }
    let width = array.element.width();
    let mut pixels = Vec::with_capacity(view.sizes.iter().product());
    if is_bytes {
        view.each(|place| {
            pixels.push(array.bytes[place]);
            Ok(())
        })?;
    } else {
        view.each(|place| {
            let value = number(&array.bytes[place * width..][..width]);
            pixels.push(scale.byte(value).ok_or_else(|| scale.outside(value, array.index_of(place)))?);
            Ok(())
        })?;
    }
    Ok((shape, pixels, scale))
}

impl View {
    fn of(array: &Array, layout: Option<Layout>) -> Result<View, ArrayProblem> {
        let shape = &array.shape[..];
        let layout = match layout {
            Some(layout) => layout,
            None => find_layout(shape)?,
        };
        let refused = |why: String| ArrayProblem::Layout { shape: shape.to_vec(), layout, why };
        let strides = array.strides();
        // Size and stride of each axis; those of an axis that is not there.
        let axis = |axis: usize| (shape[axis], strides[axis]);
        let none = (1, 0);
        let axes = match (layout, shape.len()) {
            (Layout::Nhwc, 4) => [axis(0), axis(1), axis(2), axis(3)],
            (Layout::Nchw, 4) => [axis(0), axis(2), axis(3), axis(1)],
            (Layout::Nhw, 3) => [axis(0), axis(1), axis(2), none],
            (Layout::Nhw, 2) => {
                let (pixels, stride) = axis(1);
                let side = pixels.isqrt();
                if side * side != pixels {
                    return Err(refused(format!("a row of {pixels} is no square; use x.reshape(-1, H, W)")));
                }
                [axis(0), (side, side * stride), (side, stride), none]
            }
            (Layout::Nhw, rank) => {
                return Err(refused(format!(
                    "it has {rank} axes, where NHW has 3 (or 2, for square images in rows)"
                )));
            }
            (_, rank) => return Err(refused(format!("it has {rank} axes, where {layout} has 4"))),
        };
        let channels = axes[3].0;
        if channels != 1 && channels != 3 {
            let why =
                "images are grey (1 channel) or RGB (3); of RGBA, x[..., :3] leaves the alpha channel out";
            return Err(refused(format!("it would have {channels} channels, and {why}")));
        }
        Ok(View { sizes: axes.map(|(size, _)| size), strides: axes.map(|(_, stride)| stride) })
    }

    /// Whether the elements stand in the order of pixels already.
    fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        (0..4).rev().all(|axis| {
            let fits = self.sizes[axis] == 1 || self.strides[axis] == expected;
            expected *= self.sizes[axis];
            fits
        })
    }

    /// Visits the place in the file of every element, in the order of pixels.
    fn each(&self, mut visit: impl FnMut(usize) -> Result<(), ArrayProblem>) -> Result<(), ArrayProblem> {
        let [images, rows, columns, channels] = self.sizes;
        let [image_stride, row_stride, column_stride, channel_stride] = self.strides;
        for image in 0..images {
            for row in 0..rows {
                let of_row = image * image_stride + row * row_stride;
                for column in 0..columns {
                    for channel in 0..channels {
                        visit(of_row + column * column_stride + channel * channel_stride)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The layout that a shape can only have.
fn find_layout(shape: &[usize]) -> Result<Layout, ArrayProblem> {
    let is_channels = |size: usize| size == 1 || size == 3;
    let refused = |remedy: String| ArrayProblem::Shape { shape: shape.to_vec(), remedy };
    match *shape {
        [_, _, _] => Ok(Layout::Nhw),
        [_, first, _, last] => match (is_channels(first), is_channels(last)) {
            (true, true) => Err(ArrayProblem::Ambiguous { shape: shape.to_vec() }),
            (true, false) => Ok(Layout::Nchw),
            (false, true) => Ok(Layout::Nhwc),
            (false, false) => Err(refused(
                "neither its second nor its last axis has 1 or 3 channels; of RGBA, x[..., :3] leaves the alpha \
                 channel out"
                    .to_owned(),
            )),
        },
        [_, pixels] => {
            let side = pixels.isqrt();
            let square = match side * side == pixels {
                true => format!("if each row is a square image of {side} x {side}, say layout = \"NHW\"; otherwise "),
                false => String::new(),
            };
            Err(refused(format!("{square}give it its sides with x.reshape(-1, H, W)")))
        }
        _ => Err(refused("expected (N, H, W), (N, H, W, C) or (N, C, H, W)".to_owned())),
    }
}

/// Which values become 0 and 255. Of whole numbers those two themselves, of booleans 0 and 1. Of floats: 0 and 1 if none
/// lies outside them, else 0 and 255.
fn find_scale(
    array: &Array,
    range: Option<[f64; 2]>,
    number: fn(&[u8]) -> f64,
) -> Result<Scale, ArrayProblem> {
    if let Some(range) = range {
        let [low, high] = range;
        // Not finite where one is not, or where the span is too wide to be computed.
        return match low < high && (high - low).is_finite() {
            true => Ok(Scale { range, origin: RangeOrigin::Given }),
            false => Err(ArrayProblem::Range { range }),
        };
    }
    let bytes = Scale { range: [0.0, 255.0], origin: RangeOrigin::Bytes };
    match array.element {
        Element::Bool => return Ok(Scale { range: [0.0, 1.0], origin: RangeOrigin::Bytes }),
        Element::Unsigned(_) | Element::Signed(_) => return Ok(bytes),
        _ => {}
    }
    let mut found = Scale { range: [0.0, 1.0], origin: RangeOrigin::Found };
    for (place, element) in array.bytes.chunks_exact(array.element.width()).enumerate() {
        let value = number(element);
        if !(0.0..=1.0).contains(&value) {
            found.range = [0.0, 255.0];
            if !(0.0..=255.0).contains(&value) {
                return Err(found.outside(value, array.index_of(place)));
            }
        }
    }
    Ok(found)
}

impl Scale {
    /// The byte of a value, computed in f64 and rounded half to even, as `np.rint` does; None outside the range.
    fn byte(&self, value: f64) -> Option<u8> {
        let [low, high] = self.range;
        if !(low..=high).contains(&value) {
            return None;
        }
        let scaled = if self.range == [0.0, 255.0] { value } else { 255.0 * ((value - low) / (high - low)) };
        Some(scaled.round_ties_even() as u8)
    }

    fn outside(&self, value: f64, index: Vec<usize>) -> ArrayProblem {
        let [low, high] = self.range;
        let why = if !value.is_finite() {
            "is no brightness: replace it, as np.nan_to_num does, and name what is dark and bright with \
             range = [low, high]"
                .to_owned()
        } else {
            match self.origin {
                RangeOrigin::Given => {
                    format!("lies outside range = [{low}, {high}]: name a range that holds all")
                }
                RangeOrigin::Bytes => {
                    format!(
                        "lies outside {low} to {high}: say which values are dark and bright with range = [low, high]"
                    )
                }
                RangeOrigin::Found => format!(
                    "lies outside {low} to {high}, where the training images are bytes or fractions: say which values \
                     are dark and bright with range = [low, high]"
                ),
            }
        };
        ArrayProblem::Value { value, index, why }
    }
}
