//! What holds of every report, whatever is in it: links, labels, headings, tables.

use super::evidence::{everything, study};
use super::{awkward_results, not_tested, render, resolved};
use crate::golden::{plausible_receipts, plausible_results};

fn pages() -> Vec<String> {
    let mut pages: Vec<String> = [plausible_results(), awkward_results(), not_tested()]
        .iter()
        .map(|results| render(results, &plausible_receipts(), &resolved()))
        .collect();
    pages.push(everything().html());
    pages.push(study(30, 4, 10, &[3]).html());
    pages
}

/// The markup alone: no rules, no script, no data.
fn markup(html: &str) -> &str {
    let body = html.split("<body>").nth(1).expect("a body");
    body.split("<script").next().expect("the markup is before the first script")
}

fn values(html: &str, attribute: &str) -> Vec<String> {
    let start = format!(" {attribute}=\"");
    html.split(&start).skip(1).filter_map(|part| Some(part.split_once('"')?.0.to_string())).collect()
}

/// The opening tags of these elements, with what follows up to the next of them.
fn elements<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("<{name}");
    let parts = html.split(start.as_str()).skip(1);
    parts.filter(|part| part.starts_with([' ', '>'])).collect()
}

#[test]
fn every_id_is_unique_and_every_label_and_link_has_its_goal() {
    for html in pages() {
        let html = markup(&html);
        let ids = values(html, "id");
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{id}");
        }
        for attribute in ["for", "aria-labelledby", "aria-describedby"] {
            for goal in values(html, attribute) {
                assert!(ids.contains(&goal), "{attribute}={goal}");
            }
        }
        for link in values(html, "href") {
            assert!(ids.iter().any(|id| link == format!("#{id}")), "{link}");
        }
    }
}

#[test]
fn headings_leave_out_no_level() {
    for html in pages() {
        let mut level = 0;
        for part in markup(&html).split("<h").skip(1) {
            let Some(next) = part.chars().next().and_then(|c| c.to_digit(10)) else { continue };
            assert!(next <= level + 1, "h{next} after h{level}: {}", &part[..part.len().min(60)]);
            level = next;
        }
        assert_eq!(elements(markup(&html), "h1").len(), 1);
    }
}

#[test]
fn tables_have_captions_and_their_heads_a_scope() {
    for html in pages() {
        for table in elements(markup(&html), "table") {
            let table = table.split("</table>").next().unwrap();
            assert!(table.contains("<caption"), "no caption: <table{}", &table[..table.len().min(120)]);
            for head in elements(table, "th") {
                let tag = head.split('>').next().unwrap();
                assert!(tag.contains(" scope="), "no scope: <th{tag}> in <table{}", &table[..60]);
            }
        }
    }
}

#[test]
fn images_and_drawings_have_a_text() {
    for html in pages() {
        for svg in elements(markup(&html), "svg") {
            let tag = svg.split('>').next().unwrap();
            assert!(tag.contains("aria-label=") || tag.contains("aria-hidden"), "<svg{tag}>");
        }
        for image in markup(&html).split("<span class=\"i\"").skip(1) {
            assert!(image.split('>').next().unwrap().contains("aria-label=\"Test image"), "{}", &image[..80]);
        }
    }
}

#[test]
fn the_page_has_its_landmarks() {
    for html in pages() {
        let html = markup(&html);
        for mark in ["<header>", "<nav ", "<main ", "<footer>", "href=\"#main\""] {
            assert_eq!(html.matches(mark).count(), 1, "{mark}");
        }
    }
}
