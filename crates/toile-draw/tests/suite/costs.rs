//! Costs against accuracy: which models are on the front, and what stands on the sheet.

use toile_draw::charts::costs::{CostChart, CostPoint, SIZES, short_count};
use toile_draw::picture::{Form, Picture};
use toile_statistics::OverSeeds;

fn chart(points: &[(f64, f64)]) -> CostChart<'static> {
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    let point = |(model, &(cost, mean)): (usize, &(f64, f64))| {
        let accuracy = OverSeeds { seeds: 3, mean, low: mean - 0.01, high: mean + 0.01, deviation: None };
        CostPoint { model, name: NAMES[model], cost, accuracy }
    };
    let points = points.iter().enumerate().map(point).collect();
    CostChart { id: "parameters", axis: "parameters", points, text: short_count }
}

#[test]
fn the_front_has_what_no_cheaper_model_equals() {
    for (points, expected) in [
        (&[(10.0, 0.8), (20.0, 0.9), (30.0, 0.85)][..], &[0, 1][..]),
        // In any order; of equal costs the better, of equals the first.
        (&[(30.0, 0.9), (10.0, 0.8), (10.0, 0.7), (30.0, 0.9), (20.0, 0.8)], &[1, 0]),
        (&[(5.0, 0.5)], &[0]),
        (&[], &[]),
    ] {
        assert_eq!(chart(points).front(), expected, "{points:?}");
    }
}

fn texts(picture: &Picture) -> Vec<(f64, f64, String)> {
    let text = |form: &Form| match form {
        Form::Text(text) => Some((text.x, text.y, text.text.clone())),
        _ => None,
    };
    picture.shapes.iter().filter_map(|shape| text(&shape.form)).collect()
}

#[test]
fn every_model_is_named_on_the_sheet_and_names_keep_apart() {
    let chart = chart(&[(1.2e5, 0.9), (1.21e5, 0.9), (1.9e5, 0.93), (9e4, 0.88)]);
    for (size, class) in SIZES {
        let picture = chart.picture(size, class);
        let names: Vec<_> = texts(&picture).into_iter().filter(|(_, _, text)| text.len() == 1).collect();
        assert_eq!(names.len(), 4, "{names:?}");
        for (place, (x, y, name)) in names.iter().enumerate() {
            assert!((0.0..size.width).contains(x) && (0.0..size.height).contains(y), "{name} at {x}, {y}");
            for (other_x, other_y, other) in &names[..place] {
                let apart = (x - other_x).abs() >= 6.0 || (y - other_y).abs() >= 12.0;
                assert!(apart, "{name} at {x}, {y} covers {other} at {other_x}, {other_y}");
            }
        }
        assert!(picture.title.contains("c 93.00 % at 190 k, on the front"), "{}", picture.title);
        assert!(!picture.title.contains("b 90.00 % at 121 k, on the front"), "{}", picture.title);
    }
}

#[test]
fn counts_are_short() {
    for (value, expected) in [(950.0, "950"), (1.2e5, "120 k"), (3.5e6, "3.5 M"), (2e9, "2 G")] {
        assert_eq!(short_count(value), expected);
    }
}
