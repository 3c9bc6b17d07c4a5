//! How good a survey is, measured: `cargo run --release -p toile-data --example survey -- fashion-mnist [FOLDER]`.
//!
//! Prints what is found in the data set as it is; which of 3 % of labels, changed on purpose, are found; and which of
//! 1,000 copies, changed as copies change, are.

use std::env;
use std::num::NonZero;
use std::thread;
use std::time::Instant;

use toile_data::survey::{ImageId, Part, Survey, survey};
use toile_data::{Dataset, LoadOptions, load};
use toile_kernels::random::{Purpose, Stream, permutation};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "fashion-mnist".to_owned());
    let options = LoadOptions { data_dir: arguments.next().map(Into::into), ..LoadOptions::default() };
    let loaded = load(&name, &options, &mut |_| ())?;
    let (train, test) = (&loaded.train, &loaded.test);
    let before = Instant::now();
    let found = of_two(train, test);
    println!("{:.1} s for {} images", before.elapsed().as_secs_f64(), train.len() + test.len());
    as_it_is(&found, train);
    flipped(train, test);
    planted(train, test);
    Ok(())
}

fn of_two(train: &Dataset, test: &Dataset) -> Survey {
    let parts = [Part { name: "train", data: train }, Part { name: "test", data: test }];
    survey(&parts, thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN))
}

fn as_it_is(found: &Survey, train: &Dataset) {
    let groups = &found.duplicates.groups;
    let images: usize = groups.iter().map(|group| group.images.len()).sum();
    let across = groups.iter().filter(|group| group.crosses_parts()).count();
    println!("{} groups of {images} images, {across} of them across parts", groups.len());
    println!("largest group: {:?}", groups.iter().map(|group| group.images.len()).max());
    println!("{} leaks, {} strangers", found.duplicates.leaks.len(), found.labels.strangers.len());
    println!("neighbours agree with {} of {}", found.labels.agreeing, found.labels.judged);
    let mut classes = vec![0; train.class_names.len()];
    for image in groups.iter().map(|group| group.images[0]).filter(|image| image.part == 0) {
        classes[train.labels[image.index as usize] as usize] += 1;
    }
    println!("groups by class: {classes:?}");
}

/// Three of a hundred labels of the training images become another class, each other class as probable.
fn flipped(train: &Dataset, test: &Dataset) {
    let classes = train.class_names.len() as u32;
    let order = permutation(1, Purpose::Split, 0, train.len());
    let chosen = &order[..train.len() * 3 / 100];
    let mut wrong = train.clone();
    for &image in chosen {
        let step = 1 + Stream::new(1, Purpose::Split, 1, image).u32(0) % (classes - 1);
        let label = &mut wrong.labels[image as usize];
        *label = (*label + step) % classes;
    }
    let found = of_two(&wrong, test);
    let listed: Vec<ImageId> = found.labels.strangers.iter().map(|found| found.image).collect();
    let right = listed.iter().filter(|id| id.part == 0 && chosen.contains(&id.index)).count();
    println!(
        "flipped: {right} of {} are among the {} listed; before, {} were listed",
        chosen.len(),
        listed.len(),
        of_two(train, test).labels.strangers.len()
    );
}

/// A change that copies go through: (pixels, height, width) to pixels.
type Change = fn(&[u8], usize, usize) -> Vec<u8>;

fn planted(train: &Dataset, test: &Dataset) {
    let changes: [(&str, Change); 6] = [
        ("the same bytes", |pixels, _, _| pixels.to_vec()),
        ("brighter by a fifth", |pixels, _, _| level(pixels, |value| value * 1.2)),
        ("half the contrast", |pixels, _, _| level(pixels, |value| value * 0.5 + 64.0)),
        ("noise of 10 levels", |pixels, _, _| noisy(pixels)),
        ("blurred (3 x 3)", |pixels, height, width| blurred(pixels, height, width)),
        ("moved by a pixel", |pixels, height, width| moved(pixels, height, width)),
    ];
    let [channels, height, width] = train.image_shape;
    if channels != 1 {
        return println!("planted: for grey images alone");
    }
    for (name, change) in changes {
        let originals = &permutation(2, Purpose::Split, 0, train.len())[..1000];
        let mut pixels = test.pixels.to_vec();
        let mut labels = test.labels.clone();
        for &image in originals {
            pixels.extend(change(train.image(image), height, width));
            labels.push(train.labels[image as usize]);
        }
        let with = Dataset::new(test.image_shape, pixels, labels, test.class_names.clone());
        let leaks = of_two(train, &with).duplicates.leaks;
        let found = leaks.iter().filter(|leak| {
            let copy = (leak.image.index as usize).checked_sub(test.len());
            copy.is_some_and(|copy| originals[copy] == leak.twin.index)
        });
        println!("planted, {name}: {} of {} are found", found.count(), originals.len());
    }
}

fn level(pixels: &[u8], change: fn(f64) -> f64) -> Vec<u8> {
    pixels.iter().map(|&value| change(f64::from(value)).round().clamp(0.0, 255.0) as u8).collect()
}

fn noisy(pixels: &[u8]) -> Vec<u8> {
    let seed = pixels.iter().map(|&value| u64::from(value)).sum();
    let stream = Stream::new(seed, Purpose::Split, 2, 0);
    let noise = |index: usize| 20.0 * f64::from(stream.uniform(index as u32)) - 10.0;
    let changed = pixels.iter().enumerate().map(|(index, &value)| f64::from(value) + noise(index));
    changed.map(|value| value.round().clamp(0.0, 255.0) as u8).collect()
}

fn blurred(pixels: &[u8], height: usize, width: usize) -> Vec<u8> {
    let mean = |row: usize, column: usize| {
        let rows = row.saturating_sub(1)..(row + 2).min(height);
        let values = rows.flat_map(|row| {
            let columns = column.saturating_sub(1)..(column + 2).min(width);
            columns.map(move |column| u32::from(pixels[row * width + column]))
        });
        let (count, sum) = values.fold((0, 0), |(count, sum), value| (count + 1, sum + value));
        (sum / count) as u8
    };
    (0..height * width).map(|at| mean(at / width, at % width)).collect()
}

fn moved(pixels: &[u8], height: usize, width: usize) -> Vec<u8> {
    let from = |at: usize| pixels[(at / width).min(height - 1) * width + (at % width).saturating_sub(1)];
    (0..height * width).map(from).collect()
}
