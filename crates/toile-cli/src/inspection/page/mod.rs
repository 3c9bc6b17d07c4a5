//! The page with pictures: one file, readable without a script, in light and dark.

mod classes;
mod found;

use maud::{Markup, html};
use toile_study::numbers::count;

use super::Inspection;
use super::images::Chosen;
use crate::page;
use crate::report::STYLE;

/// Rules of this page beside those of the report.
const OWN_STYLE: &str = include_str!("style.css");

/// The page.
pub fn page(inspection: &Inspection<'_>) -> String {
    let chosen = Chosen::new(inspection);
    let sections = [
        ("classes", "Classes", classes::section(inspection, &chosen)),
        ("leaks", "In several parts", found::leaks(inspection, &chosen)),
        ("duplicates", "More than once", found::duplicates(inspection, &chosen)),
        ("labels", "Wrong classes?", found::labels(inspection, &chosen)),
        ("files", "Files", files(inspection, &chosen)),
        ("method", "How it was found", method()),
    ];
    let styles = [STYLE, OWN_STYLE, chosen.sheet.css().as_str()].concat();
    let version = env!("CARGO_PKG_VERSION");
    let title = format!("{}: what is in it", inspection.name);
    let there = || sections.iter().filter(|(_, _, section)| !section.0.is_empty());
    let mut text = page::page(
        page::Head { title: &title, version, styles: &styles },
        html! {
            a.skip href="#main" { "Skip to what was found" }
            div.sheet {
                (header(inspection))
                nav aria-label="Sections" { @for (id, name, _) in there() { a href={ "#" (id) } { (name) } } }
                main #main tabindex="-1" {
                    @for (id, _, section) in there() { section id=(id) { (section) } }
                }
            }
            footer { "Written by Toile " (version) "." }
        },
    );
    text.push('\n');
    text
}

fn header(inspection: &Inspection<'_>) -> Markup {
    let duplicates = &inspection.survey.duplicates;
    let twice: usize = duplicates.groups.iter().map(|group| group.images.len()).sum();
    let others = inspection.parts.iter().skip(1).any(|part| !part.data.is_empty());
    html! {
        header {
            p.kicker { "A data set seen by Toile" }
            h1 { (inspection.name) }
            p.lead { (inspection.size()) ". From " span.path { (inspection.source) } "." }
            div.tiles {
                (tile("images", inspection.images(), "to train on and to test on", false))
                @if others {
                    (tile("in several parts", duplicates.leaks.len(), "images that are no fair test: the training images hold them too, or nearly", true))
                }
                (tile("more than once", twice, "images that show a picture which another shows too", false))
                (tile("wrong class?", inspection.survey.labels.strangers.len(), "images that lie among images of one other class", true))
                @if !inspection.skipped.is_empty() {
                    (tile("left out", inspection.skipped.len(), "files that could not be used", true))
                }
            }
        }
    }
}

/// A figure; one that asks for a look is coloured where it is not zero.
fn tile(name: &str, figure: usize, what: &str, asks: bool) -> Markup {
    let own = if asks && figure > 0 { "--own:var(--bad)" } else { "--own:var(--accent)" };
    html! {
        div.tile style=(own) {
            h2.name { (name) }
            p.figure { (count(figure as u64)) }
            p.what { (what) }
        }
    }
}

fn files(inspection: &Inspection<'_>, chosen: &Chosen<'_>) -> Markup {
    let flat = inspection.survey.flat.len();
    html! {
        h2 { "Values and files" }
        p { "Values run from 0 to 1; over the images to train on: " (inspection.values()) "." }
        @if let Some(files) = inspection.about_files() { p { (files) } }
        @if flat > 0 {
            h3 { "Images without contrast" small { (count(flat as u64)) } }
            ul.cards {
                @for &image in &chosen.flat {
                    li.card { (found::picture(inspection, chosen, image)) (found::caption(inspection, image)) }
                }
            }
        }
        @if !inspection.skipped.is_empty() {
            h3 { "Files that were left out" small { (count(inspection.skipped.len() as u64)) } }
            div.scroll {
                table.changes {
                    thead { tr { th scope="col" { "file" } th scope="col" { "reason" } } }
                    tbody {
                        @for (file, reason) in inspection.skipped.iter().take(200) {
                            tr { th scope="row" { (file) } td { (reason) } }
                        }
                    }
                }
            }
            @if inspection.skipped.len() > 200 {
                p.note { "The first 200; " code { "--json" } " has them all." }
            }
        }
    }
}

fn method() -> Markup {
    html! {
        h2 { "How it was found" }
        p.note {
            b { "Nothing here is certain: it says where to look. " }
            "An image is freed of its brightness and contrast and described by the low frequencies of its cosine transform. \
             Two images are called nearly the same where their pixels correlate at 0.996 or more, or at 0.95 or more if they \
             are besides less than half as far from each other as from the images around them. A copy that was made \
             brighter, paler or noisy is found so; one that was moved, cropped, mirrored or blurred may not be."
        }
        p.note {
            "A class looks wrong where at least 16 of the 20 nearest images are of one other class and at most 2 of the \
             image's own (fewer are asked where the class has fewer images). What this finds depends on how alike images \
             of a class look: where neighbours seldom agree with the classes, as the sentence above the pictures says, it \
             finds little. After a cross-validated study, " code { "toile data suspects" } " knows more."
        }
    }
}
