//! Which pictures are tested, where nobody said.

use std::collections::BTreeSet;

use toile_data::listing::{Item, Listing, Part, choose, split};

/// Pictures of the classes `0..sizes.len()`.
fn of_sizes(sizes: &[usize]) -> Listing {
    let classes = sizes.iter().enumerate().flat_map(|(class, &size)| std::iter::repeat_n(class as u32, size));
    let item = |(i, class)| Item {
        path: format!("{i}.png").into(),
        name: format!("{i}.png"),
        class,
        part: None,
        group: None,
        bytes: 0,
        modified_ns: 0,
    };
    Listing {
        class_names: (0..sizes.len()).map(|class| format!("c{class}")).collect(),
        items: classes.enumerate().map(item).collect(),
        ..Listing::default()
    }
}

fn tested(listing: &Listing) -> Vec<usize> {
    (0..listing.items.len()).filter(|&i| listing.items[i].part == Some(Part::Test)).collect()
}

#[test]
fn each_class_is_tested_with_its_share() {
    let sizes = [100, 15, 2, 1, 3, 7];
    // Halves upwards; one of two; never all.
    for (share, expected) in
        [(0.2, [20, 3, 1, 0, 1, 1]), (0.5, [50, 8, 1, 0, 2, 4]), (0.99, [99, 14, 1, 0, 2, 6])]
    {
        let mut listing = of_sizes(&sizes);
        split(&mut listing, share, 3).expect("a split");
        let of = |class| tested(&listing).iter().filter(|&&i| listing.items[i].class == class).count();
        assert_eq!([0, 1, 2, 3, 4, 5].map(of), expected, "{share}");
        assert!(listing.items.iter().all(|item| item.part.is_some()));
        assert_eq!(listing.notes, ["No picture of \"c3\" could be spared for the test."]);
    }
}

#[test]
fn the_choice_is_a_function_of_the_seed() {
    let choice = |seed| {
        let mut listing = of_sizes(&[50, 50]);
        split(&mut listing, 0.3, seed).expect("a split");
        tested(&listing)
    };
    assert_eq!(choice(1), choice(1));
    assert_ne!(choice(1), choice(2));
    // Classes draw their own numbers: not the same places in each.
    let places = |class: usize| -> Vec<usize> {
        choice(1).into_iter().filter(|i| i / 50 == class).map(|i| i % 50).collect()
    };
    assert_ne!(places(0), places(1));
}

#[test]
fn pictures_with_a_part_keep_it() {
    let mut listing = of_sizes(&[10, 10]);
    listing.items[0].part = Some(Part::Validation);
    split(&mut listing, 0.5, 0).expect("a split");
    assert_eq!(listing.items[0].part, Some(Part::Validation));
    let before = listing.clone();
    split(&mut listing, 0.5, 1).expect("nothing to split");
    assert_eq!(listing, before);
}

#[test]
fn groups_stay_together_near_their_share() {
    for seed in 0..20 {
        // Forty groups of 3 to 9 images; of two classes each group has one, a third is in all.
        let mut classes = Vec::new();
        let mut groups = Vec::new();
        for group in 0..40_u32 {
            for image in 0..3 + group % 7 {
                classes.push(if image == 0 { 2 } else { group % 2 });
                groups.push(group);
            }
        }
        let tested = choose(&classes, Some(&groups), 0.25, seed).expect("a split");
        for group in 0..40 {
            let of_group =
                groups.iter().zip(&tested).filter(|(g, _)| **g == group).map(|(_, tested)| *tested);
            assert_eq!(of_group.collect::<BTreeSet<bool>>().len(), 1, "group {group} is divided");
        }
        for class in 0..3 {
            let of_class = classes.iter().zip(&tested).filter(|(c, _)| **c == class);
            let (all, part) = of_class.fold((0, 0), |(all, part), (_, t)| (all + 1, part + usize::from(*t)));
            let share = f64::from(u32::try_from(part).expect("few")) / f64::from(all);
            assert!((share - 0.25).abs() < 0.06, "seed {seed}, class {class}: {share}");
        }
    }
    let of = |seed| choose(&[0, 1, 0, 1, 0, 1], Some(&[0, 0, 1, 1, 2, 2]), 0.34, seed).expect("a split");
    assert!((0..20).map(of).collect::<BTreeSet<_>>().len() == 3, "groups of equal size are chosen by chance");
}

#[test]
fn a_group_that_is_all_of_a_class_is_learned_from() {
    // Group 0 has the only images of class 1; group 1 may be tested.
    let tested = choose(&[0, 1, 1, 0, 0, 0], Some(&[0, 0, 0, 1, 2, 2]), 0.2, 0).expect("a split");
    assert_eq!(tested, [false, false, false, true, false, false]);
    // Groups that are larger than the share: the one that exceeds it least.
    let tested = choose(&[0, 0, 0, 0, 0, 1, 1, 1, 1, 1], Some(&[0, 0, 0, 1, 1, 0, 0, 0, 1, 1]), 0.1, 0);
    assert_eq!(tested.expect("a split"), [false, false, false, true, true, false, false, false, true, true]);
}

#[test]
fn each_impossible_split_is_told() {
    for share in [0.0, 1.0, -0.1, f64::NAN] {
        let said = split(&mut of_sizes(&[5, 5]), share, 0).expect_err("no share").to_string();
        assert!(said.contains("test_share = ") && said.contains("between 0 and 1"), "{said}");
    }
    let said = split(&mut of_sizes(&[1, 1, 1]), 0.2, 0).expect_err("one image a class").to_string();
    assert!(
        said.starts_with("none of the 3 pictures can be tested") && said.contains("\n  Add pictures"),
        "{said}"
    );
    let said = choose(&[0, 0, 1, 1], Some(&[0, 0, 1, 1]), 0.2, 0).expect_err("a group a class").to_string();
    assert!(said.starts_with("none of the 2 groups") && said.contains("Name finer groups"), "{said}");
}
