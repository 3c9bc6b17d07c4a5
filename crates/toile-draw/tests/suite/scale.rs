//! Ticks and scales.

use toile_draw::scale::{Scale, epoch_ticks, ticks};

#[test]
fn ticks_are_round_and_enclose() {
    assert_eq!(ticks(0.0, 2.3, 5.0), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
    assert_eq!(ticks(0.0, 1.0, 5.0).len(), 6);
    assert_eq!(ticks(0.5, 0.5, 5.0), [0.0, 1.0], "an empty range still has an axis");
    assert_eq!(ticks(-0.4, 18.9, 5.0), [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0]);
    for (low, high) in [(1e37, 1e37), (0.0, 1.7e308), (-1.7e308, 1.7e308), (0.0, 5e-324), (-2e37, -2e37)] {
        let found = ticks(low, high, 5.0);
        let (first, last) = (found[0], found[found.len() - 1]);
        assert!(first <= low && high <= last && first < last && found.len() < 12, "{low} {high}: {found:?}");
    }
    let close = ticks(0.88, 0.93, 5.0);
    assert!(close[0] <= 0.88 && *close.last().unwrap() >= 0.93 && close.len() <= 7, "{close:?}");
}

#[test]
fn logarithmic_ticks_enclose_too() {
    assert_eq!(Scale::Log.ticks(0.2, 2.3), [0.2, 0.5, 1.0, 2.0, 5.0]);
    assert_eq!(Scale::Log.ticks(0.3, 0.3), [0.2, 0.5]);
    assert_eq!(Scale::Log.ticks(0.2, 0.2), [0.1, 0.4], "an empty range on a tick");
    let wide = Scale::Log.ticks(1e-6, 3.0);
    assert_eq!((wide[0], wide.len()), (1e-6, 8));
    let wider = Scale::Log.ticks(1e-30, 1e37);
    assert!(wider.len() <= 11 && wider[0] <= 1e-30 && wider[wider.len() - 1] >= 1e37, "{wider:?}");
    assert_eq!(Scale::Log.share(1.0, 0.1, 10.0), 0.5);
    assert_eq!(Scale::Linear.share(0.0, -1.7e308, 1.7e308), 0.5);
}

#[test]
fn epochs_are_whole_numbers() {
    assert_eq!(epoch_ticks(1), [1]);
    assert_eq!(epoch_ticks(3), [1, 2, 3]);
    assert_eq!(epoch_ticks(40), [1, 10, 20, 30, 40]);
    assert_eq!(epoch_ticks(12), [1, 3, 6, 9, 12]);
}
