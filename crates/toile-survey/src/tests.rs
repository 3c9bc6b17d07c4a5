//! Surveys of small data sets in which something was planted.

use toile_testing::Chance;

use super::*;
use toile_data::Dataset;

const SIDE: usize = 16;

/// A picture of a class: a bright box whose place depends on the class, on a ground of noise of its own.
fn picture(class: u32, image: u32, channels: usize) -> Vec<u8> {
    let mut chance = Chance::new(7, image * 64 + class);
    let (top, left) = (class as usize % 3 * 4, class as usize / 3 * 4);
    let mut pixels = vec![0; SIDE * SIDE * channels];
    for (at, value) in pixels.iter_mut().enumerate() {
        let (row, column) = (at / channels / SIDE, at / channels % SIDE);
        let inside = (top..top + 6).contains(&row) && (left..left + 6).contains(&column);
        *value = (chance.below(90) + if inside { 110 } else { 20 }) as u8;
    }
    pixels
}

fn dataset(channels: usize, images: &[(u32, Vec<u8>)]) -> Dataset {
    let pixels: Vec<u8> = images.iter().flat_map(|(_, pixels)| pixels).copied().collect();
    let labels = images.iter().map(|(label, _)| *label).collect();
    let names = ["a", "b", "c", "d", "A"].map(str::to_owned).to_vec();
    Dataset::new([channels, SIDE, SIDE], pixels, labels, names)
}

fn of_two(train: &Dataset, test: &Dataset, threads: usize) -> Survey {
    let parts = [Part { name: "train", data: train }, Part { name: "test", data: test }];
    survey(&parts, NonZero::new(threads).unwrap())
}

/// 40 images of each of four classes, none like another.
fn plain(channels: usize) -> Vec<(u32, Vec<u8>)> {
    (0..160).map(|image| (image % 4, picture(image % 4, image, channels))).collect()
}

fn id(part: usize, index: u32) -> ImageId {
    ImageId { part, index }
}

fn changed(pixels: &[u8], change: impl Fn(u8) -> f64) -> Vec<u8> {
    pixels.iter().map(|&value| change(value).round().clamp(0.0, 255.0) as u8).collect()
}

#[test]
fn copies_are_found_within_and_across_parts_and_nothing_else() {
    for channels in [1, 3] {
        let mut train = plain(channels);
        train.push((0, train[4].1.clone()));
        train.push((1, changed(&train[9].1, |value| f64::from(value) * 0.8 + 20.0)));
        let mut noise = Chance::new(3, 0);
        let noisy = train[30].1.iter().map(|&value| value.saturating_add(noise.below(4) as u8)).collect();
        let mut test: Vec<_> =
            (0..40).map(|image| (image % 4, picture(image % 4, 1000 + image, channels))).collect();
        test.push((2, noisy));
        test.push((3, train[4].1.clone()));
        let (train, test) = (dataset(channels, &train), dataset(channels, &test));
        let found = of_two(&train, &test, 2).duplicates;
        let groups: Vec<(&[ImageId], bool)> =
            found.groups.iter().map(|group| (group.images.as_slice(), group.is_exact)).collect();
        assert_eq!(
            groups,
            [
                (&[id(0, 4), id(0, 160), id(1, 41)][..], true),
                (&[id(0, 9), id(0, 161)], false),
                (&[id(0, 30), id(1, 40)], false),
            ],
            "{channels} channels"
        );
        assert!(found.groups[1..].iter().all(|group| (0.99..1.0).contains(&group.correlation)));
        let leaks: Vec<_> = found.leaks.iter().map(|leak| (leak.image, leak.twin, leak.is_exact)).collect();
        assert_eq!(leaks, [(id(1, 40), id(0, 30), false), (id(1, 41), id(0, 4), true)]);
    }
}

#[test]
fn a_wrong_class_is_told_with_the_right_one() {
    let mut train = plain(1);
    train[17].0 = 3;
    train[100].0 = 2;
    // A class of its own with too few images to be judged.
    train.push((4, picture(8, 0, 1)));
    let found = of_two(&dataset(1, &train), &dataset(1, &[]), 2).labels;
    let mut strangers: Vec<_> =
        found.strangers.iter().map(|found| (found.image, found.label, found.suggested)).collect();
    strangers.sort();
    assert_eq!(strangers, [(id(0, 17), 3, 1), (id(0, 100), 2, 0)]);
    assert_eq!((found.judged, found.agreeing), (160, 158));
    for stranger in &found.strangers {
        assert_eq!((stranger.neighbours, stranger.nearest.len()), (20, 3));
        assert!(stranger.other >= 16 && stranger.own <= 2, "{stranger:?}");
    }
}

#[test]
fn nothing_depends_on_the_threads() {
    let (train, test) = (dataset(3, &plain(3)), dataset(3, &plain(3)[..50]));
    let one = of_two(&train, &test, 1);
    assert_eq!(one, of_two(&train, &test, 5));
    assert_eq!(one.duplicates.leaks.len(), 50);
    assert_eq!(one.class_counts, [vec![40, 40, 40, 40, 0], vec![13, 13, 12, 12, 0]]);
    assert_eq!(one.names_alike, [[0, 4]]);
    let (means, deviations) = train.moments(0..160);
    assert_eq!(one.moments, means.into_iter().zip(deviations).collect::<Vec<_>>());
}

#[test]
fn images_without_contrast_are_told_and_compared_by_their_bytes() {
    let mut train = plain(1);
    for value in [7, 8, 7] {
        train.push((0, vec![value; SIDE * SIDE]));
    }
    let found = of_two(&dataset(1, &train), &dataset(1, &[]), 1);
    assert_eq!(found.flat, [id(0, 160), id(0, 161), id(0, 162)]);
    let groups: Vec<_> = found.duplicates.groups.iter().map(|group| &group.images[..]).collect();
    assert_eq!(groups, [[id(0, 160), id(0, 162)]]);
}

#[test]
fn shapes_from_one_pixel_to_a_screen_are_taken() {
    for shape in [[1, 1, 1], [3, 1, 9], [1, 5, 2], [2, 40, 33], [3, 70, 130], [4, 8, 8]] {
        let len: usize = shape.iter().product();
        let pixels: Vec<u8> = (0..6).flat_map(|image| Chance::new(5, image % 5).bytes(len)).collect();
        let data = Dataset::new(shape, pixels, vec![0; 6], vec!["a".to_owned()]);
        let found = survey(&[Part { name: "train", data: &data }], NonZero::<usize>::MIN);
        let last = found.duplicates.groups.iter().find(|group| group.images.contains(&id(0, 5)));
        assert!(last.is_some_and(|group| group.images.contains(&id(0, 0))), "{shape:?}");
    }
    let none = Dataset::new([1, 2, 2], vec![], vec![], vec![]);
    let found = survey(&[Part { name: "train", data: &none }], NonZero::<usize>::MIN);
    assert_eq!((found.duplicates, found.moments), (Duplicates::default(), vec![]));
}
