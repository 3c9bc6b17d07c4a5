//! `report.html`: a pure renderer, results in, bytes out.
//!
//! The report is one file that asks nothing of the network, can be read without a script, in light and dark, on
//! paper and on a phone. Its drawings are static; `report.js` only adds to them.

mod ablation;
mod album;
mod attribution;
mod calibration;
pub(crate) mod classes;
mod comparison;
mod confused_pairs;
mod confusion;
mod costs;
mod curves;
mod ensembles;
mod figures;
mod labels;
mod lines;
mod names;
mod networks;
mod pictures;
mod published;
mod reproduction;
mod script_data;
mod summary;
mod verdict;
mod words;

pub use album::{Binding, Kept, Pictures, Whose};

use album::{Album, PAGE_BYTES_MAX};
pub(crate) use figures::ALPHA;
use maud::{Markup, PreEscaped, html};
use toile_draw::palette;
use toile_study::conduct::StudyView;

use crate::page;

/// Static rules; colours come from the palette in front of them.
pub(crate) const STYLE: &str = include_str!("style.css");
/// Values under the pointer, and the images behind a cell.
const SCRIPT: &str = include_str!("report.js");

/// The report of a study, finished or not, with what it takes to make it again without the data set: as (name,
/// contents), for the study's folder.
///
/// `resolved` holds (model, text) of each model's resolved configuration. Images come from `pictures` where the view
/// has no data set. There are as many of them as the page has room for. `live` names the models that a page lies beside
/// the report of, in which their network runs.
pub fn files(
    view: StudyView<'_>,
    resolved: &[(String, String)],
    pictures: Option<&dyn Pictures>,
    live: &[String],
) -> Vec<(String, Vec<u8>)> {
    let of_data = view.test.map(|test| test as &dyn Pictures);
    let mut page = Page::new(view, resolved, live);
    let mut html = String::new();
    let mut files = Vec::new();
    for album in Album::ever_smaller(view.evidence, of_data.or(pictures)) {
        html = page.with(&album);
        if html.len() < PAGE_BYTES_MAX || album.is_empty() {
            files = album::files(&album, Whose::of(view.results));
            break;
        }
    }
    files.insert(0, (toile_study::names::REPORT.to_owned(), html.into_bytes()));
    files
}

/// Every file that [`files`] may give beside the page. One that was left before and is not given now is out of date.
pub fn known_names() -> impl Iterator<Item = &'static str> {
    album::NAMES.into_iter()
}

/// A page with everything but its images: what does not depend on them is made once.
struct Page<'a> {
    view: StudyView<'a>,
    head: Markup,
    /// As (id, name, contents).
    sections: [(&'static str, &'static str, Markup); 15],
}

impl<'a> Page<'a> {
    fn new(view: StudyView<'a>, resolved: &[(String, String)], live: &[String]) -> Self {
        let StudyView { results, receipts, evidence, .. } = view;
        let sections = [
            ("comparison", "Comparison", comparison::section(results, receipts, evidence)),
            ("ensembles", "Ensembles", ensembles::section(results)),
            ("attribution", "Attribution", attribution::section(evidence)),
            ("published", "Published", published::section(results)),
            ("costs", "Costs", costs::section(results, receipts)),
            ("curves", "Curves", curves::section(results)),
            ("confusion", "Confusions", html! {}),
            ("images", "Images", html! {}),
            ("labels", "Labels", html! {}),
            ("classes", "Classes", classes::section(results, evidence)),
            ("calibration", "Calibration", calibration::section(results, evidence)),
            ("ablation", "Ablated units", ablation::section(results, evidence)),
            ("findings", "Findings", words::section(results)),
            ("networks", "Networks", networks::section(results)),
            ("reproduction", "Reproduction", reproduction::section(results, receipts, resolved)),
        ];
        Page { view, head: summary::header(results, evidence, live), sections }
    }

    fn with(&mut self, album: &Album) -> String {
        let StudyView { results, evidence, .. } = self.view;
        for (id, _, section) in &mut self.sections {
            match *id {
                "confusion" => *section = confusion::section(results, album),
                "images" => *section = pictures::section(results, evidence, album),
                "labels" => *section = labels::section(results, evidence, album),
                _ => {}
            }
        }
        let Page { head, sections, .. } = self;
        let title = if results.title.is_empty() { &results.study } else { &results.title };
        let styles = [classes_css().as_str(), STYLE, album.css().as_str()].concat();
        let mut text = page::page(
            page::Head { title, version: &results.toile_version, styles: &styles },
            html! {
                a.skip href="#main" { "Skip to the results" }
                div.sheet {
                    (head)
                    (contents(sections))
                    main #main tabindex="-1" { @for (_, _, section) in sections.iter() { (section) } }
                }
                footer { "Written by Toile " (results.toile_version) "." }
                div #tip hidden role="status" aria-live="polite" {}
                script #data type="application/json" { (PreEscaped(script_data::json(results, evidence, album))) }
                script { (PreEscaped(SCRIPT)) }
            },
        );
        text.push('\n');
        text
    }
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
    for model in 0..palette::MODELS {
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
