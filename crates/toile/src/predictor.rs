//! Trained networks that stay ready: images in, probabilities out, as often as one likes.

use toile_data::Dataset;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor as _, ImageRows, RowIndex, Training};
use toile_nn::largest::first_largest;
use toile_picture::Preprocessing;
use toile_pixels::Normalizer;
use toile_store::exponential::probability;
use toile_study::calibration::temperature::scale;
use toile_study::mean_answer::{Weighed, mean_answer};
use toile_study::recipe::TestTimeAugmentation;
use toile_study::trained::Trained;
use toile_study::views;

use crate::Error;
use crate::predictions::Predictions;

/// What a model, or several together, make of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Index of the most probable class, the first of equals.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Probability of each class, in the order of the model's: to the bit what a run's `predictions.csv` says
    /// of the same pixels.
    pub probabilities: Vec<f32>,
}

/// One network, or several whose probabilities are averaged, with buffers and threads that are kept from call to call.
///
/// ```
/// use toile::{Ensemble, Recipe, layers, layers::*};
///
/// let data = toile::data::load("fashion-mnist-small")?;
/// let recipe = Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 1, ..Recipe::default() };
/// let model = toile::train(&recipe, &data.train, 0)?;
/// let mut predictor = Ensemble::new(vec![model])?.predictor()?;
/// for image in 0..3 {
///     let found = predictor.predict(data.test.image(image))?;
///     println!("{}", found[0].name);
/// }
/// # Ok::<(), toile::Error>(())
/// ```
#[derive(Debug)]
pub struct Predictor {
    networks: Vec<Ready>,
    class_names: Vec<String>,
    image_shape: [usize; 3],
    preprocessing: Preprocessing,
}

/// A network that runs, and how pixels become its numbers.
#[derive(Debug)]
struct Ready {
    engine: Engine,
    normalizer: Normalizer,
    views: Option<TestTimeAugmentation>,
    temperature: Option<f64>,
}

/// Images as they come to a predictor.
#[derive(Clone, Copy, Debug)]
pub enum Images<'a> {
    /// Pixel bytes, `[image][row][column][channel]`.
    Bytes(&'a [u8]),
    /// What a network sees of them: values that somebody else has normalized, as PyTorch lays them out,
    /// `[image][channel][row][column]`. Networks that are averaged all see the same.
    Normalized(&'a [f32]),
}

impl Images<'_> {
    fn len(&self) -> usize {
        match self {
            Images::Bytes(pixels) => pixels.len(),
            Images::Normalized(values) => values.len(),
        }
    }
}

/// Images as bytes, `[image][row][column][channel]`.
struct Bytes<'a> {
    pixels: &'a [u8],
    image_len: usize,
    normalizer: &'a Normalizer,
}

impl ImageRows for Bytes<'_> {
    fn write(&self, RowIndex { image, row }: RowIndex, to: &mut [f32]) {
        let start = image * self.image_len + row * to.len();
        self.normalizer.apply(&self.pixels[start..start + to.len()], to);
    }
}

/// Images that are normalized already, `[image][channel][row][column]`.
struct Planes<'a> {
    values: &'a [f32],
    shape: [usize; 3],
}

impl ImageRows for Planes<'_> {
    fn write(&self, RowIndex { image, row }: RowIndex, to: &mut [f32]) {
        let [channels, height, width] = self.shape;
        for channel in 0..channels {
            let start = ((image * channels + channel) * height + row) * width;
            let plane = &self.values[start..start + width];
            for (pixel, &value) in to.chunks_exact_mut(channels).zip(plane) {
                pixel[channel] = value;
            }
        }
    }
}

impl Predictor {
    /// Of one network or more that take the same images and know the same classes, on so many threads.
    /// Each answers at its temperature, where it has one.
    pub(crate) fn of(networks: &[(&Trained, Option<f64>)], threads: usize) -> Result<Predictor, Error> {
        let Trained { class_names, image_shape, preprocessing, .. } = networks[0].0;
        Ok(Predictor {
            networks: networks
                .iter()
                .map(|&(network, temperature)| ready(network, temperature, threads))
                .collect::<Result<_, _>>()?,
            class_names: class_names.clone(),
            image_shape: *image_shape,
            preprocessing: *preprocessing,
        })
    }

    /// Names of the classes, in the order of the probabilities.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// How a picture becomes the pixels that the networks take: what their training images went through.
    pub fn preprocessing(&self) -> Preprocessing {
        self.preprocessing
    }

    /// Channels, height and width of an image.
    pub fn image_shape(&self) -> [usize; 3] {
        self.image_shape
    }

    /// Bytes of an image.
    pub fn image_len(&self) -> usize {
        self.image_shape.iter().product()
    }

    /// Log-probabilities, `[image][class]`, of images as bytes, `[image][row][column][channel]`. An image's have the same
    /// bits in any company.
    ///
    /// Those of one network are its own, where its recipe has test-time augmentation of the weighted mean of the
    /// probabilities of the views. Of several networks they are of the mean of their probabilities, all weighing the
    /// same and in the order of the networks ([`toile_study::mean_answer`]).
    ///
    /// # Errors
    /// Bytes that are not whole images.
    pub fn log_probabilities(&mut self, pixels: &[u8]) -> Result<Vec<f32>, Error> {
        self.log_probabilities_of(Images::Bytes(pixels))
    }

    /// As [`Predictor::log_probabilities`], of images in either form; values that are what a network's normalization
    /// makes of bytes give the bits that the bytes give.
    ///
    /// # Errors
    /// What are no whole images.
    pub fn log_probabilities_of(&mut self, of: Images<'_>) -> Result<Vec<f32>, Error> {
        let (image_len, classes) = (self.image_len(), self.class_names.len());
        if !of.len().is_multiple_of(image_len) {
            let (found, what) = (of.len(), if matches!(of, Images::Bytes(_)) { "bytes" } else { "values" });
            return Err(Error::Setting(format!(
                "{found} {what} are no whole images of {image_len} {what} each"
            )));
        }
        let images = of.len() / image_len;
        let shape = self.image_shape;
        let answer = |Ready { engine, normalizer, views, temperature }: &mut Ready| {
            let mut out = vec![0.0; images * classes];
            if images > 0 {
                let rows: &dyn ImageRows = match of {
                    Images::Bytes(pixels) => &Bytes { pixels, image_len, normalizer },
                    Images::Normalized(values) => &Planes { values, shape },
                };
                views::log_probabilities(engine, rows, shape, *views, &mut out);
            }
            if let Some(temperature) = *temperature {
                scale(&mut out, classes, temperature);
            }
            out
        };
        let mut each: Vec<Vec<f32>> = self.networks.iter_mut().map(answer).collect();
        if each.len() == 1 {
            return Ok(each.swap_remove(0));
        }
        let equally: Vec<Weighed<'_>> =
            each.iter().map(|log_probabilities| Weighed { weight: 1, log_probabilities }).collect();
        let mut out = vec![0.0; images * classes];
        mean_answer(&equally, &mut out);
        Ok(out)
    }

    /// Probabilities, `[image][class]`, and classes, `[image]`, of images in either form: the numbers of
    /// [`Prediction`].
    ///
    /// # Errors
    /// What are no whole images.
    pub fn answers_of(&mut self, images: Images<'_>) -> Result<(Vec<f32>, Vec<usize>), Error> {
        let mut values = self.log_probabilities_of(images)?;
        // Of two probabilities that round to the same number the logarithms still know which is larger.
        let classes = values.chunks_exact(self.class_names.len()).map(first_largest).collect();
        values.iter_mut().for_each(|value| *value = probability(*value));
        Ok((values, classes))
    }

    /// What the networks make of images: bytes, `[image][row][column][channel]`.
    ///
    /// # Errors
    /// Bytes that are not whole images.
    pub fn predict(&mut self, pixels: &[u8]) -> Result<Vec<Prediction>, Error> {
        let (probabilities, classes) = self.answers_of(Images::Bytes(pixels))?;
        let prediction = |(row, class): (&[f32], usize)| {
            let name = self.class_names[class].clone();
            Prediction { class, name, probabilities: row.to_vec() }
        };
        Ok(probabilities.chunks_exact(self.class_names.len()).zip(classes).map(prediction).collect())
    }
}

/// What the networks, of which one at least is there, make of labelled images; it counts as of the first one's seed.
pub(crate) fn predictions(
    networks: &[(&Trained, Option<f64>)],
    threads: usize,
    data: &Dataset,
) -> Result<Predictions, Error> {
    let Trained { image_shape, class_names, run, .. } = networks[0].0;
    if data.image_shape != *image_shape {
        let (found, expected) = (data.image_shape, image_shape);
        return Err(Error::Setting(format!("images of {found:?}; the model takes {expected:?}")));
    }
    if data.class_names != *class_names {
        return Err(Error::Setting(format!(
            "the classes are {}; the model knows {}",
            data.class_names.join(", "),
            class_names.join(", ")
        )));
    }
    let log_probabilities = Predictor::of(networks, threads)?.log_probabilities(&data.pixels)?;
    let (class_names, labels) = (data.class_names.clone(), data.labels.clone());
    Ok(Predictions { seed: run.seed, class_names, labels, log_probabilities })
}

fn ready(trained: &Trained, temperature: Option<f64>, threads: usize) -> Result<Ready, Error> {
    let Trained { network, recipe, run, weights, normalization, .. } = trained;
    let normalizer = normalization.normalizer().map_err(|error| Error::Setting(error.to_string()))?;
    let training = Training::none(run.seed);
    let options = EngineOptions { threads, ..EngineOptions::default() };
    let mut engine = Engine::new(network, training, options)?;
    engine.load_state_dict(weights)?;
    Ok(Ready { engine, normalizer, views: recipe.test_time_augmentation, temperature })
}
