//! What augmentation costs a thread that trains: the time to write the rows of an image, less that without transforms,
//! also as a share of a training step: `cargo run --release -p toile-bench --example augmentation -- IMAGES_PER_SECOND
//! THREADS`, as `toile bench` gives them for the network in question.

use std::time::Instant;

use toile_pixels::Normalizer;
use toile_pixels::augment::{
    AugmentedBatch, Augmenter, ColorJitter, CutMix, Interpolation, MixUp, Moment, RandomAffine, RandomCrop,
    RandomErasing, RandomHorizontalFlip, RandomResizedCrop, RandomRotation, Transform,
};

/// As Fashion-MNIST's.
const SHAPE: [usize; 3] = [1, 28, 28];
const IMAGES: usize = 12_800;
const BATCH: usize = 128;
/// The fastest counts: others were interrupted.
const ROUNDS: u32 = 15;

fn lists() -> Vec<(&'static str, Vec<Transform>)> {
    let crop = Transform::from(RandomCrop { padding: 2, ..RandomCrop::default() });
    let flip = Transform::from(RandomHorizontalFlip::default());
    let bilinear = Interpolation::Bilinear;
    let affine = RandomAffine {
        translate: (0.1, 0.1),
        scale: (0.9, 1.1),
        interpolation: bilinear,
        ..RandomAffine::new(10.0)
    };
    let jitter = ColorJitter { brightness: (0.8, 1.2), contrast: (0.8, 1.2), ..ColorJitter::default() };
    vec![
        ("RandomHorizontalFlip", vec![flip]),
        ("RandomCrop, RandomHorizontalFlip", vec![crop, flip]),
        (
            "RandomCrop, RandomHorizontalFlip, RandomErasing",
            vec![crop, flip, RandomErasing::default().into()],
        ),
        ("RandomRotation", vec![RandomRotation::new(10.0).into()]),
        (
            "RandomRotation, bilinear",
            vec![RandomRotation { interpolation: bilinear, ..RandomRotation::new(10.0) }.into()],
        ),
        ("RandomAffine, bilinear", vec![affine.into()]),
        ("RandomResizedCrop", vec![RandomResizedCrop::default().into()]),
        ("ColorJitter (brightness, contrast)", vec![jitter.into()]),
        ("MixUp", vec![MixUp::default().into()]),
        ("CutMix", vec![CutMix::default().into()]),
    ]
}

/// Seconds an image.
fn seconds(list: &[Transform], pixels: &[u8], epoch: u32) -> f64 {
    let [channels, height, width] = SHAPE;
    let len = channels * height * width;
    let normalizer = Normalizer::new(&[0.5], &[0.5]).expect("it can be divided by");
    let mut batch = AugmentedBatch::new(Augmenter::new(list, SHAPE).expect("they fit"));
    let mut row_of_floats = vec![0.0; width * channels];
    let image = |index: u32| &pixels[index as usize * len..][..len];
    let start = Instant::now();
    for first in (0..IMAGES).step_by(BATCH) {
        let indices: Vec<u32> = (first..first + BATCH).map(|index| index as u32).collect();
        batch.begin(Moment { seed: 0, epoch }, &indices, &indices);
        for place in 0..BATCH {
            for row in 0..height {
                batch.write(&image, &normalizer, place, row, &mut row_of_floats);
                std::hint::black_box(&row_of_floats);
            }
        }
    }
    start.elapsed().as_secs_f64() / IMAGES as f64
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [rate, threads] = &words[..] else { return Err("expected IMAGES_PER_SECOND THREADS".into()) };
    let step = threads.parse::<f64>()? / rate.parse::<f64>()?;
    let pixels: Vec<u8> =
        (0..IMAGES * SHAPE.iter().product::<usize>()).map(|i| (i * 31 % 251) as u8).collect();
    let fastest = |list: &[Transform]| {
        (0..ROUNDS).map(|epoch| seconds(list, &pixels, epoch)).fold(f64::INFINITY, f64::min)
    };
    let without = fastest(&[]);
    println!(
        "without transforms {:.2} us an image, of {:.0} us that a thread trains it",
        1e6 * without,
        1e6 * step
    );
    for (name, list) in &lists() {
        let more = fastest(list) - without;
        println!("{name:48} {:6.2} us more, {:5.2} %", 1e6 * more, 100.0 * more / step);
    }
    Ok(())
}
