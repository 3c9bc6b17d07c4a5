//! The forest: nothing lies on anything else.

use toile_draw::charts::forest::{Forest, ForestRow, Role, WIDTHS};
use toile_draw::picture::{Anchor, Form, Text, text_width};
use toile_study::evidence::{Interval, Metric};

/// Left end, right end and base line of a text.
fn extent(text: &Text) -> (f64, f64, f64) {
    let width = text_width(&text.text, text.size);
    let left = match text.anchor {
        Anchor::Start => text.x,
        Anchor::Middle => text.x - width / 2.0,
        Anchor::End => text.x - width,
    };
    (left, left + width, text.y)
}

#[test]
fn names_and_values_lie_beside_each_other_in_every_width() {
    let interval = Interval { low: -0.2157, high: 1.0, confidence: 0.95 };
    for name in ["b", "baseline-tuned − baseline", &"a long name ".repeat(4)] {
        let row = ForestRow {
            name: name.into(),
            below: String::new(),
            value: 0.6756,
            interval: Some(interval),
            role: Role::Part,
        };
        let rows = [row.clone(), row];
        let forest = Forest { title: "", metric: Metric::AccuracyTop1, rows: &rows, margin: None };
        for (width, class) in WIDTHS {
            let picture = forest.picture(width, class);
            let texts = picture.shapes.iter().filter_map(|shape| match &shape.form {
                Form::Text(text) => Some(extent(text)),
                _ => None,
            });
            let texts: Vec<_> = texts.collect();
            assert!(texts.len() > 4, "{name}");
            for (index, a) in texts.iter().enumerate() {
                assert!(a.2 < picture.height, "{name} {class}: {a:?}");
                for b in &texts[..index] {
                    let apart = (a.2 - b.2).abs() > 13.0 || a.1 < b.0 || b.1 < a.0;
                    assert!(apart, "{name} {class}: {a:?} on {b:?}");
                }
            }
        }
    }
}
