//! `toile run --dataset`: the recipes of a study on other data.

use super::cli::{Place, Ran, STUDY};
use super::predict::write_png;

fn toile(place: &Place, args: &[&str]) -> Ran {
    Ran::of(place.command(args).env("XDG_CACHE_HOME", place.path("cache")).output().unwrap())
}

#[test]
fn the_same_recipes_learn_other_data_in_a_folder_of_their_own() {
    let place = Place::new(STUDY);
    for (class, name) in ["dark", "light", "middle"].iter().enumerate() {
        for image in 0..14usize {
            let part = if image < 10 { "train" } else { "test" };
            let pixels: Vec<u8> =
                (0..64usize).map(|at| (60 * class + (at * 37 + image * 91) % 70) as u8).collect();
            write_png(&place.path(&format!("shades/{part}/{name}/{image}.png")), [1, 8, 8], 1, &pixels);
        }
    }
    let planned = toile(&place, &["plan", "tiny.toml", "--dataset", "shades", "--models", "a"]).expect(0);
    assert!(planned.stderr.contains("the study tiny-shades"), "{}", planned.stderr);
    let ran =
        toile(&place, &["run", "tiny.toml", "--dataset", "shades", "--models", "a", "--json"]).expect(0);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let results = &json["results"];
    assert_eq!((&results["study"], &results["dataset"]["name"]), (&"tiny-shades".into(), &"shades".into()));
    assert_eq!(results["dataset"]["class_names"], serde_json::json!(["dark", "light", "middle"]));
    assert!(!place.read("runs/tiny-shades/a/seed-0/predictions.csv").is_empty());
    assert!(!place.path("runs/tiny").exists());
    // The run knows its data: it can be measured again.
    toile(&place, &["eval", "tiny-shades/a"]).expect(0);
    let again = toile(&place, &["run", "tiny.toml", "--dataset", "shades", "--models", "a"]).expect(0);
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
}

#[test]
fn data_that_do_not_fit_are_told() {
    let place = Place::new(&STUDY.replace("kernel_size = 2", "kernel_size = 12"));
    for name in ["a", "b"] {
        for image in 0..8 {
            for part in ["train", "test"] {
                write_png(
                    &place.path(&format!("small/{part}/{name}/{image}.png")),
                    [1, 8, 8],
                    1,
                    &[image * 9; 64],
                );
            }
        }
    }
    for (word, expected) in [("small", "do not fit small as they are"), ("smal", "\"smal\" is no data set")] {
        let ran = toile(&place, &["run", "tiny.toml", "--dataset", word]).expect(2);
        assert!(ran.stderr.contains(expected), "{expected:?} is not in\n{}", ran.stderr);
    }
    assert!(!place.path("runs").exists());
}
