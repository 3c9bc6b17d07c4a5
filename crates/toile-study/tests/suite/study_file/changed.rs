//! Study files changed at random: each is a study, or is refused with a line that can be found; and every study is
//! written out and read back as the same recipes.

use toile_study::study::Study;
use toile_study::study_file::{BUILT_IN, StudyFileError, load, recipe, resolved};
use toile_testing::{Chance, changed_text};

use crate::bound::parse;

use super::keys::EVERYTHING;

const CASES: u32 = 3000;

/// Checks what becomes of a text; whether it is a study.
fn check(text: &str, case: u32) -> bool {
    match parse(text, "changed.toml") {
        Ok(study) => {
            check_written(&study, case);
            true
        }
        Err(StudyFileError::Invalid(told)) => {
            let lines: Vec<&str> = text.split('\n').collect();
            assert!((1..=lines.len()).contains(&told.line), "case {case}: line {}", told.line);
            assert!(!told.message.is_empty() && told.width >= 1, "case {case}: {told}");
            let plain = |text: &str| text.chars().filter(char::is_ascii_graphic).collect::<String>();
            assert_eq!(plain(&told.source_line), plain(lines[told.line - 1]), "case {case}: {told}");
            let end = told.column - 1 + told.width;
            assert!(end <= told.source_line.chars().count() + 1, "case {case}: {told}");
            false
        }
        Err(other) => panic!("case {case}: {other}"),
    }
}

fn check_written(study: &Study, case: u32) {
    for model in &study.models {
        let text = resolved(study, model);
        let again = parse(&text, "resolved.toml").unwrap_or_else(|error| panic!("case {case}: {error}"));
        assert_eq!(again.models.len(), 1, "case {case}");
        assert_eq!(again.models[0].recipe, model.recipe, "case {case}: {text}");
        assert_eq!(recipe(&text).as_ref(), Some(&model.recipe), "case {case}: {text}");
    }
}

#[test]
fn changed_studies_are_studies_or_refused_with_their_line() {
    let sources: Vec<&str> =
        BUILT_IN.iter().map(|study| study.source).chain([EVERYTHING, include_str!("base.toml")]).collect();
    let studies = (0..CASES).filter(|&case| {
        let source = sources[case as usize % sources.len()];
        check(&changed_text(source, &mut Chance::new(1, case)), case)
    });
    let studies = studies.count();
    // Comments may change, and many a number; where one of the two hardly occurs, hardly anything is tested.
    assert!((CASES as usize / 10..CASES as usize * 9 / 10).contains(&studies), "{studies} of {CASES}");
}

#[test]
fn arbitrary_bytes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.toml");
    let open = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        load(path.to_str().unwrap()).unwrap_err().to_string()
    };
    for case in 0..500 {
        let mut chance = Chance::new(2, case);
        let length = chance.below(200);
        let bytes = chance.bytes(length);
        assert!(!check(&String::from_utf8_lossy(&bytes), case));
        let told = open(&bytes);
        assert!(told.contains("is not UTF-8") || told.contains("changed.toml:"), "case {case}: {told}");
    }
}
