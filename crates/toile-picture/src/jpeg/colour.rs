//! What the components mean, and how they become red, green and blue.

use super::segments::Segments;
use crate::cmyk;
use crate::error::Fault;

/// What the components mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// One component.
    Grey,
    /// Red, green, blue.
    Rgb,
    /// Light, and its differences from blue and red.
    YCbCr,
    /// Printers' colours.
    Cmyk,
    /// Printers' colours, the first three as `YCbCr`.
    Ycck,
}

impl Colours {
    /// The file seldom says it outright; programs agree on these signs.
    pub(super) fn of(segments: &Segments) -> Result<Self, Fault> {
        let ids: Vec<u8> = segments.frame()?.components.iter().map(|component| component.id).collect();
        Ok(match (&ids[..], segments.adobe) {
            ([_], _) => Colours::Grey,
            ([_, _, _], _) if segments.is_jfif => Colours::YCbCr,
            ([_, _, _], Some(0)) => Colours::Rgb,
            (b"RGB", None) => Colours::Rgb,
            ([_, _, _], _) => Colours::YCbCr,
            (_, Some(0) | None) => Colours::Cmyk,
            (_, Some(_)) => Colours::Ycck,
        })
    }

    /// One row, in grey or in red, green and blue.
    pub(super) fn push_row(self, planes: &[Vec<u8>], width: usize, pixels: &mut Vec<u8>) {
        match (self, planes) {
            (Colours::Grey, [grey, ..]) => pixels.extend(&grey[..width]),
            (_, [a, b, c]) => {
                let samples = a.iter().zip(b).zip(c).take(width);
                let colour = |((&a, &b), &c)| if self == Colours::Rgb { [a, b, c] } else { rgb(a, b, c) };
                pixels.extend(samples.flat_map(colour));
            }
            (_, [a, b, c, k, ..]) => {
                for (((&a, &b), &c), &k) in a.iter().zip(b).zip(c).zip(k).take(width) {
                    // The three of YCCK hold 255 less the ink. All four are stored upside down, as Adobe began it and
                    // everybody went on.
                    let stored =
                        if self == Colours::Ycck { rgb(a, b, c).map(|light| 255 - light) } else { [a, b, c] };
                    let [cyan, magenta, yellow] = stored.map(|sample| 255 - sample);
                    pixels.extend(cmyk::to_rgb([cyan, magenta, yellow, 255 - k]));
                }
            }
            // A frame has 1, 3 or 4 components.
            _ => {}
        }
    }
}

/// JFIF's formula in 16 bits behind the point, each product rounded to the nearest.
fn rgb(light: u8, blue_difference: u8, red_difference: u8) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let [y, cb, cr] = [i32::from(light), i32::from(blue_difference) - 128, i32::from(red_difference) - 128];
    // 1.402, 0.34414, 0.71414 and 1.772 times 2^16.
    let red = y + ((91_881 * cr + HALF) >> 16);
    let green = y + ((-22_554 * cb - 46_802 * cr + HALF) >> 16);
    let blue = y + ((116_130 * cb + HALF) >> 16);
    [red, green, blue].map(|value| value.clamp(0, 255) as u8)
}
