//! The files compiled as strictly as compilers can, run under sanitizers, and compared with the engine.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use tempfile::TempDir;
use toile_data::{Dataset, LoadOptions};
use toile_device::int8::{self, BuildError, Integers, Ranges};
use toile_device::program;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor as _, Pixels, Training};
use toile_store::exponential::probability;
use toile_study::study_file::{self, BUILT_IN};
use toile_testing::{Chance, c};

use super::*;
use crate::sample::{self, CORNERS, EVERY_LAYER, INGREDIENTS, MODERN_LAYERS, NEWER_LAYERS};

/// What the compiled network makes of images, (class, probabilities) each.
fn run(sources: &Sources, classes: usize, pixels: &[u8]) -> Vec<(usize, Vec<f32>)> {
    c::answers(written(sources).path(), "net", classes, pixels)
}

/// A folder with the two files.
fn written(sources: &Sources) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("net.h"), &sources.header).unwrap();
    std::fs::write(folder.path().join("net.c"), &sources.source).unwrap();
    folder
}

/// What the engine makes of them, log-probabilities by image.
fn by_the_engine(trained: &Trained, pixels: &[u8]) -> Vec<f32> {
    let options = EngineOptions::default();
    let mut engine = Engine::new(&trained.network, Training::none(0), options).unwrap();
    engine.load_state_dict(&trained.weights).unwrap();
    let image_len: usize = trained.image_shape.iter().product();
    let images = pixels.len() / image_len;
    let mut out = vec![0.0; images * trained.class_names.len()];
    let mut numbers = vec![0.0; pixels.len()];
    trained.normalization.normalizer().unwrap().apply(pixels, &mut numbers);
    engine.log_probabilities(Pixels::Values(&numbers), &mut out);
    out
}

/// So many of each network: sanitized code is slow.
const IMAGES: usize = 2;

/// Smooth pictures, each another: noise alone has the same mean everywhere.
fn pictures(trained: &Trained, images: usize) -> Vec<u8> {
    let [channels, height, width] = trained.image_shape;
    let (mut chance, mut pixels) = (Chance::new(7, 0), Vec::new());
    for _ in 0..images {
        let [a, b, c] = [0, 1, 2].map(|_| chance.below(97) + 1);
        for at in 0..height * width * channels {
            let (row, column, channel) = (at / channels / width, at / channels % width, at % channels);
            let value = (row * a + column * b) * (channel + 1) / 9 + c * 2;
            pixels.push((if value / 256 % 2 == 0 { value % 256 } else { 255 - value % 256 }) as u8);
        }
    }
    pixels
}

#[test]
#[cfg_attr(not(unix), ignore = "needs a C compiler called cc")]
fn floats_are_the_engines_to_five_digits_for_every_kind_of_layer() {
    for (study, channels) in
        [(EVERY_LAYER, 1), (NEWER_LAYERS, 1), (MODERN_LAYERS, 1), (INGREDIENTS, 1), (CORNERS, 3)]
    {
        let trained = sample::trained(study, channels);
        check(&trained, &pictures(&trained, IMAGES));
    }
}

/// With the weights that a training would start from, but answers that are far apart.
#[test]
#[cfg_attr(not(unix), ignore = "needs a C compiler called cc")]
fn floats_are_the_engines_to_five_digits_for_the_built_in_studies() {
    let (mut known, mut networks) = (Vec::new(), Vec::new());
    for built_in in BUILT_IN {
        let models = study_file::load(built_in.name).unwrap().models.len();
        for trained in (0..models).map(|model| sample::started(built_in.source, model)) {
            // Dropout is no part of it.
            let program = program::lower(&trained.network, &trained.weights);
            if !known.contains(&program) {
                known.push(program);
                networks.push(trained);
            }
        }
    }
    assert!(networks.len() >= 9, "{} networks", networks.len());
    // Each is compiled and then run with every check there is, which takes a second or two.
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(trained) = networks.get(next.fetch_add(1, Relaxed)) {
            check(trained, &pictures(trained, IMAGES))
        }
    };
    thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
}

/// Of a real data set, all test images.
#[test]
#[cfg_attr(not(unix), ignore = "needs a C compiler called cc")]
fn test_images_have_the_answers_of_engine_and_reference() {
    let data = toile_data::load("fashion-mnist-small", &LoadOptions::default(), &mut |_| {}).unwrap();
    let pixels_of = |of: &Dataset, images: usize| -> Vec<u8> {
        (0..images).flat_map(|image| of.image(image as u32).to_vec()).collect()
    };
    let (images, pixels) = (data.test.len(), pixels_of(&data.test, data.test.len()));
    let quick = BUILT_IN.iter().find(|built_in| built_in.name == "quick").unwrap();
    let trained = sample::started(quick.source, 1);
    check(&trained, &pixels);
    let (seen, _) = check_integers(&trained, &pixels_of(&data.train, 64), &pixels);
    assert!(seen > images / 2, "{seen} of {images} images are told apart");
}

fn check(trained: &Trained, pixels: &[u8]) {
    let classes = trained.class_names.len();
    let expected = by_the_engine(trained, pixels);
    let found = run(&float_files(trained, "net").unwrap(), classes, pixels);
    assert_eq!(found.len(), expected.len() / classes, "{}", trained.study);
    let mut largest = 0.0f32;
    for ((class, probabilities), expected) in found.iter().zip(expected.chunks_exact(classes)) {
        let best = (1..classes).fold(0, |best, i| if expected[i] > expected[best] { i } else { best });
        assert_eq!(*class, best, "{}", trained.study);
        for (found, expected) in probabilities.iter().zip(expected) {
            largest = largest.max((found - probability(*expected)).abs());
        }
    }
    assert!(largest < 1e-5, "{} differs by {largest}", trained.study);
}

/// Quantized with the ranges that values have on these images.
fn integers(trained: &Trained, pixels: &[u8]) -> Result<Integers, BuildError> {
    let normalizer = trained.normalization.normalizer().unwrap();
    let program = program::lower(&trained.network, &trained.weights);
    int8::build(program, &ranges(trained, pixels), |channel, byte| normalizer.value(channel, byte))
}

/// Least and largest value of each tensor on these images.
fn ranges(trained: &Trained, pixels: &[u8]) -> Ranges {
    let mut numbers = vec![0.0; pixels.len()];
    trained.normalization.normalizer().unwrap().apply(pixels, &mut numbers);
    int8::ranges(&program::lower(&trained.network, &trained.weights), &numbers)
}

/// So far from the floats' may probabilities of 8 bits be; half of it was measured.
const FAR: f32 = 0.01;

/// How a network ends, and another end in which bytes are the logits.
const LAST: &str = r#"  "Flatten", { Residual = { layers = [{ Linear = { out_features = 6 } }] } },
  { Linear = { out_features = 10 } }, "LogSoftmax","#;
const POOLED_LAST: &str =
    r#"  { Conv2d = { out_channels = 10, kernel_size = 1 } }, "SiLU", "Flatten", "LogSoftmax","#;

#[test]
#[cfg_attr(not(unix), ignore = "needs a C compiler called cc")]
fn whole_numbers_are_the_references_to_the_bit() {
    let pooled = &CORNERS.replace(LAST, POOLED_LAST);
    assert_ne!(pooled, CORNERS);
    for (study, channels) in
        [(EVERY_LAYER, 1), (MODERN_LAYERS, 1), (INGREDIENTS, 1), (CORNERS, 3), (pooled, 3)]
    {
        let trained = sample::trained(study, channels);
        let all = pictures(&trained, 4 * IMAGES);
        let (calibration, others) = all.split_at(all.len() / 2);
        let (seen, far) = check_integers(&trained, calibration, others);
        assert!(far < FAR, "{}: {far} from the floats", trained.study);
        assert!(seen > IMAGES, "{}: all images are alike to it", trained.study);
    }
}

/// Holds the C of whole numbers to the reference's bits, on the images that its ranges are seen on and on others with values
/// beyond them; gives how many images it tells apart, and how far from the floats' its probabilities of the first are at most.
fn check_integers(trained: &Trained, calibration: &[u8], others: &[u8]) -> (usize, f32) {
    let classes = trained.class_names.len();
    let [calibrated, met] = [calibration, others].map(|pixels| ranges(trained, pixels));
    let is_beyond = |([least, most], [low, high]): (&[f32; 2], &[f32; 2])| least < low || most > high;
    assert!(met.iter().zip(&calibrated).any(is_beyond), "{}: nothing is out of range", trained.study);
    let (integers, pixels) = (integers(trained, calibration).unwrap(), [calibration, others].concat());
    let found = run(&int8_files(trained, &integers, "net"), classes, &pixels);
    let floats = by_the_engine(trained, &pixels);
    assert_eq!(found.len(), floats.len() / classes);
    let image_len = pixels.len() / found.len();
    let (mut seen, mut farthest) = (HashSet::new(), 0.0f32);
    for (at, ((class, probabilities), floats)) in found.iter().zip(floats.chunks_exact(classes)).enumerate() {
        let logits = int8::reference::run(&integers, &pixels[at * image_len..][..image_len]);
        assert_eq!(*class, int8::reference::class(&logits), "{}", trained.study);
        let expected = int8::probabilities(&logits);
        let bits = |probabilities: &[f32]| probabilities.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(probabilities), bits(&expected), "{}", trained.study);
        if at * image_len < calibration.len() {
            let far = expected.iter().zip(floats).map(|(a, b)| (a - probability(*b)).abs());
            farthest = far.fold(farthest, f32::max);
        }
        seen.insert(logits);
    }
    (seen.len(), farthest)
}

#[test]
fn what_whole_numbers_cannot_do_is_named() {
    let trained = sample::trained(NEWER_LAYERS, 1);
    let error = integers(&trained, &pictures(&trained, 1)).unwrap_err().to_string();
    assert!(error.starts_with("gn1: GroupNorm"), "{error}");
}

/// To the byte, on a machine whose pointers may be longer than a device's.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs cc, and the programs size and nm of GNU or LLVM")]
fn the_bytes_that_it_takes_are_those_of_the_object_file() {
    const POINTER: usize = size_of::<usize>();
    // So much more than on a device a constant takes here that has so many pointers and then so many numbers of 32 bits.
    let more = |pointers: usize, numbers: usize| {
        (POINTER * pointers + 4 * numbers).next_multiple_of(POINTER) - 4 * (pointers + numbers)
    };
    for (study, channels) in [(EVERY_LAYER, 1), (MODERN_LAYERS, 1), (INGREDIENTS, 1), (CORNERS, 3)] {
        let trained = sample::trained(study, channels);
        let integers = integers(&trained, &pictures(&trained, IMAGES)).unwrap();
        for sources in [float_files(&trained, "net").unwrap(), int8_files(&trained, &integers, "net")] {
            let Some(object) = c::object(written(&sources).path(), "net") else { return };
            let constants = |kind: &str| sources.source.matches(&format!("static const {kind} ")).count();
            let here = trained.class_names.len() * more(1, 0)
                + constants("window_shape") * more(2, 4)
                + constants("convolution_values") * more(4, 3);
            let texts: usize = trained.class_names.iter().map(|name| name.len() + 1).sum();
            let Size { flash, ram } = sources.size;
            let expected = c::Object { constants: flash + here - texts, zeros: ram, started: 0 };
            assert_eq!(object, expected, "{}", trained.study);
        }
    }
}

#[test]
fn what_no_compiler_is_given_is_refused() {
    let mut trained = sample::trained(NEWER_LAYERS, 1);
    let named = trained.weights.entries[0].0.clone();
    for value in [f32::NAN, f32::INFINITY] {
        trained.weights.entries[0].1.data[0] = value;
        let error = float_files(&trained, "net").unwrap_err().to_string();
        assert!(error.starts_with(&format!("{named} has values that are no finite numbers")), "{error}");
    }
    // As its description says: nobody has to hold so many weights.
    let wide = r#"{ Linear = { out_features = 1000000 } }, { Linear = { out_features = 40 } },
        { Linear = { out_features = 10 } }, "LogSoftmax""#;
    let large = CORNERS.replacen(r#"{ Linear = { out_features = 10 } }, "LogSoftmax""#, wide, 1);
    trained.network = sample::network(&large, 1);
    let error = float_files(&trained, "net").unwrap_err().to_string();
    assert!(error.contains("are more than the 134217728 that a C file can hold"), "{error}");
}
