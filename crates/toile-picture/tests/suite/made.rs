//! Pictures made here, of random sizes and pixels: without loss they come back as they were.

use toile_picture::{Layout, Limits, Raster, decode};
use toile_testing::Chance;

use crate::tiff_writer::{self, Packing, Tiff};

fn raster(chance: &mut Chance, layout: Layout) -> Raster {
    let size = [1 + chance.below(40), 1 + chance.below(40)];
    let pixels = chance.bytes(size[0] * size[1] * layout.bytes());
    Raster { size, layout, pixels }
}

#[track_caller]
fn same(what: &str, bytes: &[u8], raster: &Raster) {
    let found = decode(bytes, &Limits::default()).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(
        &found == raster,
        "{what}: {:?} {:?}, {:?} {:?}",
        found.size,
        found.layout,
        raster.size,
        raster.layout
    );
}

const LAYOUTS: [Layout; 4] = [Layout::Grey, Layout::GreyAlpha, Layout::Rgb, Layout::Rgba];

#[test]
fn png_and_webp_come_back_as_they_were() {
    for case in 0..60 {
        let mut chance = Chance::new(40, case);
        let layout = LAYOUTS[case as usize % 4];
        let raster = raster(&mut chance, layout);
        let [height, width] = raster.size.map(|side| side as u32);
        let (of_png, of_webp) = match layout {
            Layout::Grey => (png::ColorType::Grayscale, None),
            Layout::GreyAlpha => (png::ColorType::GrayscaleAlpha, None),
            Layout::Rgb => (png::ColorType::Rgb, Some(image_webp::ColorType::Rgb8)),
            Layout::Rgba => (png::ColorType::Rgba, Some(image_webp::ColorType::Rgba8)),
        };
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(of_png);
        encoder.write_header().unwrap().write_image_data(&raster.pixels).unwrap();
        same("PNG", &bytes, &raster);

        // Of 16 bits the high ones stay.
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(of_png);
        encoder.set_depth(png::BitDepth::Sixteen);
        let wide: Vec<u8> = raster.pixels.iter().flat_map(|&high| [high, chance.below(256) as u8]).collect();
        encoder.write_header().unwrap().write_image_data(&wide).unwrap();
        same("PNG of 16 bits", &bytes, &raster);

        if let Some(colour) = of_webp {
            let mut bytes = Vec::new();
            let encoder = image_webp::WebPEncoder::new(&mut bytes);
            encoder.encode(&raster.pixels, width, height, colour).unwrap();
            same("WebP", &bytes, &raster);
        }
    }
}

#[test]
fn tiff_comes_back_in_every_arrangement() {
    let mut case = 0;
    for packing in [Packing::None, Packing::Deflate, Packing::Lzw] {
        for layout in LAYOUTS {
            for flags in 0..32 {
                let flag = |bit: u32| flags >> bit & 1 == 1;
                let mut chance = Chance::new(41, case);
                case += 1;
                let raster = raster(&mut chance, layout);
                let arrangement = Tiff {
                    is_big_endian: flag(0),
                    is_tiled: flag(1),
                    is_planar: flag(2),
                    is_wide: flag(3),
                    is_difference: flag(4),
                    packing,
                };
                let bytes = tiff_writer::write(&raster, arrangement);
                same(&format!("{arrangement:?} {layout:?}"), &bytes, &raster);
            }
        }
    }
}
