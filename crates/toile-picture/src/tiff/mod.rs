//! TIFF 6.0: the first page of a file. Grey, palette, RGB and CMYK of 1 to 16 bits, in strips or tiles.

mod page;
mod unpack;

use self::page::{Colour, Page};
use super::cmyk;
use super::error::Fault;
use super::header::Header;
use super::limits::Deadline;
use super::raster::{Layout, Raster};

/// Everything that stands before the pixels.
pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let page = Page::read(bytes)?;
    Ok(Header {
        size: page.size,
        is_colour: match &page.colour {
            Colour::Grey { .. } => false,
            Colour::Palette(colours) => colours.iter().any(|[r, g, b]| r != g || g != b),
            Colour::Rgb | Colour::Cmyk => true,
        },
        has_alpha: page.alpha.is_some(),
        orientation: page.orientation,
    })
}

/// The first page.
pub(super) fn decode(bytes: &[u8], deadline: Deadline) -> Result<Raster, Fault> {
    let page = Page::read(bytes)?;
    let samples = unpack::samples(bytes, &page, deadline)?;
    let pixels = samples.chunks_exact(page.samples);
    // Grey is scaled by its own number of bits, an index is not.
    let grey_most = (1_u32 << page.bits.min(8)) - 1;
    let layout = match (&page.colour, page.alpha) {
        (Colour::Grey { .. }, None) => Layout::Grey,
        (Colour::Grey { .. }, Some(_)) => Layout::GreyAlpha,
        (_, None) => Layout::Rgb,
        (_, Some(_)) => Layout::Rgba,
    };
    let mut out = Vec::with_capacity(page.size[0] * page.size[1] * layout.bytes());
    for pixel in pixels {
        let start = out.len();
        match &page.colour {
            Colour::Grey { white_is_zero } => {
                let grey = (u32::from(pixel[0]) * 255 / grey_most) as u8;
                out.push(if *white_is_zero { 255 - grey } else { grey });
            }
            Colour::Palette(colours) => {
                let index = usize::from(pixel[0]);
                let outside = || Fault::damaged(format!("index {index} of a palette of {}", colours.len()));
                out.extend(colours.get(index).ok_or_else(outside)?);
            }
            Colour::Rgb => out.extend(&pixel[..3]),
            Colour::Cmyk => out.extend(cmyk::to_rgb([pixel[0], pixel[1], pixel[2], pixel[3]])),
        }
        if let Some(alpha) = page.alpha {
            let value = pixel[alpha.sample];
            if alpha.is_multiplied {
                out[start..].iter_mut().for_each(|colour| *colour = divided(*colour, value));
            }
            out.push(value);
        }
    }
    Ok(Raster { size: page.size, layout, pixels: out })
}

/// A colour that was multiplied by its alpha, as it was before, rounded down.
fn divided(colour: u8, alpha: u8) -> u8 {
    if alpha == 0 { colour } else { (u32::from(colour) * 255 / u32::from(alpha)).min(255) as u8 }
}
