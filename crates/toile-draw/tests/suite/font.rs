//! Widths and outlines of letters.

use crate::font_source::{outlines, width};

#[test]
fn text_is_as_wide_as_its_letters() {
    assert_eq!(width("", 12.0), 0.0);
    assert_eq!(width("Bag", 24.0), 2.0 * width("Bag", 12.0));
    assert!(width("W", 12.0) > width("i", 12.0));
    // Letters of other scripts are there, and so is a box for what is not.
    assert_ne!(width("Ж", 12.0), width("\u{4e2d}", 12.0));
    assert!(outlines("\u{4e2d}", 12.0).is_some());
    assert!(outlines("  ", 12.0).is_none());
}

#[test]
fn letters_stand_on_the_baseline() {
    let bounds = outlines("H", 100.0).unwrap().bounds();
    assert!(bounds.top() < -60.0 && bounds.bottom().abs() < 1.0, "{bounds:?}");
    assert!(bounds.left() >= 0.0 && f64::from(bounds.right()) <= width("H", 100.0));
}
