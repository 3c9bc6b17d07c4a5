//! Writes TIFF files in the arrangements that are read. Only for tests: programs that write TIFF have their habits, and
//! tiles, planes and high bytes first are not among them.

use std::io::Write;

use toile_picture::{Layout, Raster};

/// How the bytes of a strip or tile are packed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Packing {
    None,
    Deflate,
    Lzw,
}

/// An arrangement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiff {
    pub(super) is_big_endian: bool,
    /// Tiles of 16 x 16 pixels rather than strips of three rows.
    pub(super) is_tiled: bool,
    /// Each sample by itself.
    pub(super) is_planar: bool,
    /// 16 bits a sample.
    pub(super) is_wide: bool,
    /// Differences from the pixel before.
    pub(super) is_difference: bool,
    pub(super) packing: Packing,
}

impl Tiff {
    fn u16(self, value: u16) -> [u8; 2] {
        if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    /// One row of a part, of which `samples` belong to a pixel.
    fn row(self, row: &[u8], samples: usize) -> Vec<u8> {
        // The low bits are something else: they do not stay.
        let wide = |value: u8| if self.is_wide { u16::from(value) << 8 | 0x5a } else { u16::from(value) };
        let values: Vec<u16> = row.iter().map(|&value| wide(value)).collect();
        let stored = (0..values.len()).map(|index| match index.checked_sub(samples) {
            Some(before) if self.is_difference => values[index].wrapping_sub(values[before]),
            _ => values[index],
        });
        if self.is_wide {
            stored.flat_map(|value| self.u16(value)).collect()
        } else {
            stored.map(|value| value as u8).collect()
        }
    }

    fn packed(self, bytes: &[u8]) -> Vec<u8> {
        match self.packing {
            Packing::None => bytes.to_vec(),
            Packing::Deflate => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Packing::Lzw => {
                let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
                encoder.encode(bytes).unwrap()
            }
        }
    }
}

/// The bytes of a file.
pub(super) fn write(raster: &Raster, how: Tiff) -> Vec<u8> {
    let samples = raster.layout.bytes();
    let [height, width] = raster.size;
    let part = if how.is_tiled { [16, 16] } else { [3, width] };
    let planes: Vec<Vec<usize>> = if how.is_planar {
        (0..samples).map(|sample| vec![sample]).collect()
    } else {
        vec![(0..samples).collect()]
    };
    let mut bytes = [if how.is_big_endian { *b"MM" } else { *b"II" }, how.u16(42)].concat();
    bytes.extend([0; 4]);
    let (mut offsets, mut counts) = (Vec::new(), Vec::new());
    for plane in &planes {
        for top in (0..height).step_by(part[0]) {
            for left in (0..width).step_by(part[1]) {
                let rows = if how.is_tiled { part[0] } else { part[0].min(height - top) };
                let mut plain = Vec::new();
                for row in top..top + rows {
                    // A tile is filled up with anything.
                    let pixel = |column: usize, sample: usize| {
                        let at = (row * width + column) * samples + sample;
                        if row < height && column < width { raster.pixels[at] } else { 99 }
                    };
                    let row: Vec<u8> = (left..left + part[1])
                        .flat_map(|column| plane.iter().map(move |&sample| pixel(column, sample)))
                        .collect();
                    plain.extend(how.row(&row, plane.len()));
                }
                let packed = how.packed(&plain);
                offsets.push(bytes.len() as u32);
                counts.push(packed.len() as u32);
                bytes.extend(packed);
            }
        }
    }
    push_directory(raster, how, part, &offsets, &counts, &mut bytes);
    bytes
}

fn push_directory(
    raster: &Raster,
    how: Tiff,
    part: [usize; 2],
    offsets: &[u32],
    counts: &[u32],
    bytes: &mut Vec<u8>,
) {
    let samples = raster.layout.bytes() as u32;
    let has_alpha = matches!(raster.layout, Layout::GreyAlpha | Layout::Rgba);
    let compression = match how.packing {
        Packing::None => 1,
        Packing::Deflate => 8,
        Packing::Lzw => 5,
    };
    let (places, lens) = if how.is_tiled { (324, 325) } else { (273, 279) };
    let mut entries: Vec<(u16, Vec<u32>)> = vec![
        (256, vec![raster.size[1] as u32]),
        (257, vec![raster.size[0] as u32]),
        (258, vec![if how.is_wide { 16 } else { 8 }; samples as usize]),
        (259, vec![compression]),
        (262, vec![if samples >= 3 { 2 } else { 1 }]),
        (277, vec![samples]),
        (284, vec![if how.is_planar { 2 } else { 1 }]),
        (317, vec![if how.is_difference { 2 } else { 1 }]),
        (places, offsets.to_vec()),
        (lens, counts.to_vec()),
    ];
    if how.is_tiled {
        entries.extend([(322, vec![part[1] as u32]), (323, vec![part[0] as u32])]);
    } else {
        entries.push((278, vec![part[0] as u32]));
    }
    if has_alpha {
        entries.push((338, vec![2]));
    }
    entries.sort();
    // Lists stand before the directory; all numbers have four bytes.
    let mut directory = how.u16(entries.len() as u16).to_vec();
    for (tag, values) in entries {
        directory.extend([how.u16(tag), how.u16(4)].concat());
        directory.extend(how.u32(values.len() as u32));
        if let [only] = values[..] {
            directory.extend(how.u32(only));
        } else {
            directory.extend(how.u32(bytes.len() as u32));
            bytes.extend(values.iter().flat_map(|&value| how.u32(value)));
        }
    }
    let at = how.u32(bytes.len() as u32);
    bytes[4..8].copy_from_slice(&at);
    bytes.extend(directory);
    bytes.extend([0; 4]);
}
