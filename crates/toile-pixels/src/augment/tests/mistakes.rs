//! What cannot be is refused with one clear error.

use crate::augment::*;

#[test]
fn each_mistake_is_named_with_its_remedy() {
    let crop = |padding, padding_mode, fill| RandomCrop { padding, padding_mode, fill }.into();
    let erasing = RandomErasing::default();
    let affine = RandomAffine::new(10.0);
    let jitter = ColorJitter { brightness: (0.8, 1.2), ..Default::default() };
    let flip = || Transform::from(RandomHorizontalFlip::default());
    // The list, the shape, and what the message has to hold.
    let cases: Vec<(Vec<Transform>, [usize; 3], &str)> = vec![
        (vec![crop(0, PaddingMode::Constant, 0)], [1, 8, 8], "`padding`: 0 pixels"),
        (
            vec![crop(9, PaddingMode::Constant, 0)],
            [1, 8, 9],
            "9 pixels of \"constant\" for images of 8 x 9; choose at most 8",
        ),
        (vec![crop(8, PaddingMode::Reflect, 0)], [1, 8, 8], "choose at most 7"),
        (vec![crop(1, PaddingMode::Reflect, 0)], [1, 1, 8], "choose at most 0"),
        (
            vec![crop(1, PaddingMode::Constant, 256)],
            [1, 8, 8],
            "`fill`: 256 is out of range; choose 0 to 255",
        ),
        (
            vec![RandomHorizontalFlip { p: 1.5 }.into()],
            [1, 8, 8],
            "RandomHorizontalFlip, transform 1 of augment: `p`: 1.5",
        ),
        (
            vec![flip(), RandomVerticalFlip { p: -0.1 }.into()],
            [1, 8, 8],
            "RandomVerticalFlip, transform 2 of augment",
        ),
        (vec![RandomHorizontalFlip { p: f64::NAN }.into()], [1, 8, 8], "`p`: NaN is out of range"),
        (
            vec![RandomErasing { scale: (0.4, 0.2), ..erasing }.into()],
            [1, 8, 8],
            "`scale`: 0.4 is more than 0.2; write the smaller number first: [0.2, 0.4]",
        ),
        (
            vec![RandomErasing { scale: (0.4, 1.2), ..erasing }.into()],
            [1, 8, 8],
            "`scale`: 1.2 is out of range",
        ),
        (
            vec![RandomErasing { ratio: (0.0, 1.2), ..erasing }.into()],
            [1, 8, 8],
            "`ratio`: 0 is out of range",
        ),
        (
            vec![RandomErasing { value: Cover::Value(300), ..erasing }.into()],
            [1, 8, 8],
            "`value`: 300 is out of range",
        ),
        (
            vec![RandomRotation::new(361.0).into()],
            [1, 8, 8],
            "`degrees`: -361 is out of range; choose degrees from -360 to 360",
        ),
        (
            vec![RandomRotation { degrees: (5.0, -5.0), ..RandomRotation::new(1.0) }.into()],
            [1, 8, 8],
            "`degrees`: 5 is more than -5",
        ),
        (
            vec![RandomAffine { translate: (0.1, 1.5), ..affine }.into()],
            [1, 8, 8],
            "`translate`: 1.5 is out of range",
        ),
        (vec![RandomAffine { scale: (0.0, 1.0), ..affine }.into()], [1, 8, 8], "`scale`: 0 is out of range"),
        (
            vec![RandomAffine { shear: (-90.0, 90.0), ..affine }.into()],
            [1, 8, 8],
            "`shear`: -90 is out of range",
        ),
        (
            vec![RandomResizedCrop { scale: (0.0, 1.0), ..Default::default() }.into()],
            [1, 8, 8],
            "`scale`: 0 is out of range",
        ),
        (
            vec![ColorJitter { brightness: (-0.5, 1.0), ..jitter }.into()],
            [1, 8, 8],
            "`brightness`: -0.5 is out of range",
        ),
        (vec![ColorJitter { hue: (-0.6, 0.6), ..jitter }.into()], [3, 8, 8], "`hue`: -0.6 is out of range"),
        (vec![ColorJitter::default().into()], [3, 8, 8], "nothing is changed; write { ColorJitter = "),
        (vec![jitter.into()], [2, 8, 8], "the images have 2 channels"),
        (vec![MixUp { alpha: 0.0 }.into()], [1, 8, 8], "`alpha`: 0 is out of range"),
        (vec![CutMix { alpha: f64::INFINITY }.into()], [1, 8, 8], "`alpha`: inf is out of range"),
        (
            vec![MixUp::default().into(), flip()],
            [1, 8, 8],
            "it stands behind MixUp, which mixes whole batches; move MixUp to the end",
        ),
        (vec![MixUp::default().into(), CutMix::default().into()], [1, 8, 8], "keep one of MixUp and CutMix"),
        (vec![flip(); 101], [1, 8, 8], "a list of more than 100 transforms"),
    ];
    for (list, shape, expected) in cases {
        let message = Augmenter::new(&list, shape).expect_err(expected).to_string();
        assert!(message.contains(expected), "{message}\nis without\n{expected}");
        assert!(message.matches("; ").count() >= 1, "{message}: no remedy");
    }
}

#[test]
fn the_limits_themselves_are_allowed() {
    let erasing = RandomErasing { scale: (0.0, 1.0), ratio: (0.01, 100.0), ..Default::default() };
    let list = [
        RandomCrop { padding: 8, ..Default::default() }.into(),
        RandomHorizontalFlip { p: 0.0 }.into(),
        RandomVerticalFlip { p: 1.0 }.into(),
        RandomRotation::new(360.0).into(),
        RandomAffine {
            translate: (1.0, 1.0),
            scale: (0.01, 100.0),
            shear: (-80.0, 80.0),
            interpolation: Interpolation::Bilinear,
            ..RandomAffine::new(360.0)
        }
        .into(),
        RandomResizedCrop { scale: (1e-9, 1.0), ratio: (0.01, 100.0), ..Default::default() }.into(),
        ColorJitter {
            brightness: (0.0, 100.0),
            contrast: (0.0, 100.0),
            saturation: (0.0, 100.0),
            hue: (-0.5, 0.5),
        }
        .into(),
        Transform::from(RandomErasing { value: Cover::Value(255), ..erasing }),
        RandomErasing { value: Cover::Random, ..erasing }.into(),
    ];
    // None of them panics either, on images of one pixel and on others.
    for shape in [[1, 8, 8], [3, 8, 11]] {
        let augmenter = Augmenter::new(&list, shape).unwrap();
        let len = shape.iter().product();
        let (mut pixels, mut scratch) = (super::image(shape), vec![0; len]);
        (0..200).for_each(|epoch| augmenter.apply(Moment { seed: 1, epoch }, 3, &mut pixels, &mut scratch));
    }
    for list in [&list[1..5], &list[5..]] {
        let augmenter = Augmenter::new(list, [1, 1, 1]).unwrap();
        (0..200).for_each(|epoch| augmenter.apply(Moment { seed: 1, epoch }, 3, &mut [100], &mut [0]));
    }
}
