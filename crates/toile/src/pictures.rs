//! Pictures in files on their way to a network: decoded on all cores, a part of them at a time.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use toile_data::parallel;
pub use toile_picture::{Layout, PictureError};
use toile_picture::{Limits, Preprocessing};

use crate::Error;
use crate::predictor::{Prediction, Predictor};

/// A picture that nobody has looked into yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    /// In a file of a format that data sets may have; the content decides which.
    File(PathBuf),
    /// The bytes of such a file.
    Bytes(Vec<u8>),
}

/// A picture as the networks saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What they make of it.
    pub prediction: Prediction,
    /// Height and width in pixels that it had before it became an image of theirs.
    pub size: [usize; 2],
    /// Channels that it had.
    pub layout: Layout,
}

/// A picture as an image of the network's shape.
struct Decoded {
    pixels: Vec<u8>,
    size: [usize; 2],
    layout: Layout,
}

type Chunk = Vec<Result<Decoded, PictureError>>;

/// Pixel bytes that are decoded ahead of the network, about: two chunks of them at a time.
const CHUNK_BYTES: usize = 8 << 20;
/// Pictures of a chunk: enough for all cores, and so few that answers come soon.
const CHUNK_PICTURES: [usize; 2] = [16, 256];

impl Predictor {
    /// Predicts pictures of any size, and gives each answer to `answer` with the picture's place, in their order; until
    /// that breaks. While the network looks at some, the next are decoded. A picture that cannot be read is an answer
    /// too, and does not stop the others.
    ///
    /// # Errors
    /// None that a picture could cause.
    pub fn predict_pictures(
        &mut self,
        pictures: &[Picture],
        mut answer: impl FnMut(usize, Result<Seen, PictureError>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let how = self.preprocessing();
        let [least, most] = CHUNK_PICTURES;
        let len = (CHUNK_BYTES / self.image_len()).clamp(least, most);
        thread::scope(|scope| {
            let (sender, chunks) = sync_channel(1);
            scope.spawn(move || decode_all(pictures.chunks(len), &how, &sender));
            let mut place = 0;
            for chunk in chunks {
                for seen in self.see(chunk)? {
                    if answer(place, seen).is_break() {
                        return Ok(());
                    }
                    place += 1;
                }
            }
            Ok(())
        })
    }

    fn see(&mut self, chunk: Chunk) -> Result<Vec<Result<Seen, PictureError>>, Error> {
        let decoded = chunk.iter().flatten();
        let pixels: Vec<u8> = decoded.flat_map(|picture| picture.pixels.iter().copied()).collect();
        let mut predictions = self.predict(&pixels)?.into_iter();
        let mut seen = |Decoded { size, layout, .. }| {
            let prediction = predictions.next().expect("a prediction a picture");
            Seen { prediction, size, layout }
        };
        Ok(chunk.into_iter().map(|picture| picture.map(&mut seen)).collect())
    }
}

/// Decodes ahead until nobody wants more.
fn decode_all<'a>(
    chunks: impl Iterator<Item = &'a [Picture]>,
    how: &Preprocessing,
    sender: &SyncSender<Chunk>,
) {
    for chunk in chunks {
        if sender.send(parallel::map(chunk.len(), |at| decode(&chunk[at], how))).is_err() {
            return;
        }
    }
}

fn decode(picture: &Picture, how: &Preprocessing) -> Result<Decoded, PictureError> {
    let limits = Limits::default();
    let raster = match picture {
        Picture::File(path) => toile_picture::decode(&toile_picture::read(path, &limits)?, &limits)?,
        Picture::Bytes(bytes) => toile_picture::decode(bytes, &limits)?,
    };
    let (size, layout) = (raster.size, raster.layout);
    Ok(Decoded { pixels: how.apply(raster), size, layout })
}
