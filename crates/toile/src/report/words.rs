//! The findings in words, with their numbers.

use maud::{Markup, html};
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
                            ul { @for finding in of_topic { li { (words(finding)) } } }
                        }
                    }
                }
            }
        }
    }
}

fn words(finding: &Finding) -> Markup {
    // A percent sign stays on its number's line.
    let sentence = finding.sentence.replace(" %", "\u{a0}%");
    html! {
        @if finding.numbers.is_empty() {
            (sentence)
        } @else {
            details {
                summary { (sentence) }
                dl {
                    @for number in &finding.numbers {
                        div { dt { (number.name) } dd { (number.text()) } }
                    }
                }
            }
        }
    }
}
