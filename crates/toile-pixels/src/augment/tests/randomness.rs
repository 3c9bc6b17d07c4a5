//! What is drawn is distributed as it should be.

use crate::augment::cut_mix;
use crate::augment::draws::Draws;
use crate::augment::mixture::Mixing;
use crate::augment::*;

const N: u32 = 20_000;

fn draws(image: u32) -> Draws {
    Draws::new(Moment { seed: 11, epoch: 0 }, 0, image)
}

/// Within five standard errors of what is expected, given the deviation of a single value.
fn assert_near(sum: f64, expected: f64, deviation: f64, what: &str) {
    let mean = sum / f64::from(N);
    let limit = 5.0 * deviation / f64::from(N).sqrt();
    assert!((mean - expected).abs() < limit, "{what}: {mean} for {expected} within {limit}");
}

#[test]
fn every_shift_is_equally_probable() {
    let crop = RandomCrop { padding: 2, ..Default::default() };
    let mut counts = [0i32; 25];
    for image in 0..N {
        let [down, right] = crop.draw(&mut draws(image));
        counts[((down + 2) * 5 + right + 2) as usize] += 1;
    }
    let (expected, deviation) = (f64::from(N) / 25.0, (f64::from(N) * 0.04 * 0.96).sqrt());
    assert!(counts.iter().all(|&n| (f64::from(n) - expected).abs() < 5.0 * deviation), "{counts:?}");
}

#[test]
fn rectangles_have_the_area_and_the_sides_that_are_asked_for() {
    let erasing = RandomErasing { p: 0.7, scale: (0.1, 0.3), ratio: (0.5, 2.0), ..Default::default() };
    let (mut erased, mut area, mut log_ratio, mut left) = (0.0, 0.0, 0.0, 0.0);
    for image in 0..N {
        // Large, so that whole pixels do not matter.
        let Some(rectangle) = erasing.draw(&mut draws(image), [1, 1000, 1000]) else { continue };
        let (h, w) = (rectangle.height as f64, rectangle.width as f64);
        assert!((0.099..0.301).contains(&(h * w / 1e6)), "{rectangle:?}");
        assert!((0.49..2.04).contains(&(h / w)), "{rectangle:?}");
        assert!(rectangle.top + rectangle.height <= 1000 && rectangle.left + rectangle.width <= 1000);
        erased += 1.0;
        area += h * w / 1e6 - 0.2;
        log_ratio += (h / w).ln();
        left += rectangle.left as f64 / (1000.0 - w) - 0.5;
    }
    assert_near(erased, 0.7, 0.46, "how often");
    assert_near(area, 0.0, 0.06, "area");
    assert_near(log_ratio, 0.0, 0.4, "logarithm of the ratio");
    assert_near(left, 0.0, 0.29, "place");
}

#[test]
fn an_image_too_small_for_its_rectangle_stays_as_it_is() {
    let erasing = RandomErasing { p: 1.0, scale: (0.9, 1.0), ..Default::default() };
    assert!((0..1000).all(|image| erasing.draw(&mut draws(image), [1, 1, 1]).is_none()));
}

#[test]
fn a_cut_has_its_area_where_no_edge_cuts_it() {
    for lambda in [0.0, 0.2, 0.75, 1.0] {
        let mixture = cut_mix::rectangle(lambda, [500, 1000], [2000, 1000]);
        let Mixing::Rectangle(rectangle) = mixture.how else { panic!("{mixture:?}") };
        assert!((mixture.share - lambda).abs() < 0.005, "{mixture:?}");
        let area = (rectangle.height * rectangle.width) as f64 / 2e6;
        assert!((1.0 - mixture.share - area).abs() < 1e-12, "{mixture:?}");
    }
    // A quarter of it is left in a corner: the label follows.
    let corner = cut_mix::rectangle(0.0, [0, 0], [100, 100]);
    assert_eq!(corner.share, 0.75);
}

#[test]
fn the_four_changes_of_colour_come_in_every_order() {
    let jitter = ColorJitter {
        brightness: (0.9, 1.1),
        contrast: (0.5, 1.0),
        saturation: (0.2, 0.4),
        hue: (-0.1, 0.1),
    };
    let mut orders = std::collections::HashMap::new();
    for image in 0..N {
        let changes = jitter.draw(&mut draws(image));
        let order: Vec<_> = changes.iter().map(|change| std::mem::discriminant(&change.unwrap())).collect();
        *orders.entry(order).or_insert(0i32) += 1;
    }
    let expected = N as i32 / 24;
    assert_eq!(orders.len(), 24);
    assert!(orders.values().all(|n| (n - expected).abs() < 5 * 29), "{orders:?}");
}
