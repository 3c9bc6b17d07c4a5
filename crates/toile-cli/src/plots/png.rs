//! A picture as a PNG file, drawn here: the same bytes on every machine.
//!
//! The rasteriser is compiled without its vector instructions and the compressor is a plain one, because both
//! come in versions that round or search differently from processor to processor.

use miniz_oxide::deflate::compress_to_vec_zlib;
use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};

use super::font;
use super::picture::{Anchor, Picture, Shape, Text};
use crate::report::palette::{LIGHT, Rgb};

/// Pixels of the file for one of the drawing: sharp on screens and in print.
const SCALE: f64 = 2.0;
/// As `zlib` counts them; higher ones take longer and gain little here.
const COMPRESSION: u8 = 6;

/// A file that stands alone.
pub(super) fn write(picture: &Picture) -> Vec<u8> {
    let (width, height) = (pixels(picture.width), pixels(picture.height));
    let mut sheet = Pixmap::new(width, height).expect("a picture has a size");
    sheet.fill(colour(LIGHT.panel, 1.0));
    for shape in &picture.shapes {
        draw(&mut sheet, shape);
    }
    encode(width, height, &sheet)
}

fn pixels(length: f64) -> u32 {
    (length * SCALE).ceil().clamp(1.0, 16_384.0) as u32
}

fn colour([red, green, blue]: Rgb, opacity: f64) -> Color {
    Color::from_rgba8(red, green, blue, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn paint(rgb: Rgb, opacity: f64) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(colour(rgb, opacity));
    paint
}

fn scaled() -> Transform {
    Transform::from_scale(SCALE as f32, SCALE as f32)
}

fn draw(sheet: &mut Pixmap, shape: &Shape) {
    match shape {
        Shape::Rect { left, top, width, height, fill, rule, .. } => {
            let [left, top, width, height] = [left, top, width, height].map(|length| *length as f32);
            let Some(rect) = Rect::from_xywh(left, top, width, height) else { return };
            sheet.fill_rect(rect, &paint(*fill, 1.0), scaled(), None);
            if let Some(rule) = rule {
                stroke(sheet, &PathBuilder::from_rect(rect), *rule, 0.5, &[]);
            }
        }
        Shape::Line { points, colour, width, dashes } => {
            if let Some(path) = path(points, false) {
                stroke(sheet, &path, *colour, *width, dashes);
            }
        }
        Shape::Area { points, colour, opacity } => {
            if let Some(path) = path(points, true) {
                sheet.fill_path(&path, &paint(*colour, *opacity), FillRule::Winding, scaled(), None);
            }
        }
        Shape::Text(line) => text(sheet, line),
    }
}

fn path(points: &[(f64, f64)], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, (x, y)) in points.iter().enumerate() {
        match index {
            0 => path.move_to(*x as f32, *y as f32),
            _ => path.line_to(*x as f32, *y as f32),
        }
    }
    if closed {
        path.close();
    }
    path.finish()
}

fn stroke(sheet: &mut Pixmap, path: &Path, colour: Rgb, width: f64, dashes: &[f32]) {
    let dash = StrokeDash::new(dashes.to_vec(), 0.0);
    let stroke = Stroke { width: width as f32, line_join: LineJoin::Round, dash, ..Stroke::default() };
    sheet.stroke_path(path, &paint(colour, 1.0), &stroke, scaled(), None);
}

fn text(sheet: &mut Pixmap, Text { text, x, y, size, colour, anchor, turn }: &Text) {
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
    sheet.fill_path(&outlines, &paint(*colour, 1.0), FillRule::Winding, place, None);
}

/// Eight bits of red, green and blue a pixel: the sheet has no transparent place.
fn encode(width: u32, height: u32, sheet: &Pixmap) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // Bits, colour type, compression, filters, no interlacing.
    header.extend([8, 2, 0, 0, 0]);
    let row_bytes = 3 * width as usize;
    let mut filtered = Vec::with_capacity((row_bytes + 1) * height as usize);
    let mut above = vec![0; row_bytes];
    for row in sheet.pixels().chunks_exact(width as usize) {
        let bytes: Vec<u8> =
            row.iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
        // Filter "up": what is as the row above becomes zeros.
        filtered.push(2);
        filtered.extend(bytes.iter().zip(&above).map(|(byte, above)| byte.wrapping_sub(*above)));
        above = bytes;
    }
    // Pixels a metre: the drawing's are 96 an inch, as on the web.
    let density = (96.0 * SCALE / 0.0254).round() as u32;
    let mut physical = Vec::new();
    physical.extend(density.to_be_bytes());
    physical.extend(density.to_be_bytes());
    physical.push(1);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"pHYs", &physical);
    chunk(&mut file, b"IDAT", &compress_to_vec_zlib(&filtered, COMPRESSION));
    chunk(&mut file, b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], contents: &[u8]) {
    file.extend((contents.len() as u32).to_be_bytes());
    file.extend(kind);
    file.extend(contents);
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(kind);
    checksum.update(contents);
    file.extend(checksum.finalize().to_be_bytes());
}
