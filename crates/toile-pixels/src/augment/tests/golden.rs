//! What torchvision makes of the same draws: `bench/golden/augment.py`.

use std::collections::BTreeMap;

use super::image;
use crate::augment::color_jitter::Change;
use crate::augment::draws::Moment;
use crate::augment::image::{Image, Rectangle};
use crate::augment::padding::PaddingMode;
use crate::augment::random_affine::Affine;
use crate::augment::sampling::Interpolation;
use crate::augment::*;

const GOLDEN: &str = include_str!("../../../tests/data/augment.txt");

/// How far a byte may be from torchvision's. It samples and mixes in f32 and rounds in its own places; moving pixels
/// leaves nothing to round.
fn tolerance(kind: &str, parameters: &[&str]) -> u8 {
    let moves = ["RandomCrop", "RandomHorizontalFlip", "RandomVerticalFlip", "RandomErasing"].contains(&kind);
    if moves || parameters.contains(&"nearest") { 0 } else { 1 }
}

fn apply(kind: &str, parameters: &[&str], image: Image<'_>) {
    let number = |index: usize| parameters[index].parse::<f64>().unwrap();
    let whole = |index: usize| parameters[index].parse::<usize>().unwrap();
    let rectangle = || Rectangle { top: whole(0), left: whole(1), height: whole(2), width: whole(3) };
    let interpolation = |index: usize| Interpolation::of_word(parameters[index]).unwrap();
    let mut image = image;
    let mut always = |transform: Transform| {
        let augmenter = Augmenter::new(&[transform], image.shape).unwrap();
        augmenter.apply(Moment::default(), 0, image.pixels, image.scratch);
    };
    match kind {
        "RandomCrop" => {
            let padding_mode = PaddingMode::of_word(parameters[3]).unwrap();
            let crop = RandomCrop { padding: whole(0), padding_mode, fill: whole(4) };
            crop.cut([number(1) as isize, number(2) as isize], image);
        }
        "RandomHorizontalFlip" => always(RandomHorizontalFlip { p: 1.0 }.into()),
        "RandomVerticalFlip" => always(RandomVerticalFlip { p: 1.0 }.into()),
        "RandomErasing" => {
            let erasing = RandomErasing { value: Cover::Value(whole(4)), ..Default::default() };
            let [channels, height, width] = image.shape;
            let draws = crate::augment::draws::Draws::new(Moment::default(), 0, 0);
            for row in 0..height {
                erasing.cover_row(rectangle(), channels, row, &draws, |column, channel, byte| {
                    image.pixels[(row * width + column) * channels + channel] = byte;
                });
            }
        }
        "RandomRotation" => {
            let turn = RandomRotation {
                interpolation: interpolation(1),
                fill: whole(2),
                ..RandomRotation::new(1.0)
            };
            turn.turn(number(0), image);
        }
        "RandomAffine" => {
            let affine = Affine {
                angle: number(0),
                translate: [number(1), number(2)],
                scale: number(3),
                shear: number(4),
            };
            let moving =
                RandomAffine { interpolation: interpolation(5), fill: whole(6), ..RandomAffine::new(1.0) };
            moving.move_by(affine, image);
        }
        "RandomResizedCrop" => {
            let crop = RandomResizedCrop { interpolation: interpolation(4), ..Default::default() };
            crop.enlarge(rectangle(), image);
        }
        "brightness" => Change::Brightness(number(0) as f32).apply(&mut image),
        "contrast" => Change::Contrast(number(0) as f32).apply(&mut image),
        "saturation" => Change::Saturation(number(0) as f32).apply(&mut image),
        "hue" => Change::Hue(number(0) as f32).apply(&mut image),
        other => panic!("there is no case of {other}"),
    }
}

#[test]
fn each_transform_makes_what_torchvision_makes() {
    let mut compared: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for line in GOLDEN.lines() {
        let [kind, shape, parameters, expected] = line.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let shape: Vec<usize> = shape.split(' ').map(|side| side.parse().unwrap()).collect();
        let shape = [shape[0], shape[1], shape[2]];
        let parameters: Vec<&str> = parameters.split(' ').filter(|text| !text.is_empty()).collect();
        let byte = |index: usize| u8::from_str_radix(&expected[2 * index..2 * index + 2], 16).unwrap();
        let expected: Vec<u8> = (0..expected.len() / 2).map(byte).collect();
        let (mut pixels, mut scratch) = (image(shape), vec![170; expected.len()]);
        apply(kind, &parameters, Image { shape, pixels: &mut pixels, scratch: &mut scratch });
        let most = tolerance(kind, &parameters);
        let apart = |a: &u8, b: &u8| a.abs_diff(*b);
        let worst = pixels.iter().zip(&expected).map(|(a, b)| apart(a, b)).max().unwrap();
        assert!(worst <= most, "{kind} {shape:?} {parameters:?}: {worst} apart\n{pixels:?}\n{expected:?}");
        let (bytes, differ) = compared.entry(kind).or_default();
        *bytes += expected.len();
        *differ += pixels.iter().zip(&expected).filter(|(a, b)| a != b).count();
    }
    assert_eq!(compared.len(), 11, "{compared:?}");
    // What is rounded elsewhere is rare.
    assert!(compared.values().all(|(bytes, differ)| differ * 20 <= *bytes), "{compared:?}");
}
