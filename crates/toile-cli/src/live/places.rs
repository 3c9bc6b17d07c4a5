//! Where live pages lie, and whether they are still those of their runs.

use std::path::Path;

use toile_live::{HEAD_BYTES, mark, mark_in};
use toile_store::{StoredRun, file};
use toile_study::names::LIVE_PREFIX;
use toile_study::trained::lowest_finished;

/// The page's name in the study's folder.
pub(crate) fn file_name(model: &str) -> String {
    format!("{LIVE_PREFIX}{model}.html")
}

/// The same as a link from the report.
pub(crate) fn link(model: &str) -> String {
    let escaped = file_name(model).bytes().fold(String::new(), |mut link, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => link.push(byte as char),
            _ => link += &format!("%{byte:02X}"),
        }
        link
    });
    // A name may have a colon, which would make the part before it a scheme.
    format!("./{escaped}")
}

/// Those of a study's models that have a page, and whose page is of the run that it would be made of now.
pub(crate) fn models_in<'a>(folder: &Path, models: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    models.into_iter().filter(|model| is_current(folder, model).unwrap_or(false)).map(str::to_owned).collect()
}

/// `None` where there is no page, or no run.
fn is_current(folder: &Path, model: &str) -> Option<bool> {
    let head = file::first_bytes(&folder.join(file_name(model)), HEAD_BYTES as u64).ok()??;
    let head = String::from_utf8_lossy(&head);
    let run = lowest_finished(&folder.join(model)).ok()??;
    let evaluation = StoredRun::open(&run).ok()??.results.evaluation?;
    Some(mark_in(&head)? == mark(run.id(), &evaluation))
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn a_link_leads_to_its_file_whatever_the_model_is_called() {
        for (model, expected) in [
            ("baseline", "./live-baseline.html"),
            ("a+b c#1", "./live-a%2Bb%20c%231.html"),
            ("größe:50%", "./live-gr%C3%B6%C3%9Fe%3A50%25.html"),
        ] {
            assert_eq!(link(model), expected);
        }
    }
}
