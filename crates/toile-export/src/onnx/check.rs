//! What was written, run by a second runtime (tract) on images, against Toile's own answers.

use std::num::NonZero;

use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, Pixels, Training};
use toile_study::trained::Trained;
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModelExt, Tensor, TractResult, TypedModel, tvec,
};
use tract_onnx::tract_core::internal::IntoRunnable;

use super::{Input, Layout};

/// How far a log-probability may be from Toile's: this, and this share of its size where it is above 1.
pub const TOLERANCE: f32 = 1e-5;

/// Images that go through at a time.
const BATCH: usize = 32;

/// How well the two agree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Images that both have seen.
    pub images: usize,
    /// The largest distance of two log-probabilities, as [`TOLERANCE`] counts it.
    pub largest: f32,
}

/// Why a file is not to be trusted.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Other answers.
    #[error(
        "the ONNX file is refused: for image {image} the second runtime's log-probability of class {class} is {theirs}, \
         Toile's is {ours}; this is a bug in one of them, please report it with the study file"
    )]
    Differs {
        /// Which image, from 0.
        image: usize,
        /// Which class, from 0.
        class: usize,
        /// Toile's log-probability.
        ours: f32,
        /// That of the second runtime.
        theirs: f32,
    },
    /// No answers.
    #[error(
        "the ONNX file is refused: the second runtime cannot run it: {problem}; please report it with the study file"
    )]
    Runtime {
        /// What it said.
        problem: String,
    },
    /// Toile's own network cannot be run.
    #[error("the network cannot be run: {problem}")]
    Network {
        /// What is wrong with it.
        problem: String,
    },
}

/// Runs the bytes of an ONNX file, made for this input, on images: pixel bytes `[image][row][column][channel]`.
///
/// # Errors
/// Another answer than Toile's, or none.
///
/// # Panics
/// If the bytes are no whole images.
pub fn check(file: &[u8], trained: &Trained, input: Input, pixels: &[u8]) -> Result<Agreement, CheckError> {
    let image_len: usize = trained.image_shape.iter().product();
    assert_eq!(pixels.len() % image_len, 0, "whole images");
    let ours = own(trained, pixels)?;
    let theirs = tract(file, trained, input, pixels)
        .map_err(|error| CheckError::Runtime { problem: format!("{error:#}") })?;
    if ours.len() != theirs.len() {
        let problem = format!("it gives {} values, not {}", theirs.len(), ours.len());
        return Err(CheckError::Runtime { problem });
    }
    let classes = trained.class_names.len();
    let mut largest = 0.0f32;
    for (index, (&ours, &theirs)) in ours.iter().zip(&theirs).enumerate() {
        let apart = (theirs - ours).abs() / ours.abs().max(1.0);
        // What is no number is above no bound.
        if apart.is_nan() || apart > TOLERANCE {
            return Err(CheckError::Differs { image: index / classes, class: index % classes, ours, theirs });
        }
        largest = largest.max(apart);
    }
    Ok(Agreement { images: pixels.len() / image_len, largest })
}

/// Toile's log-probabilities.
fn own(trained: &Trained, pixels: &[u8]) -> Result<Vec<f32>, CheckError> {
    let refuse = |problem: String| CheckError::Network { problem };
    let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN).get();
    let options = EngineOptions { threads, ..EngineOptions::default() };
    let training = Training::none(trained.run.seed);
    let mut engine =
        Engine::new(&trained.network, training, options).map_err(|error| refuse(error.to_string()))?;
    engine.load_state_dict(&trained.weights).map_err(|error| refuse(error.to_string()))?;
    let values = normalized(trained, pixels)?;
    let image_len: usize = trained.image_shape.iter().product();
    let mut out = vec![0.0; pixels.len() / image_len * trained.class_names.len()];
    engine.log_probabilities(Pixels::Values(&values), &mut out);
    Ok(out)
}

/// `[image][row][column][channel]`, as the engine takes them.
fn normalized(trained: &Trained, pixels: &[u8]) -> Result<Vec<f32>, CheckError> {
    let normalizer = trained
        .normalization
        .normalizer()
        .map_err(|error| CheckError::Network { problem: error.to_string() })?;
    let mut values = vec![0.0; pixels.len()];
    normalizer.apply(pixels, &mut values);
    Ok(values)
}

fn tract(file: &[u8], trained: &Trained, input: Input, pixels: &[u8]) -> TractResult<Vec<f32>> {
    let image_len: usize = trained.image_shape.iter().product();
    let mut out = Vec::new();
    let images = pixels.len() / image_len;
    // A plan for whole batches, and one for what is left.
    let (whole, rest) = pixels.split_at(images / BATCH * BATCH * image_len);
    for (pixels, batch) in [(whole, BATCH), (rest, images % BATCH)] {
        if pixels.is_empty() {
            continue;
        }
        let plan = plan(file, trained, input, batch)?.into_runnable()?;
        for chunk in pixels.chunks_exact(batch * image_len) {
            let answer = plan.run(tvec!(tensor(trained, input, chunk)?.into()))?;
            out.extend(answer[0].to_plain_array_view::<f32>()?.iter());
        }
    }
    Ok(out)
}

fn plan(file: &[u8], trained: &Trained, input: Input, batch: usize) -> TractResult<TypedModel> {
    let fact = match input {
        Input::Bytes(_) => InferenceFact::dt_shape(u8::datum_type(), shape(trained, input, batch)),
        Input::Float => InferenceFact::dt_shape(f32::datum_type(), shape(trained, input, batch)),
    };
    tract_onnx::onnx().model_for_read(&mut &file[..])?.with_input_fact(0, fact)?.into_optimized()
}

fn shape(trained: &Trained, input: Input, batch: usize) -> [usize; 4] {
    let [channels, height, width] = trained.image_shape;
    match input {
        Input::Bytes(Layout::Nhwc) => [batch, height, width, channels],
        Input::Bytes(Layout::Nchw) | Input::Float => [batch, channels, height, width],
    }
}

/// Images as the file takes them.
fn tensor(trained: &Trained, input: Input, pixels: &[u8]) -> TractResult<Tensor> {
    let [channels, height, width] = trained.image_shape;
    let image_len = channels * height * width;
    let shape = shape(trained, input, pixels.len() / image_len);
    match input {
        Input::Bytes(Layout::Nhwc) => Tensor::from_shape(&shape, pixels),
        Input::Bytes(Layout::Nchw) => Tensor::from_shape(&shape, &by_channels(pixels, trained.image_shape)),
        Input::Float => {
            let values = normalized(trained, pixels)?;
            Tensor::from_shape(&shape, &by_channels(&values, trained.image_shape))
        }
    }
}

/// From `[image][row][column][channel]` to `[image][channel][row][column]`.
fn by_channels<T: Copy>(values: &[T], [channels, height, width]: [usize; 3]) -> Vec<T> {
    let area = height * width;
    let image = |image: usize| {
        let value = move |at: usize| values[image * channels * area + at % area * channels + at / area];
        (0..channels * area).map(value)
    };
    (0..values.len() / (channels * area)).flat_map(image).collect()
}

#[cfg(test)]
mod tests {
    use toile_testing::Chance;

    use super::*;
    use crate::onnx::{decode, encode, file, model};
    use crate::sample::{CORNERS, EVERY_LAYER, NEWER_LAYERS, trained};

    const WAYS: [Input; 3] = [Input::Bytes(Layout::Nhwc), Input::Bytes(Layout::Nchw), Input::Float];

    /// A whole batch and a smaller one.
    fn images(channels: usize) -> Vec<u8> {
        Chance::new(3, 0).bytes((BATCH + 3) * channels * 28 * 28)
    }

    #[test]
    fn tract_agrees_on_every_kind_of_layer() {
        for (study, channels) in [(EVERY_LAYER, 1), (NEWER_LAYERS, 1), (CORNERS, 3)] {
            let trained = trained(study, channels);
            for input in WAYS {
                let bytes = file(&trained, input).unwrap();
                let found = check(&bytes, &trained, input, &images(channels)).unwrap();
                assert_eq!(found.images, BATCH + 3);
                assert!(found.largest > 0.0, "two runtimes that round alike are one");
            }
        }
    }

    #[test]
    fn a_weight_that_is_another_is_refused_and_so_is_a_graph_that_does_not_run() {
        let (trained, input) = (trained(NEWER_LAYERS, 1), Input::Bytes(Layout::Nhwc));
        let damage = |change: fn(&mut crate::onnx::model::Model<'_>)| {
            let mut model = model(&trained, input);
            change(&mut model);
            let bytes = encode::encode(&model);
            decode::decode(&bytes).unwrap();
            check(&bytes, &trained, input, &images(1)).unwrap_err()
        };
        let said = damage(|model| {
            let tensors = &mut model.graph.initializers;
            let bias = tensors.iter_mut().find(|tensor| tensor.name == "fc3.bias").unwrap();
            let crate::onnx::model::Values::Floats(values) = &mut bias.values else { panic!("floats") };
            values.to_mut()[7] += 1e-3;
        });
        assert!(matches!(said, CheckError::Differs { image: 0, .. }), "{said}");
        let said = damage(|model| model.graph.nodes[5].kind = "Convolution".into());
        assert!(matches!(said, CheckError::Runtime { .. }), "{said}");
        assert!(said.to_string().contains("Convolution"), "{said}");
    }
}
