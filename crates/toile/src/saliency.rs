//! Which parts of a picture a model's class rests on. Test-time augmentation is not part of it: the maps are of what
//! the network makes of the picture as it is.

use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, ImageRows, Pixels, RowIndex, Training};
use toile_nn::plain::{PlainExecutor, Sensitivity};
use toile_study::trained::Trained;

use crate::cores::cores;
use crate::{Error, Model};

/// A value for each pixel of an image: how much it speaks for a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    /// Rows of the image.
    pub height: usize,
    /// Columns of the image.
    pub width: usize,
    /// `[row][column]`. Of an occlusion in nats, negative where a part speaks against the class; of a Grad-CAM 0 or
    /// more, in a unit of its own.
    pub values: Vec<f32>,
}

impl Heat {
    /// Row and column of the largest value, the first of equals, and the value.
    pub fn largest(&self) -> (usize, usize, f32) {
        let mut best = 0;
        for (place, value) in self.values.iter().enumerate() {
            if *value > self.values[best] {
                best = place;
            }
        }
        (best / self.width.max(1), best % self.width.max(1), self.values.get(best).copied().unwrap_or(0.0))
    }
}

/// Side and step of the patch that hides a part of an image of this height and width, in pixels: a seventh of the
/// shorter side, rounded up, and half of that, at least 1.
pub fn patch(height: usize, width: usize) -> (usize, usize) {
    let side = height.min(width).div_ceil(7);
    (side, (side / 2).max(1))
}

impl Model {
    /// Occlusion (Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014): a square [`patch`]
    /// slides over the image, also along its far edges, filled with the mean of the image's own channels. The heat of a
    /// pixel is the mean, over the patches that cover it, of log p(class | image) - log p(class | image with the patch):
    /// how much of the class's log-probability is lost with it.
    ///
    /// `pixels` are the bytes of one image as [`Model::predict`] takes them.
    ///
    /// # Errors
    /// Bytes that are not one image, a class that there is not.
    pub fn occlusion(&self, pixels: &[u8], class: usize) -> Result<Heat, Error> {
        let values = self.normalized(pixels, class)?;
        let Trained { image_shape: [channels, height, width], network, weights, run, .. } = self.trained();
        let (channels, height, width) = (*channels, *height, *width);
        let (side, step) = patch(height, width);
        let colour: Vec<f32> = (0..channels).map(|channel| mean(&values, channels, channel)).collect();
        let tops = starts(height, side, step);
        let lefts = starts(width, side, step);
        let corners: Vec<(usize, usize)> =
            tops.iter().flat_map(|&top| lefts.iter().map(move |&left| (top, left))).collect();
        let hidden = Hidden { values: &values, colour: &colour, width, side, corners: &corners };
        let training = Training::none(run.seed);
        let mut engine =
            Engine::new(network, training, EngineOptions { threads: cores(), ..EngineOptions::default() })?;
        engine.load_state_dict(weights)?;
        // The image itself first, then a copy for each place of the patch.
        let mut out = vec![0.0; (corners.len() + 1) * network.classes];
        engine.log_probabilities(Pixels::Rows(&hidden), &mut out);
        let of_class = |image: usize| f64::from(out[image * network.classes + class]);
        let (mut lost, mut patches) = (vec![0.0f64; height * width], vec![0u32; height * width]);
        for (place, &(top, left)) in corners.iter().enumerate() {
            let loss = of_class(0) - of_class(place + 1);
            for pixel in
                (top..top + side).flat_map(|row| (left..left + side).map(move |column| row * width + column))
            {
                lost[pixel] += loss;
                patches[pixel] += 1;
            }
        }
        let heat = lost.iter().zip(&patches).map(|(lost, &patches)| (lost / f64::from(patches)) as f32);
        Ok(Heat { height, width, values: heat.collect() })
    }

    /// Grad-CAM (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
    /// 2017): the features of the last convolution, each channel weighted by the mean over positions of the gradient of
    /// the class's logit, summed, and 0 where the sum is negative; then enlarged bilinearly to the image (centres of
    /// pixels on centres, edges continued). Which tensor the features are, [`PlainExecutor::sensitivity`] says. `None`
    /// where the network has no convolution to look at.
    ///
    /// # Errors
    /// Bytes that are not one image, a class that there is not.
    pub fn grad_cam(&self, pixels: &[u8], class: usize) -> Result<Option<Heat>, Error> {
        let values = self.normalized(pixels, class)?;
        let Trained { image_shape: [_, height, width], network, weights, run, .. } = self.trained();
        let mut executor = PlainExecutor::<f32>::new(network, Training::none(run.seed));
        executor.set_state(weights)?;
        let found = executor.sensitivity(&values, class);
        Ok(found
            .map(|found| enlarged(&weighted(&found), [found.shape[1], found.shape[2]], [*height, *width])))
    }

    /// The numbers that the network sees of an image, `[row][column][channel]`.
    fn normalized(&self, pixels: &[u8], class: usize) -> Result<Vec<f32>, Error> {
        let Trained { image_shape, class_names, normalization, .. } = self.trained();
        let [channels, height, width] = *image_shape;
        if pixels.len() != channels * height * width {
            let (found, expected) = (pixels.len(), channels * height * width);
            return Err(Error::Setting(format!("{found} bytes are not one image of {expected} bytes")));
        }
        if class >= class_names.len() {
            let known = class_names.len();
            return Err(Error::Setting(format!(
                "there is no class {class}; the model knows {known}, from 0"
            )));
        }
        let normalizer = normalization.normalizer().map_err(|error| Error::Setting(error.to_string()))?;
        let mut values = vec![0.0; pixels.len()];
        normalizer.apply(pixels, &mut values);
        Ok(values)
    }
}

fn mean(values: &[f32], channels: usize, channel: usize) -> f32 {
    let of_channel = values.iter().skip(channel).step_by(channels);
    let count = values.len() / channels;
    (of_channel.map(|value| f64::from(*value)).sum::<f64>() / count as f64) as f32
}

/// Where the patch begins along a side.
fn starts(length: usize, side: usize, step: usize) -> Vec<usize> {
    let last = length - side;
    let mut starts: Vec<usize> = (0..=last).step_by(step).collect();
    if starts.last() != Some(&last) {
        starts.push(last);
    }
    starts
}

/// An image, and its copies with a patch each.
struct Hidden<'a> {
    /// `[row][column][channel]`.
    values: &'a [f32],
    colour: &'a [f32],
    width: usize,
    side: usize,
    /// Row and column where the patch of each copy begins.
    corners: &'a [(usize, usize)],
}

impl ImageRows for Hidden<'_> {
    fn write(&self, RowIndex { image, row }: RowIndex, to: &mut [f32]) {
        let Hidden { values, colour, width, side, corners } = *self;
        let channels = colour.len();
        to.copy_from_slice(&values[row * width * channels..][..width * channels]);
        let Some(&(top, left)) = image.checked_sub(1).map(|copy| &corners[copy]) else { return };
        if (top..top + side).contains(&row) {
            to[left * channels..(left + side) * channels]
                .chunks_exact_mut(channels)
                .for_each(|pixel| pixel.copy_from_slice(colour));
        }
    }
}

/// The weighted sum of the features, `[row][column]`, and 0 where it is negative.
fn weighted(found: &Sensitivity<f32>) -> Vec<f32> {
    let channels = found.shape[0];
    let weights: Vec<f32> = (0..channels).map(|channel| mean(&found.gradient, channels, channel)).collect();
    let sum = |features: &[f32]| -> f32 { features.iter().zip(&weights).map(|(a, w)| a * w).sum() };
    found.features.chunks_exact(channels).map(|features| sum(features).max(0.0)).collect()
}

/// A map of `from` rows and columns as one of `to`.
fn enlarged(map: &[f32], from: [usize; 2], to: [usize; 2]) -> Heat {
    // Of each new place along a side: its two neighbours among the old ones, and the share of the second.
    let places = |side: usize| -> Vec<(usize, usize, f32)> {
        let ratio = from[side] as f32 / to[side] as f32;
        let place = |new: usize| {
            let old = ((new as f32 + 0.5) * ratio - 0.5).clamp(0.0, (from[side] - 1) as f32);
            let first = old.floor() as usize;
            (first, (first + 1).min(from[side] - 1), old - first as f32)
        };
        (0..to[side]).map(place).collect()
    };
    let (rows, columns) = (places(0), places(1));
    let at = |row: usize, column: usize| map[row * from[1] + column];
    let mut values = Vec::with_capacity(to[0] * to[1]);
    for &(above, below, down) in &rows {
        for &(left, right, across) in &columns {
            let along = |row: usize| at(row, left) * (1.0 - across) + at(row, right) * across;
            values.push(along(above) * (1.0 - down) + along(below) * down);
        }
    }
    Heat { height: to[0], width: to[1], values }
}
