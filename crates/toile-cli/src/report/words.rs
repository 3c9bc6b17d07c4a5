//! The findings in words, with their numbers.

use maud::{Markup, html};
use toile_draw::palette::MODELS;
use toile_study::findings::{Finding, Topic, findings};
use toile_study::results::StudyResults;

pub(super) fn section(results: &StudyResults) -> Markup {
    let found = findings(results);
    html! {
        section #findings {
            h2 { "Findings" }
            p.note { "Every sentence is computed from the results; open it for the numbers it rests on." }
            div.topics {
                @for topic in Topic::ALL {
                    @let of_topic: Vec<&Finding> = found.iter().filter(|finding| finding.topic == topic).collect();
                    @if !of_topic.is_empty() {
                        div.topic {
                            h3 { (topic.title()) }
                            ul { @for finding in of_topic { li { (words(finding, results)) } } }
                        }
                    }
                }
            }
        }
    }
}

/// The most findings that are still short.
const SHORT_MAX: usize = 16;

/// The findings that matter most, for the side of the comparison. Of many models not all of them: the section of the
/// findings has the rest.
pub(super) fn in_short(results: &StudyResults) -> Markup {
    let found = findings(results);
    let headlines: Vec<&Finding> = found.iter().filter(|finding| finding.headline).collect();
    let left = headlines.len().saturating_sub(SHORT_MAX);
    html! {
        div.short {
            h3 { "In short" }
            ul { @for finding in headlines.iter().take(SHORT_MAX) { li { (sentence(finding, results)) } } }
            @if left > 0 { p.note { a href="#findings" { (left) " more below" } } }
        }
    }
}

fn words(finding: &Finding, results: &StudyResults) -> Markup {
    html! {
        @if finding.numbers.is_empty() {
            (sentence(finding, results))
        } @else {
            details {
                summary { (sentence(finding, results)) }
                dl {
                    @for number in &finding.numbers {
                        div { dt { (number.name) } dd { (number.text()) } }
                    }
                }
            }
        }
    }
}

/// The sentence; a model it starts with is set in the model's colour.
fn sentence(finding: &Finding, results: &StudyResults) -> Markup {
    // A percent sign stays on its number's line.
    let sentence = finding.sentence.replace(" %", "\u{a0}%");
    let starts = |name: &&String| {
        sentence.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with([':', ' ', ',']))
    };
    let name = finding.models.iter().filter(starts).max_by_key(|name| name.len());
    let model = name.and_then(|name| results.models.iter().position(|model| model.name == *name));
    html! {
        @match (name, model) {
            (Some(name), Some(model)) => { span class={ "own c" (model % MODELS) } { (name) } (sentence[name.len()..]) }
            _ => { (sentence) }
        }
    }
}
