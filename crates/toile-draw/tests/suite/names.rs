//! Short names.

use toile_draw::names::short_names;

#[test]
fn what_fits_stays_and_what_is_alone_is_cut_at_its_end() {
    let names = ["baseline", "a residual network with a long name"];
    assert_eq!(short_names(&names, 16), ["baseline", "a residual netw…"]);
}

#[test]
fn combinations_are_cut_part_by_part() {
    let names = [
        "baseline",
        "better",
        "baseline+dropout",
        "baseline+optimizer",
        "baseline+optimizer+epochs",
        "baseline+dropout+optimizer",
    ];
    let expected = [
        "baseline",
        "better",
        "baseline+dropout",
        "baseline+optimiz",
        "baseline+opt+epo",
        "baseline+dro+opt",
    ];
    assert_eq!(short_names(&names, 16), expected);
}

#[test]
fn all_are_told_apart_and_short_enough() {
    let bases = ["baseline", "baseline-40", "baseline-tuned", "a-much-longer-baseline-tuned"];
    let combinations = ["", "+dropout", "+epochs", "+dropout+epochs", "+optimizer", "+dropout+optimizer"];
    let real: Vec<String> =
        bases.iter().flat_map(|base| combinations.map(|rest| format!("{base}{rest}"))).collect();
    // Alike at both ends and in every part.
    let worst: Vec<String> = (10..30).map(|i| format!("beginning-{i}-which-goes-on-to-the-end")).collect();
    for names in [&real[..], &real[..12], &worst[..]] {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let short = short_names(&names, 16);
        let unique: std::collections::BTreeSet<&String> = short.iter().collect();
        assert_eq!(unique.len(), names.len(), "{short:?}");
        assert!(short.iter().all(|name| name.chars().count() <= 16), "{short:?}");
    }
}
