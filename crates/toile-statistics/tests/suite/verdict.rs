//! What an interval lets one claim.

use toile_statistics::verdict::claim;
use toile_statistics::{Interval, Reason, Rule, Verdict};

const RULE: Rule = Rule { alpha: 0.05, pairs: 1, look: 1, margin: Some(1.0), higher_is_better: true };

#[test]
fn claims_by_interval() {
    use Verdict::*;
    for (low, high, higher, lower) in [
        (0.5, 2.0, Better, Worse),
        (1.5, 2.0, Better, Worse),
        (0.1, 0.9, BetterBelowMargin, WorseBelowMargin),
        (-0.5, 0.5, Equivalent, Equivalent),
        (0.0, 0.0, Equivalent, Equivalent),
        (-2.0, -0.1, Worse, Better),
        (-0.9, -0.1, WorseBelowMargin, BetterBelowMargin),
        (-0.5, 1.0, Undecided(Reason::Unresolved), Undecided(Reason::Unresolved)),
        (0.0, 2.0, Undecided(Reason::Unresolved), Undecided(Reason::Unresolved)),
    ] {
        let interval = Interval { low, high };
        assert_eq!(claim(interval, &RULE), higher, "{low} to {high}");
        assert_eq!(claim(interval, &Rule { higher_is_better: false, ..RULE }), lower, "{low} to {high}");
    }
    let unresolved = claim(Interval { low: -0.1, high: 0.1 }, &Rule { margin: None, ..RULE });
    assert_eq!(unresolved, Undecided(Reason::Unresolved));
}

#[test]
fn the_level_is_divided_among_pairs_and_looks() {
    assert_eq!(RULE.level(), 0.025);
    assert_eq!(Rule { pairs: 5, look: 2, ..RULE }.level(), 0.05 / 20.0);
}
