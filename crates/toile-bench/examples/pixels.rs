//! Pixel bytes of pictures on standard output, for a comparison with another program (`bench/interop/pillow.py`).
//!
//! `pixels HEIGHT WIDTH CHANNELS RESIZE BACKGROUND < PATHS`: one path a line. A height of 0 keeps every picture's own
//! size. `BACKGROUND` is red, green and blue, as `255,255,255`. For each path two numbers of four bytes, height and
//! width, low byte first, then the bytes; both are 0 where there is no picture, and standard error says why.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;

use toile_picture::{Limits, PictureError, Preprocessing, Resize, decode, read};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [height, width, channels, resize, background] = &arguments[..] else {
        return Err("usage: pixels HEIGHT WIDTH CHANNELS RESIZE BACKGROUND < PATHS".into());
    };
    let background: Vec<u8> = background.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let how = Preprocessing {
        channels: channels.parse()?,
        size: [height.parse()?, width.parse()?],
        resize: Resize::from_name(resize).ok_or("RESIZE is squash, crop or pad")?,
        background: background.try_into().map_err(|_| "BACKGROUND has three numbers")?,
    };
    let mut out = std::io::stdout().lock();
    for path in std::io::stdin().lock().lines() {
        let path = path?;
        let (size, pixels) = pixels(Path::new(&path), how).unwrap_or_else(|error| {
            eprintln!("{path}: {error}");
            ([0, 0], Vec::new())
        });
        for side in size {
            out.write_all(&(side as u32).to_le_bytes())?;
        }
        out.write_all(&pixels)?;
    }
    Ok(())
}

fn pixels(path: &Path, how: Preprocessing) -> Result<([usize; 2], Vec<u8>), PictureError> {
    let limits = Limits::default();
    let raster = decode(&read(path, &limits)?, &limits)?;
    let size = if how.size[0] == 0 { raster.size } else { how.size };
    Ok((size, Preprocessing { size, ..how }.apply(raster)))
}
