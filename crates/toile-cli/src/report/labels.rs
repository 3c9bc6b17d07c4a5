//! Labels that are probably wrong, where `toile data suspects` was asked: the worst of them.

use maud::{Markup, html};
use toile_study::evidence::Evidence;
use toile_study::evidence::suspects::{Suspect, SuspectSummary};
use toile_study::numbers::{count, rough_percent};
use toile_study::results::StudyResults;

use super::album::Album;

pub(super) fn section(results: &StudyResults, evidence: &Evidence, album: &Album) -> Markup {
    let Some(found) = &evidence.suspects else { return html! {} };
    let SuspectSummary { listed, worst, .. } = found;
    html! {
        section #labels {
            h2 { "Labels" }
            p { (found.sentence()) }
            p.note {
                "Confident learning: Northcutt, Jiang and Chuang 2021. A network can be wrong where a label is right: look \
                 before you change one."
            }
            ul.images { @for suspect in worst { (item(results, album, suspect)) } }
            @if *listed > worst.len() {
                p.note { "The " (worst.len()) " most suspicious of " (count(*listed as u64)) "; suspects.csv and suspects.html have more." }
            }
        }
    }
}

fn item(results: &StudyResults, album: &Album, suspect: &Suspect) -> Markup {
    let class = |index: u32| results.dataset.class_names.get(index as usize).map_or("?", String::as_str);
    let (label, suggested) = (class(suspect.label), class(suspect.suggested));
    let text = format!("Image {}: called {label}, looks like {suggested}", suspect.image);
    html! {
        li {
            @if let Some(image) = album.image(suspect.image, &text) { (image) }
            span.true { (label) " " (rough_percent(suspect.of_label.into())) }
            span.called { "looks like " (suggested) " " (rough_percent(suspect.of_suggested.into())) }
            span.number { "no. " (suspect.image) }
        }
    }
}
