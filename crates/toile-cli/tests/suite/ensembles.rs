//! Ensembles of runs: measured, compared, and shown like models.

use serde_json::Value;
use toile::{Ensemble, Model};
use toile_store::sealed;

use super::cli::{Place, STUDY};
use super::predict::test_images;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn groups_of_seeds_are_the_repeats_of_an_ensemble() {
    let tables = "\n[ensemble.pair]\nof = \"a\"\nsize = 2\n\n[ensemble.mixed]\nof = [\"a\", \"b\"]\n";
    let study = STUDY.replacen("[architecture", "seeds = 7\n[architecture", 1) + tables;
    let place = Place::new(&study);
    let ran = place.toile(&["run", "tiny.toml"]).expect(0);
    assert!(ran.stdout.contains("Ensembles") && ran.stdout.contains("2 seeds of a"), "{}", ran.stdout);
    let results: Value = sealed::read(&place.path("runs/tiny/results.json"), "").unwrap().unwrap();
    let [pair, mixed] = &results["ensembles"].as_array().unwrap()[..] else { panic!("two ensembles") };
    let seeds =
        |of: &Value| of["groups"].as_array().unwrap().iter().map(|g| g["seeds"].clone()).collect::<Vec<_>>();
    // The seventh seed is left over.
    assert_eq!(
        seeds(pair),
        [serde_json::json!([0, 1]), serde_json::json!([2, 3]), serde_json::json!([4, 5])]
    );
    assert_eq!(seeds(mixed).len(), 7);
    assert_eq!(
        number(&mixed["multiply_adds"]),
        number(&pair["multiply_adds"]),
        "two networks of one size each"
    );

    // What the networks themselves say together of the images.
    let (data, group) = (test_images(), &pair["groups"][1]);
    let member = |seed| Model::load(place.path(&format!("runs/tiny/a/seed-{seed}"))).unwrap();
    let mut predictor = Ensemble::new(vec![member(2), member(3)]).unwrap().predictor().unwrap();
    let rows = predictor.log_probabilities(&data.pixels).unwrap();
    let nll =
        rows.chunks(10).zip(&data.labels).map(|(row, &label)| -f64::from(row[label as usize])).sum::<f64>();
    assert!((number(&group["nll"]) - nll / data.len() as f64).abs() < 1e-12, "{group}");
    let predicted = predictor.predict(&data.pixels).unwrap();
    let right =
        predicted.iter().zip(&data.labels).filter(|(found, label)| found.class == **label as usize).count();
    assert_eq!(number(&group["accuracy_top1"]), right as f64 / data.len() as f64);

    // Verdicts are over them, and reading the folder again keeps them.
    let compared: Value = sealed::read(&place.path("runs/tiny/comparison.json"), "").unwrap().unwrap();
    let names: Vec<&str> =
        compared["models"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "b", "pair", "mixed"]);
    assert_eq!(compared["models"][2]["seeds"], serde_json::json!([0, 2, 4]));
    let page = place.read("runs/tiny/report.html");
    assert!(String::from_utf8_lossy(&page).contains("id=\"ensembles\""));
    place.toile(&["report", "runs/tiny"]).expect(0);
    assert!(place.read("runs/tiny/report.html") == page, "read again, it is another page");
    let again = place.toile(&["compare", "tiny.toml", "b", "pair", "--json"]);
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(
        (&again["models"][1]["per_seed"], &again["pairs"][0]["verdict"]),
        (&compared["models"][2]["per_seed"], &"better".into())
    );

    // One group says nothing of recipes.
    let one = place.toile(&["compare", "tiny.toml", "b", "pair", "--seeds", "0-1", "--json"]).expect(3);
    let one: Value = serde_json::from_str(&one.stdout).unwrap();
    assert_eq!(one["pairs"][0]["verdict"], "undecided", "{one}");
}
