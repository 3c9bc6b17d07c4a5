//! How numbers read.

use toile_draw::digits::{cell_share, tick, tick_percent, tick_signed};

#[test]
fn ticks_are_short() {
    for (value, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (0.25, "0.25"),
        (10.0, "10"),
        (-2.5, "−2.5"),
        (0.0005, "5e-4"),
        (0.00025, "2.5e-4"),
        (100_000.0, "1e5"),
        (2.5e37, "2.5e37"),
        (-1e300, "−1e300"),
    ] {
        assert_eq!(tick(value), text);
    }
    assert_eq!([0.25, 1.0].map(tick_percent), ["25 %", "100 %"]);
    assert_eq!([10.0, 0.0, -0.5].map(tick_signed), ["+10", "0", "−0.5"]);
}

#[test]
fn cells_do_not_round_to_nothing_or_to_all() {
    for (share, text) in
        [(0.0, "0"), (0.0001, "<0.1"), (0.005, "0.5"), (0.876, "87.6"), (0.9999, ">99.9"), (1.0, "100")]
    {
        assert_eq!(cell_share(share), text);
    }
}
