//! More models than colours.

use std::collections::BTreeSet;

use super::evidence::{MANY_MODELS as MODELS, html_of, study_of};

/// The first chart of the page by this name.
fn chart<'a>(html: &'a str, name: &str) -> &'a str {
    let start = format!("data-chart=\"{name}\"");
    html.split(&start)
        .nth(1)
        .and_then(|rest| rest.split("</svg>").next())
        .unwrap_or_else(|| panic!("no {name}"))
}

fn labels(chart: &str) -> Vec<(f64, &str)> {
    let label = |text: &'static str| text;
    let parts = chart.split(label("<text class=\"label ")).skip(1);
    let of =
        |part: &str, name: &str| part.split_once(name).unwrap().1.split('"').next().unwrap().parse().unwrap();
    parts
        .map(|part| (of(part, " y=\""), part.split_once('>').unwrap().1.split('<').next().unwrap()))
        .collect()
}

#[test]
fn every_model_has_a_name_and_a_line_of_its_own() {
    let html = html_of(&study_of(&MODELS, [60, 4, 3], &[0, 1]).files());
    let chart = chart(&html, "accuracy");
    let labels = labels(chart);
    let names: BTreeSet<&str> = labels.iter().map(|label| label.1).collect();
    assert_eq!(names.len(), MODELS.len(), "{names:?}");
    // 360 high, 40 below the axis.
    assert!(labels.iter().all(|label| label.0 <= 325.0), "below the axis: {labels:?}");
    for class in ["line c0", "line hollow c0", "line broad c0"] {
        assert!(chart.contains(&format!("class=\"{class}\"")), "{class}");
    }
    // The key has the names in full.
    let key = html.split("class=\"legend models\"").nth(1).expect("a key").split("</p>").next().unwrap();
    for name in MODELS {
        assert!(key.contains(&format!("</svg>{name}</span>")), "{name} is not in {key}");
    }
}

#[test]
fn six_models_need_no_key() {
    let html = html_of(&study_of(&MODELS[..6], [60, 4, 3], &[0, 1]).files());
    assert!(!html.contains("legend models") && !chart(&html, "accuracy").contains("hollow"));
}
