//! `report.html`: a pure renderer, results in, text out.
//!
//! The report is one file that asks nothing of the network, can be read without a script, in light and dark, on
//! paper and on a phone.

mod architecture;
mod chart;
mod classes;
mod confusion;
mod curves;
pub(crate) mod palette;
mod reproduction;
mod summary;
mod words;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use toile_study::results::{Receipt, StudyResults};

/// Static rules; colours come from the palette in front of them.
const STYLE: &str = include_str!("style.css");
/// An addition: a nicer tooltip on the curves.
const SCRIPT: &str = include_str!("hover.js");

/// Renders a study, finished or not, as one HTML file.
///
/// `receipts` holds (model, seed, receipt) of the runs that have one, `resolved` (model, text) of each model's
/// resolved configuration.
pub fn render(
    results: &StudyResults,
    receipts: &[(String, u64, Receipt)],
    resolved: &[(String, String)],
) -> String {
    let title = if results.title.is_empty() { &results.study } else { &results.title };
    let sections = [
        ("comparison", "Comparison", summary::comparison(results, receipts)),
        ("curves", "Curves", curves::section(results)),
        ("confusion", "Confusions", confusion::section(results)),
        ("classes", "Classes", classes::section(results)),
        ("findings", "Findings", words::section(results)),
        ("networks", "Networks", architecture::section(results)),
        ("reproduction", "Reproduction", reproduction::section(results, receipts, resolved)),
    ];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content={ "Toile " (results.toile_version) };
                // Nothing may be loaded: the file is all there is.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(palette::css())) (PreEscaped(classes_css())) (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (summary::header(results))
                    (contents(&sections))
                    @for (_, _, section) in &sections { (section) }
                }
                footer { "Written by Toile " (results.toile_version) "." }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

/// Links to the sections, as (id, name, contents); one without contents is not there.
fn contents(sections: &[(&str, &str, Markup)]) -> Markup {
    let there = sections.iter().filter(|(_, _, section)| !section.0.is_empty());
    html! {
        nav aria-label="Sections" { @for (id, name, _) in there { a href={ "#" (id) } { (name) } } }
    }
}

/// The classes that only pick a colour: of a model as `c` (line and text) and `b` (fill), of a matrix cell as `r`
/// and `w`.
fn classes_css() -> String {
    let mut css = String::new();
    for model in 0..palette::LIGHT.models.len() {
        css.push_str(&format!(".c{model}{{--own:var(--m{model})}}.b{model}{{--own:var(--m{model})}}"));
    }
    for shade in 0..palette::SHADES {
        for letter in ["r", "w"] {
            css.push_str(&format!(
                ".cm .{letter}{shade}{{background:var(--{letter}{shade});color:var(--{letter}{shade}t)}}"
            ));
        }
    }
    css.push('\n');
    css
}
