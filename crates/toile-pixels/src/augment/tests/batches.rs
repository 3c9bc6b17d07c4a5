//! Rows of a batch are rows of the images that each transform has been done to, one after the other.

use toile_kernels::random::{Purpose, Stream};

use super::image;
use crate::Normalizer;
use crate::augment::*;

/// Images of one shape.
struct Images {
    image_shape: [usize; 3],
    pixels: Vec<u8>,
}

impl Images {
    fn image_len(&self) -> usize {
        self.image_shape.iter().product()
    }

    fn image(&self, index: u32) -> &[u8] {
        &self.pixels[index as usize * self.image_len()..][..self.image_len()]
    }
}

fn dataset(image_shape: [usize; 3], images: usize) -> Images {
    let one = image(image_shape);
    let pixels =
        (0..images).flat_map(|image| one.iter().map(move |byte| byte.wrapping_add((image * 37) as u8)));
    Images { image_shape, pixels: pixels.collect() }
}

fn normalizer(channels: usize) -> Normalizer {
    let mean: Vec<f32> = (0..channels).map(|channel| 0.1 * channel as f32).collect();
    Normalizer::new(&mean, &vec![0.5; channels]).unwrap()
}

/// All rows of a batch, asked for in this order of places.
fn rows(batch: &AugmentedBatch, data: &Images, places: impl Iterator<Item = usize>) -> Vec<Vec<f32>> {
    let [channels, height, width] = data.image_shape;
    let normalizer = normalizer(channels);
    let mut images = vec![vec![f32::NAN; data.image_len()]; places.size_hint().0];
    for place in places {
        for (row, to) in images[place].chunks_exact_mut(width * channels).enumerate().take(height) {
            batch.write(&|image| data.image(image), &normalizer, place, row, to);
        }
    }
    images
}

/// The same from the whole images.
fn whole(augmenter: &Augmenter, moment: Moment, data: &Images, ids: &[u32]) -> Vec<Vec<f32>> {
    let (mut scratch, normalizer) = (vec![0; data.image_len()], normalizer(data.image_shape[0]));
    let numbers = ids.iter().map(|&id| {
        let mut pixels = data.image(id).to_vec();
        augmenter.apply(moment, id, &mut pixels, &mut scratch);
        let mut numbers = vec![0.0; pixels.len()];
        normalizer.apply(&pixels, &mut numbers);
        numbers
    });
    numbers.collect()
}

/// A list of one to four of the transforms that rows can be made by, in any order.
fn list(case: u32, [_, height, width]: [usize; 3]) -> Vec<Transform> {
    let stream = Stream::new(5, Purpose::Split, 0, case);
    let below = |index: u32, bound: usize| (stream.u32(index) as usize) % bound;
    let modes = [PaddingMode::Constant, PaddingMode::Edge, PaddingMode::Reflect, PaddingMode::Symmetric];
    let one = |index: u32| -> Transform {
        let side = height.min(width);
        let p = [0.3, 0.7, 1.0][below(10 * index + 1, 3)];
        match below(10 * index, 5) {
            0 | 1 if side > 1 => RandomCrop {
                padding: 1 + below(10 * index + 2, side - 1),
                padding_mode: modes[below(10 * index + 3, 4)],
                fill: 90,
            }
            .into(),
            2 => RandomVerticalFlip { p }.into(),
            3 => {
                let value = [Cover::Value(17), Cover::Random][below(10 * index + 2, 2)];
                RandomErasing { p, value, scale: (0.1, 0.9), ..Default::default() }.into()
            }
            _ => RandomHorizontalFlip { p }.into(),
        }
    };
    (1..2 + below(0, 4) as u32).map(one).collect()
}

#[test]
fn rows_are_those_of_the_whole_images() {
    let (mut by_rows, mut erased) = (0, 0);
    for case in 0..400 {
        let shape = [[1, 5, 7], [3, 6, 4], [2, 1, 3], [1, 1, 1], [3, 8, 8]][case as usize % 5];
        let (list, data) = (list(case, shape), dataset(shape, 6));
        let augmenter = Augmenter::new(&list, shape).unwrap();
        let (moment, ids) = (Moment { seed: 9, epoch: case }, [4, 0, 5, 2]);
        let mut batch = AugmentedBatch::new(augmenter.clone());
        batch.begin(moment, &ids, &ids);
        assert_eq!(rows(&batch, &data, 0..4), whole(&augmenter, moment, &data, &ids), "{shape:?} {list:?}");
        let is_by_rows = crate::augment::shift::Shifter::of(&augmenter).is_some();
        by_rows += usize::from(is_by_rows);
        erased += usize::from(is_by_rows && matches!(list.last(), Some(Transform::RandomErasing(_))));
    }
    assert!(by_rows > 150 && erased > 40 && by_rows < 380, "{by_rows} by rows, {erased} erased");
}

fn everything() -> Vec<Transform> {
    vec![
        RandomCrop { padding: 2, ..Default::default() }.into(),
        RandomHorizontalFlip::default().into(),
        RandomRotation { interpolation: Interpolation::Bilinear, ..RandomRotation::new(20.0) }.into(),
        RandomAffine { translate: (0.1, 0.2), scale: (0.8, 1.2), ..RandomAffine::new(5.0) }.into(),
        RandomResizedCrop::default().into(),
        ColorJitter { brightness: (0.5, 1.5), contrast: (0.5, 1.5), hue: (-0.1, 0.1), ..Default::default() }
            .into(),
        RandomErasing { value: Cover::Random, p: 0.9, ..Default::default() }.into(),
    ]
}

#[test]
fn an_image_is_the_same_in_any_company_order_and_number_of_threads() {
    let shape = [3, 9, 8];
    let data = dataset(shape, 12);
    for list in [everything(), everything()[..2].to_vec(), vec![]] {
        let augmenter = Augmenter::new(&list, shape).unwrap();
        let moment = Moment { seed: 1, epoch: 2 };
        let mut batch = AugmentedBatch::new(augmenter.clone());
        let ids: Vec<u32> = (0..12).rev().collect();
        batch.begin(moment, &ids, &ids);
        let alone = rows(&batch, &data, 0..12);
        assert_eq!(alone, whole(&augmenter, moment, &data, &ids));
        // Other images first, then these backwards and in another batch.
        batch.begin(Moment { seed: 1, epoch: 3 }, &ids[..5], &ids[..5]);
        let other = rows(&batch, &data, 0..5);
        assert_eq!(other == alone[..5], list.is_empty(), "another epoch");
        batch.begin(moment, &ids[3..7], &ids[3..7]);
        assert_eq!(rows(&batch, &data, (0..4).rev()), alone[3..7]);
        // On several threads, each of which asks for everything.
        batch.begin(moment, &ids, &ids);
        let (batch, data, alone) = (&batch, &data, &alone);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    let places: Vec<usize> = (0..12).map(|place| (place + 3 * thread) % 12).collect();
                    assert_eq!(rows(batch, data, places.into_iter()), *alone);
                });
            }
        });
    }
}

#[test]
fn a_mixed_batch_is_made_of_neighbours() {
    let shape = [1, 6, 5];
    let data = dataset(shape, 8);
    let ids = [3, 7, 1, 0];
    let (mut cut, mut shares) = (0, vec![]);
    for epoch in 0..30 {
        let moment = Moment { seed: 4, epoch };
        for mixer in [Transform::from(MixUp::default()), CutMix::default().into()] {
            let list = [RandomHorizontalFlip::default().into(), mixer];
            let augmenter = Augmenter::new(&list, shape).unwrap();
            let mut batch = AugmentedBatch::new(augmenter.clone());
            batch.begin(moment, &ids, &ids);
            let share = batch.share().unwrap();
            let got = rows(&batch, &data, 0..4);
            let single = whole(&augmenter, moment, &data, &ids);
            for place in 0..4 {
                let partner = [3, 0, 1, 2][place];
                assert_eq!(batch.partner(place), partner);
                let pairs = || single[place].iter().zip(&single[partner]);
                if matches!(mixer, Transform::MixUp(_)) {
                    let mixed = |(a, b): (&f32, &f32)| b * (1.0 - share) as f32 + a * share as f32;
                    assert_eq!(got[place], pairs().map(mixed).collect::<Vec<_>>());
                    continue;
                }
                // A byte of the data has a partner of its own: which one it came from can be told where they differ.
                let others =
                    got[place].iter().zip(pairs()).filter(|(got, (a, b))| *got == *b && a != b).count();
                let same = pairs().filter(|(a, b)| a == b).count();
                let expected = ((1.0 - share) * 30.0).round() as usize;
                assert!((others..=others + same).contains(&expected), "{others} of {expected}, {same} alike");
                assert!(got[place].iter().zip(pairs()).all(|(got, (a, b))| got == a || got == b));
                cut += others;
            }
            shares.push(share);
        }
    }
    let distinct: std::collections::HashSet<u64> = shares.iter().map(|share| share.to_bits()).collect();
    assert!(cut > 100 && distinct.len() > 30, "{cut} {}", distinct.len());
    let plain = Augmenter::new(&[RandomHorizontalFlip::default().into()], shape).unwrap();
    let mut batch = AugmentedBatch::new(plain);
    batch.begin(Moment::default(), &ids, &ids);
    assert_eq!(batch.share(), None);
}

#[test]
fn buffers_are_used_again() {
    let shape = [1, 6, 5];
    let data = dataset(shape, 8);
    let mut batch = AugmentedBatch::new(Augmenter::new(&everything()[2..4], shape).unwrap());
    let mut seen = std::collections::HashSet::new();
    for (epoch, ids) in [&[0, 1, 2, 3, 4][..], &[5, 6], &[7, 3, 2, 1, 0]].into_iter().enumerate() {
        batch.begin(Moment { seed: 0, epoch: epoch as u32 }, ids, ids);
        rows(&batch, &data, 0..ids.len());
        seen.extend(batch.buffers());
    }
    assert_eq!(seen.len(), 5, "one for each image of the largest batch");
}
