//! Fractions of many factors: what they promise of resolution, and effects that were put in.

use toile_statistics::Sample;
use toile_statistics::fractional::{FRACTION_FACTORS, Fraction};

fn bit(cell: u32, factor: usize) -> f64 {
    if cell >> factor & 1 == 1 { 1.0 } else { -1.0 }
}

/// Three seeds and five images with this mean.
fn sample(place: usize, mean: f64) -> Sample {
    // What the images differ by depends on the combination, in each seed alike.
    let of_image = |image: usize| (image as f64 - 2.0) * ((place * place * 3) % 7) as f64;
    let value = |seed: usize, image: usize| {
        mean + 0.01 * of_image(image) + 0.002 * ((place * 7 + seed * 5 + image * 3) % 11) as f64
    };
    let rows: Vec<Vec<f64>> = (0..3)
        .map(|seed| {
            let row: Vec<f64> = (0..5).map(|image| value(seed, image)).collect();
            let off = row.iter().sum::<f64>() / 5.0 - mean;
            row.iter().map(|value| value - off).collect()
        })
        .collect();
    Sample::of_means(&[0, 1, 2], &rows).unwrap()
}

#[test]
fn every_fraction_is_of_resolution_four_and_holds_both_models() {
    assert_eq!((FRACTION_FACTORS, Fraction::new(5), Fraction::new(17)), (6..=16, None, None));
    for factors in FRACTION_FACTORS {
        let fraction = Fraction::new(factors).unwrap();
        let cells = fraction.cells();
        assert_eq!(cells.len(), if factors <= 8 { 16 } else { 32 });
        assert_eq!((cells[0], cells[cells.len() - 1]), (0, (1 << factors) - 1), "the two models");
        let words = fraction.words();
        assert_eq!(words.len() + 1, (1 << factors) / cells.len(), "{factors} factors");
        assert_eq!(words.iter().map(|word| word.count_ones()).min(), Some(4));
        // Balanced, and each pair of factors in all of its combinations alike.
        for first in 0..factors {
            for second in 0..first {
                let product: f64 = cells.iter().map(|&cell| bit(cell, first) * bit(cell, second)).sum();
                assert_eq!(product, 0.0, "{first} and {second} of {factors}");
            }
            assert_eq!(cells.iter().map(|&cell| bit(cell, first)).sum::<f64>(), 0.0);
        }
    }
    // The textbook's 2^(8-4): E = ABC, F = ABD, G = ACD, H = BCD.
    let eight = Fraction::new(8).unwrap();
    let generators: Vec<Vec<usize>> = eight.generators().into_iter().map(|(_, of)| of).collect();
    assert_eq!(generators, [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]]);
}

#[test]
fn effects_that_were_put_in_are_found_with_their_aliases() {
    for factors in [6, 8, 11] {
        let fraction = Fraction::new(factors).unwrap();
        let main = |factor: usize| 0.5 - 0.125 * factor as f64;
        // The interaction of the first and the second factor, and of the first and the last.
        let mean = |cell: u32| {
            let mains: f64 = (0..factors).map(|factor| main(factor) * bit(cell, factor) / 2.0).sum();
            mains + 0.75 * bit(cell, 0) * bit(cell, 1) / 2.0
        };
        let cells: Vec<Sample> =
            fraction.cells().iter().enumerate().map(|(place, &cell)| sample(place, mean(cell))).collect();
        let found = fraction.attribute(&cells).unwrap();
        assert_eq!(found.effects.len(), cells.len() - 1);
        for factor in 0..factors {
            assert_eq!(found.effects[factor].sets, [1 << factor]);
            assert!(
                (found.effects[factor].estimate.value - main(factor)).abs() < 1e-12,
                "{factor} of {factors}"
            );
        }
        let pair = found.effects.iter().find(|of| of.sets.contains(&0b11)).unwrap();
        assert!((pair.estimate.value - 0.75).abs() < 1e-12);
        assert!(pair.sets.len() > 1 && pair.sets.iter().all(|set| set.count_ones() == 2), "{:?}", pair.sets);
        let gain: f64 = (0..factors).map(main).sum();
        assert!((found.gain.value - gain).abs() < 1e-12);
        let odd = found.effects.iter().filter(|of| of.sets[0].count_ones() % 2 == 1);
        assert!((odd.map(|of| of.estimate.value).sum::<f64>() - found.gain.value).abs() < 1e-12);
        assert!(found.effects[0].estimate.standard_error > 0.0, "{factors}: {:?}", found.effects[0].estimate);
    }
}
