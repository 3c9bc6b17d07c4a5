//! Which parts of a picture matter, where it is known: the colour of a square tells the class.

use toile::data::Dataset;
use toile::saliency::{Heat, patch};
use toile::{Model, Recipe, layers, layers::*};

const SHAPE: [usize; 3] = [3, 14, 20];

/// Where the square of an image begins.
fn square(image: usize) -> (usize, usize) {
    (image * 5 % 11, image * 7 % 17)
}

/// Images of a dark ground with a bright square of 4 x 4 somewhere: class 0 where it is red, 1 where it is blue.
fn images() -> Dataset {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for image in 0..64usize {
        let (class, (top, left)) = (image % 2, square(image));
        for place in 0..SHAPE[1] * SHAPE[2] {
            let (row, column) = (place / SHAPE[2], place % SHAPE[2]);
            let is_square = (top..top + 4).contains(&row) && (left..left + 4).contains(&column);
            let noise = (place * 7 + image * 13) % 11;
            let is_bright = |channel: usize| is_square && channel == 2 * class;
            pixels.extend([0, 1, 2].map(|channel| (if is_bright(channel) { 220 } else { 20 } + noise) as u8));
        }
        labels.push(class as u32);
    }
    Dataset::new(SHAPE, pixels, labels, vec!["red".into(), "blue".into()])
}

fn trained(layers: Vec<Layer>) -> Model {
    let mut recipe = Recipe { layers, epochs: 15, batch_size: 8, ..Recipe::default() };
    recipe.learning_rate.base = 0.02;
    toile::train(&recipe, &images(), 0).unwrap()
}

/// Mean heat inside a square of 4 x 4, and outside of it.
fn means(heat: &Heat, (top, left): (usize, usize)) -> (f32, f32) {
    let is_inside = |place: usize| {
        let (row, column) = (place / heat.width, place % heat.width);
        (top..top + 4).contains(&row) && (left..left + 4).contains(&column)
    };
    let sum = |inside: bool| -> f32 {
        let places = (0..heat.values.len()).filter(|place| is_inside(*place) == inside);
        places.map(|place| heat.values[place]).sum()
    };
    (sum(true) / 16.0, sum(false) / (heat.values.len() - 16) as f32)
}

#[test]
fn the_square_that_tells_the_class_is_found() {
    let conv = Conv2d { padding: Pair::square(1), ..Conv2d::new(6, 3) };
    let model = trained(layers![conv, ReLU, AdaptiveAvgPool2d::new(1), Flatten, Linear::new(2), LogSoftmax]);
    let data = images();
    assert!(model.evaluate(&data).unwrap().accuracy == 1.0, "it has learnt the square");
    for image in [0, 1] {
        let class = data.labels[image] as usize;
        let occlusion = model.occlusion(data.image(image as u32), class).unwrap();
        let grad_cam =
            model.grad_cam(data.image(image as u32), class).unwrap().expect("it has a convolution");
        for heat in [&occlusion, &grad_cam] {
            assert_eq!(
                (heat.height, heat.width, heat.values.len()),
                (SHAPE[1], SHAPE[2], SHAPE[1] * SHAPE[2])
            );
            let (inside, outside) = means(heat, square(image));
            assert!(
                inside > 0.0 && inside > 4.0 * outside,
                "image {image}: {inside} inside, {outside} outside"
            );
            let (row, column, most) = heat.largest();
            assert_eq!(heat.values[row * SHAPE[2] + column], most);
            assert!(heat.values.iter().all(|value| *value <= most));
        }
        let against = model.occlusion(data.image(image as u32), 1 - class).unwrap();
        assert!(means(&against, square(image)).0 < 0.0, "what speaks for a class speaks against the other");
        assert!(grad_cam.values.iter().all(|value| *value >= 0.0));
    }
}

/// The same by its definition: pictures with a patch, through the front door.
#[test]
fn occlusion_is_what_hiding_parts_costs() {
    let model = trained(layers![Flatten, Linear::new(2), LogSoftmax]);
    let [channels, height, width] = SHAPE;
    // Half of the pixels 40 and half 80: the mean of each channel is a byte.
    let image: Vec<u8> =
        (0..height * width).flat_map(|place| [if place % 2 == 0 { 40 } else { 80 }; 3]).collect();
    let (side, step) = patch(height, width);
    assert_eq!((side, step), (2, 1));
    let log_probability = |pixels: &[u8]| f64::from(model.predict(pixels).unwrap()[0].probabilities[1]).ln();
    let (mut sums, mut counts) = (vec![0.0; height * width], vec![0.0; height * width]);
    for top in 0..=height - side {
        for left in 0..=width - side {
            let mut hidden = image.clone();
            let covered = || (0..side * side).map(|i| (top + i / side) * width + left + i % side);
            covered().for_each(|pixel| hidden[pixel * channels..][..channels].fill(60));
            let lost = log_probability(&image) - log_probability(&hidden);
            covered().for_each(|pixel| {
                sums[pixel] += lost;
                counts[pixel] += 1.0;
            });
        }
    }
    let found = model.occlusion(&image, 1).unwrap();
    let mut largest = 0.0f64;
    for (place, value) in found.values.iter().enumerate() {
        let expected: f64 = sums[place] / counts[place];
        // Probabilities here are f32, rounded near 1: logarithms of them err by about 1e-7.
        assert!((f64::from(*value) - expected).abs() < 1e-6, "{place}: {value} for {expected}");
        largest = largest.max(expected.abs());
    }
    assert!(largest > 1e-3, "something was hidden that matters: {largest}");
    assert_eq!(model.grad_cam(&image, 1).unwrap(), None, "it has no convolution");
    assert!(model.occlusion(&image[1..], 1).unwrap_err().to_string().contains("not one image of 840 bytes"));
    assert!(model.grad_cam(&image, 2).unwrap_err().to_string().contains("there is no class 2"));
}

#[test]
fn the_patch_is_a_seventh() {
    for (size, expected) in [((28, 28), (4, 2)), ((29, 90), (5, 2)), ((7, 3), (1, 1)), ((224, 300), (32, 16))]
    {
        assert_eq!(patch(size.0, size.1), expected);
    }
}
