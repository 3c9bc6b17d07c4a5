//! Pictures and pixels as PNG files: the same bytes on every machine.
//!
//! The rasteriser is compiled without its vector instructions, which round differently from processor to processor.

use std::io::Cursor;

use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path as Outline, PathBuilder, Pixmap, Rect, Stroke as Pen, StrokeDash,
    Transform,
};

use super::font;
use crate::palette::{Colour, LIGHT};
use crate::picture::{Anchor, Fill, Form, Path, Picture, Shape, Step, Stroke, Text};

/// Pixels of the file for one of the drawing: sharp on screens and in print.
pub(crate) const SCALE: f64 = 2.0;

/// What the samples of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Samples {
    /// One: how bright it is.
    Grey,
    /// Red, green and blue.
    Rgb,
}

/// Eight bits a sample, row after row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Of a pixel.
    pub samples: Samples,
    /// `[row][column][sample]`.
    pub bytes: Vec<u8>,
}

/// Pixels as a file, as small as the compressor makes it.
///
/// # Panics
/// Where the bytes are not as many as the size says.
pub fn encode(pixels: &Pixels) -> Vec<u8> {
    compressed(pixels, png::Compression::High, None)
}

fn compressed(pixels: &Pixels, by: png::Compression, density: Option<u32>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, pixels.width, pixels.height);
    encoder.set_color(match pixels.samples {
        Samples::Grey => png::ColorType::Grayscale,
        Samples::Rgb => png::ColorType::Rgb,
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(by);
    encoder.set_pixel_dims(density.map(|ppu| png::PixelDimensions {
        xppu: ppu,
        yppu: ppu,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().expect("memory takes what is written");
    writer.write_image_data(&pixels.bytes).expect("the bytes are as many as the size says");
    writer.finish().expect("memory takes what is written");
    file
}

/// Reads a file of eight bits a sample, grey or coloured.
///
/// # Errors
/// What is wrong with it.
pub fn decode(file: &[u8]) -> Result<Pixels, String> {
    let mut reader = png::Decoder::new(Cursor::new(file)).read_info().map_err(|error| error.to_string())?;
    let size = reader.output_buffer_size().ok_or("it is too large")?;
    let mut bytes = vec![0; size];
    let info = reader.next_frame(&mut bytes).map_err(|error| error.to_string())?;
    let samples = match (info.bit_depth, info.color_type) {
        (png::BitDepth::Eight, png::ColorType::Grayscale) => Samples::Grey,
        (png::BitDepth::Eight, png::ColorType::Rgb) => Samples::Rgb,
        (depth, kind) => {
            return Err(format!(
                "it holds {depth:?} bits of {kind:?}, not eight of grey or of red, green and blue"
            ));
        }
    };
    Ok(Pixels { width: info.width, height: info.height, samples, bytes })
}

/// A picture as a file that stands alone, in the colours of the light mode.
pub fn file(picture: &Picture) -> Vec<u8> {
    // The drawing's pixels are 96 an inch, as on the web.
    let density = (96.0 * SCALE / 0.0254).round() as u32;
    // A drawing is flat: the fast compressor comes close to the others, and is one and the same on every machine.
    compressed(&rendered(picture), png::Compression::Fast, Some(density))
}

/// A picture as the pixels of its file.
pub(crate) fn rendered(picture: &Picture) -> Pixels {
    let (width, height) = (pixels(picture.width), pixels(picture.height));
    let mut sheet = Pixmap::new(width, height).expect("a picture has a size");
    sheet.fill(colour(Colour::Panel, 1.0));
    for shape in &picture.shapes {
        draw(&mut sheet, shape);
    }
    // The ground is opaque: what follows a pixel's three colours is 255.
    let mut bytes = Vec::with_capacity(3 * sheet.pixels().len());
    sheet.data().chunks_exact(4).for_each(|pixel| bytes.extend_from_slice(&pixel[..3]));
    Pixels { width, height, samples: Samples::Rgb, bytes }
}

fn pixels(length: f64) -> u32 {
    (length * SCALE).ceil().clamp(1.0, 16_384.0) as u32
}

fn colour(colour: Colour, opacity: f64) -> Color {
    // A file's ground is that of a panel.
    let [red, green, blue] = if colour == Colour::Ground { LIGHT.panel } else { colour.rgb(&LIGHT) };
    Color::from_rgba8(red, green, blue, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn paint(of: Colour, opacity: f64) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(colour(of, opacity));
    paint
}

fn scaled() -> Transform {
    Transform::from_scale(SCALE as f32, SCALE as f32)
}

fn draw(sheet: &mut Pixmap, shape: &Shape) {
    let outline = match &shape.form {
        Form::Rect { x, y, width, height, .. } => {
            let [x, y, width, height] = [x, y, width, height].map(|length| *length as f32);
            Rect::from_xywh(x, y, width, height).map(PathBuilder::from_rect)
        }
        Form::Circle { x, y, radius } => PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32),
        Form::Path(path) => outline(path),
        Form::Text(line) => return text(sheet, line),
        Form::Group(shapes) => return shapes.iter().for_each(|shape| draw(sheet, shape)),
    };
    let Some(outline) = outline else { return };
    if let Some(Fill { colour, opacity }) = shape.fill {
        sheet.fill_path(&outline, &paint(colour, opacity), FillRule::Winding, scaled(), None);
    }
    if let Some(Stroke { colour, width, dashes, opacity }) = shape.stroke {
        let dash = StrokeDash::new(dashes.to_vec(), 0.0);
        let pen = Pen { width: width as f32, line_join: LineJoin::Round, dash, ..Pen::default() };
        sheet.stroke_path(&outline, &paint(colour, opacity), &pen, scaled(), None);
    }
}

fn outline(path: &Path) -> Option<Outline> {
    let mut outline = PathBuilder::new();
    for step in &path.steps {
        match step {
            Step::Move(x, y) => outline.move_to(*x as f32, *y as f32),
            Step::Line(x, y) => outline.line_to(*x as f32, *y as f32),
            Step::Quad(points) => {
                let [a, b, x, y] = points.map(|length| length as f32);
                outline.quad_to(a, b, x, y);
            }
            Step::Cubic(points) => {
                let [a, b, c, d, x, y] = points.map(|length| length as f32);
                outline.cubic_to(a, b, c, d, x, y);
            }
            Step::Close => outline.close(),
        }
    }
    outline.finish()
}

fn text(sheet: &mut Pixmap, line: &Text) {
    let Text { text, x, y, size, colour, anchor, turn, apart, .. } = line;
    let Some(outlines) = font::outlines(text, *size) else { return };
    let before = match anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => font::width(text, *size) / 2.0,
        Anchor::End => font::width(text, *size),
    };
    let (cosine, sine) = turn.cosine_and_sine();
    let place = scaled()
        .pre_concat(Transform::from_row(cosine, sine, -sine, cosine, *x as f32, *y as f32))
        .pre_translate(-before as f32, 0.0);
    if *apart {
        let pen = Pen { width: 4.0, line_join: LineJoin::Round, ..Pen::default() };
        sheet.stroke_path(&outlines, &paint(Colour::Ground, 1.0), &pen, place, None);
    }
    sheet.fill_path(&outlines, &paint(*colour, 1.0), FillRule::Winding, place, None);
}
