//! The files compiled as strictly as compilers can, run under sanitizers, and compared with the engine.

use std::collections::HashSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use toile_data::LoadOptions;
use toile_device::int8::{self, BuildError, Integers};
use toile_device::program;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor as _, Pixels, Training};
use toile_store::exponential::probability;
use toile_study::study_file::{self, BUILT_IN};
use toile_testing::Chance;

use super::*;
use crate::sample::{self, CORNERS, EVERY_LAYER, INGREDIENTS, MODERN_LAYERS, NEWER_LAYERS};

/// Reads images from its input; writes the class and the probabilities of each.
const MAIN: &str = r#"
#include "net.h"
#include <stdio.h>

int main(void)
{
    static uint8_t image[TOILE_CHANNELS * TOILE_HEIGHT * TOILE_WIDTH];
    while (fread(image, sizeof image, 1, stdin) == 1) {
        float probabilities[TOILE_CLASSES];
        const int32_t class = toile_predict(image, probabilities);
        if (toile_class_names[class][0] == 0) return 1;
        fwrite(&class, sizeof class, 1, stdout);
        fwrite(probabilities, sizeof probabilities, 1, stdout);
    }
    return 0;
}
"#;

/// What the compiled network makes of images, (class, probabilities) each.
fn run(sources: &Sources, classes: usize, pixels: &[u8]) -> Vec<(usize, Vec<f32>)> {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    for (name, text) in [("net.h", &sources.header[..]), ("net.c", &sources.source), ("main.c", MAIN)] {
        std::fs::write(file(name), text).unwrap();
    }
    std::fs::write(file("images"), pixels).unwrap();
    compile(folder.path());
    let output = Command::new(file("main"))
        .stdin(std::fs::File::open(file("images")).unwrap())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let values =
        |row: &[u8]| row.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    let row = |row: &[u8]| (u32::from_le_bytes(row[..4].try_into().unwrap()) as usize, values(&row[4..]));
    output.stdout.chunks_exact(4 + 4 * classes).map(row).collect()
}

/// The compiler that links Rust's own programs.
fn compile(folder: &Path) {
    let strict = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic", "-O1"];
    let watched = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let output = Command::new("cc")
        .args(strict.iter().chain(&watched))
        .args(["main.c", "net.c", "-o", "main", "-lm"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
    let data = toile_data::load("fashion-mnist-small", &LoadOptions::default(), &mut |_| {}).unwrap().test;
    let pixels: Vec<u8> = (0..data.len()).flat_map(|image| data.image(image as u32).to_vec()).collect();
    let quick = BUILT_IN.iter().find(|built_in| built_in.name == "quick").unwrap();
    let trained = sample::started(quick.source, 1);
    check(&trained, &pixels);
    let (seen, _) = check_integers(&trained, &pixels);
    assert!(seen > data.len() / 2, "{seen} of {} images are told apart", data.len());
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

/// Quantized by the very images that it then sees.
fn integers(trained: &Trained, pixels: &[u8]) -> Result<Integers, BuildError> {
    let normalizer = trained.normalization.normalizer().unwrap();
    let mut numbers = vec![0.0; pixels.len()];
    normalizer.apply(pixels, &mut numbers);
    let program = program::lower(&trained.network, &trained.weights);
    let ranges = int8::ranges(&program, &numbers);
    int8::build(program, &ranges, |channel, byte| normalizer.value(channel, byte))
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
        let (seen, far) = check_integers(&trained, &pictures(&trained, 2 * IMAGES));
        assert!(far < FAR, "{}: {far} from the floats", trained.study);
        assert!(seen > IMAGES, "{}: all images are alike to it", trained.study);
    }
}

/// Holds the C of whole numbers to the reference's bits; gives how many images it tells apart, and how far its probabilities
/// are from the floats' at most.
fn check_integers(trained: &Trained, pixels: &[u8]) -> (usize, f32) {
    let classes = trained.class_names.len();
    let integers = integers(trained, pixels).unwrap();
    let found = run(&int8_files(trained, &integers, "net"), classes, pixels);
    let floats = by_the_engine(trained, pixels);
    assert_eq!(found.len(), floats.len() / classes);
    let images = pixels.chunks_exact(pixels.len() / found.len());
    let (mut seen, mut farthest) = (HashSet::new(), 0.0f32);
    for ((image, (class, probabilities)), floats) in images.zip(found).zip(floats.chunks_exact(classes)) {
        let logits = int8::reference::run(&integers, image);
        assert_eq!(class, int8::reference::class(&logits), "{}", trained.study);
        let expected = int8::probabilities(&logits);
        let bits = |probabilities: &[f32]| probabilities.iter().map(|p| p.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&probabilities), bits(&expected), "{}", trained.study);
        let far = expected.iter().zip(floats).map(|(a, b)| (a - probability(*b)).abs());
        farthest = far.fold(farthest, f32::max);
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
