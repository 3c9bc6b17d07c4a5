//! The page: the suspicious images, and which classes are taken for which.

use std::collections::BTreeMap;

use maud::{Markup, html};
use toile_data::Dataset;
use toile_study::numbers::{count, rough_percent};
use toile_study::suspects::Suspect;

use super::LabelErrors;
use crate::bar::bar;
use crate::inspection::thumbnail::Thumbnails;
use crate::page;
use crate::report::STYLE;
use crate::sheet::Sheet;

/// Rules of pages about a data set, beside those of the report.
const OWN_STYLE: &str = include_str!("../inspection/page/style.css");
/// Images shown at most, and bytes of all their pixels together.
const SHOWN: usize = 240;
const PIXEL_BYTES: usize = 2_000_000;
/// Pairs of classes in the table.
const PAIRS: usize = 12;

/// The page.
pub fn page(errors: &LabelErrors<'_>) -> String {
    let shown = shown(errors);
    let summary = errors.found.summary();
    let sheet = errors.part.map(|(_, data)| pack(data, shown)).unwrap_or_default();
    let styles = [STYLE, OWN_STYLE, sheet.css().as_str()].concat();
    let version = env!("CARGO_PKG_VERSION");
    let title = format!("{}: probable label errors", errors.name);
    let body = html! {
        a.skip href="#main" { "Skip to the images" }
        div.sheet {
            header {
                p.kicker { "Labels judged by Toile · " (errors.name) }
                h1 { "Probable label errors" }
                p.lead { (summary.sentence()) }
                div.tiles {
                    (tile("called wrong", count(summary.called_wrong as u64), "labels, by confident learning"))
                    (tile("estimated", rough_percent(errors.found.noise_rate), "of all labels are wrong"))
                    (tile("judged", count(errors.found.judged.len() as u64), "images"))
                }
            }
            main #main tabindex="-1" {
                section #images {
                    h2 { "Most suspicious first" }
                    @if sheet.png().is_empty() && !shown.is_empty() { p.note { "Without pictures: the images that the runs were tested on are not at hand." } }
                    @if shown.is_empty() { p { "For every image its label is the most probable class." } }
                    @else { p.note { "The label in black, and in colour the class that the networks see, with their probabilities." (of_all(shown.len(), errors.found.suspects.len())) } }
                    ul.cards { @for suspect in shown { (card(errors, &sheet, suspect)) } }
                }
                (pairs(errors))
                section #method {
                    h2 { "How it was found" }
                    p.note {
                        "Confident learning (Northcutt, Jiang and Chuang 2021): an image is counted for a class where its \
                         probability is at least what the images of that class get on average. From the counts follows how \
                         many labels of each class belong to each other; as many images with the largest margins are called \
                         wrong. " b { "A network can be wrong where a label is right: look before you change one." }
                    }
                }
            }
        }
        footer { "Written by Toile " (version) "." }
    };
    page::page(page::Head { title: &title, version, styles: &styles }, body) + "\n"
}

fn of_all(shown: usize, all: usize) -> String {
    if shown < all {
        format!(" The first {shown} of {}; suspects.csv has all.", count(all as u64))
    } else {
        String::new()
    }
}

fn shown<'a>(errors: &LabelErrors<'a>) -> &'a [Suspect] {
    let room = errors.part.map_or(SHOWN, |(_, data)| PIXEL_BYTES / Thumbnails::new(data.image_shape).bytes());
    let suspects = &errors.found.suspects;
    &suspects[..suspects.len().min(SHOWN).min(room)]
}

fn pack(data: &Dataset, shown: &[Suspect]) -> Sheet<u32> {
    let thumbnails = Thumbnails::new(data.image_shape);
    let images: BTreeMap<u32, Vec<u8>> =
        shown.iter().map(|suspect| (suspect.image, thumbnails.of(data.image(suspect.image)))).collect();
    let images: Vec<(u32, &[u8])> =
        images.iter().map(|(image, pixels)| (*image, pixels.as_slice())).collect();
    Sheet::pack(thumbnails.shape(), &images)
}

fn tile(name: &str, figure: String, what: &str) -> Markup {
    html! {
        div.tile style="--own:var(--accent)" {
            h2.name { (name) }
            p.figure { (figure) }
            p.what { (what) }
        }
    }
}

fn card(errors: &LabelErrors<'_>, sheet: &Sheet<u32>, suspect: &Suspect) -> Markup {
    let (label, suggested) = (errors.class(suspect.label), errors.class(suspect.suggested));
    let text = format!("{}: called {label}, looks like {suggested}", errors.called(suspect.image));
    html! {
        li.card {
            div.side-by-side { (sheet.image(suspect.image, &text).unwrap_or_default()) }
            span.true { (label) " " span.where { (rough_percent(suspect.of_label.into())) } }
            span.called { (suggested) " " (rough_percent(suspect.of_suggested.into())) }
            span.number { (errors.called(suspect.image)) @if !suspect.is_called_wrong { ", perhaps" } }
        }
    }
}

/// How often which class is taken for which, among the labels that are called wrong.
fn pairs(errors: &LabelErrors<'_>) -> Markup {
    let mut pairs: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for suspect in errors.found.suspects.iter().filter(|suspect| suspect.is_called_wrong) {
        *pairs.entry((suspect.label, suspect.suggested)).or_default() += 1;
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(_, images)| std::cmp::Reverse(*images));
    let most = pairs.first().map_or(1, |(_, images)| *images);
    html! {
        @if !pairs.is_empty() {
            section #pairs {
                h2 { "Which classes" }
                table.pairs {
                    tbody {
                        @for ((label, suggested), images) in pairs.iter().take(PAIRS) {
                            tr {
                                th scope="row" { (errors.class(*label)) " that look like " (errors.class(*suggested)) }
                                td.n { (count(*images as u64)) }
                                td.bar aria-hidden="true" { (bar(*images as f64 / most as f64)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
