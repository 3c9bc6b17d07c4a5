//! The comparison on a terminal.

use toile_cli::table::{TableOptions, comparison};
use toile_study::findings::findings;
use toile_study::results::{RunStatus, StudyResults};
use unicode_width::UnicodeWidthStr;

use crate::golden::{check, plausible_receipts, plausible_results};

#[test]
fn comparison_at_common_widths() {
    let results = plausible_results();
    for (width_columns, name) in [(80, "table-80.txt"), (120, "table-120.txt"), (44, "table-44.txt")] {
        let options = TableOptions { width_columns, colour: false };
        let text = comparison(&results, &plausible_receipts(), options);
        check(name, &text);
        for line in text.lines() {
            assert!(line.width() <= width_columns, "{width_columns} columns: {line}");
        }
    }
}

#[test]
fn colour_adds_escapes_and_nothing_else() {
    let results = plausible_results();
    let plain = comparison(&results, &[], TableOptions { width_columns: 80, colour: false });
    let coloured = comparison(&results, &[], TableOptions { width_columns: 80, colour: true });
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains("\u{1b}[1m"));
    let mut stripped = coloured;
    for escape in ["\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m"] {
        stripped = stripped.replace(escape, "");
    }
    assert_eq!(stripped, plain);
}

#[test]
fn all_findings_of_the_plausible_study() {
    let lines: Vec<String> = findings(&plausible_results())
        .iter()
        .map(|f| {
            let numbers: Vec<String> =
                f.numbers.iter().map(|n| format!("{} = {}", n.name, n.text())).collect();
            format!(
                "[{}{}] {}\n    {}\n",
                f.id,
                if f.holds { "" } else { ", not" },
                f.sentence,
                numbers.join("; ")
            )
        })
        .collect();
    check("findings.txt", &lines.concat());
}

#[test]
fn a_study_that_has_not_come_far() {
    let mut results = plausible_results();
    results.models[0].runs[0].status = RunStatus::Diverged { epoch: 3, step: 17 };
    results.models[0].runs[0].epochs.truncate(2);
    results.models[0].runs[0].evaluation = None;
    results.models[1].runs[0].status = RunStatus::Unfinished;
    results.models[1].runs[0].epochs.truncate(1);
    results.models[1].runs[0].evaluation = None;
    check("table-unfinished.txt", &comparison(&results, &[], TableOptions::default()));
    results.models[0].runs.clear();
    results.models[1].runs.clear();
    check("table-not-started.txt", &comparison(&results, &[], TableOptions::default()));
    let nothing = StudyResults { models: Vec::new(), ..results };
    assert_eq!(comparison(&nothing, &[], TableOptions::default()), "No model has been trained yet.\n");
}

/// Early stopping and a validation split: how long it trained, and which epoch's weights the figures are of.
#[test]
fn epochs_and_weights_are_named_where_a_validation_split_chose_them() {
    let mut results = plausible_results();
    let text = comparison(&results, &[], TableOptions::default());
    assert!(!text.contains("epochs trained") && !text.contains("weights measured"), "{text}");
    let run = &mut results.models[1].runs[0];
    run.epochs.truncate(33);
    let evaluation = run.evaluation.as_mut().unwrap();
    (evaluation.weights, evaluation.epoch) = ("best".into(), 28);
    let text = comparison(&results, &[], TableOptions::default());
    let row = |label: &str| {
        let line = text.lines().find(|line| line.starts_with(label)).unwrap_or_else(|| panic!("{text}"));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("epochs trained"), "epochs trained 20 33 (stopped early)");
    assert_eq!(row("weights measured"), "weights measured last, of epoch 20 best, of epoch 28");
}
