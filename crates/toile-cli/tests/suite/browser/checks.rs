//! Whether everybody can use the report: contrast, names, structure, width, the tab key.

use std::collections::BTreeSet;

use serde_json::Value;

use super::page::{DESKTOP, PHONE, Page, View};
use super::report::report;
use super::with_browser;

const TOOLS: &str = include_str!("tools.js");
const CHECKS: &str = include_str!("checks.js");

/// Whatever can be said of a page without touching it.
pub(super) const ALL: [&str; 8] =
    ["contrast", "images", "controls", "headings", "ids", "tables", "document", "width"];

/// What one check found.
#[track_caller]
pub(super) fn problems(page: &mut Page, check: &str) -> Vec<String> {
    let found = page.evaluate(&format!("(() => {{ {TOOLS}; return ({CHECKS})[{check:?}](); }})()"));
    let found = found.as_array().unwrap_or_else(|| panic!("{check} gave {found}"));
    found.iter().map(|problem| problem.as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn everybody_can_read_it() {
    with_browser(|browser| {
        let views = [
            ("desktop-light", DESKTOP),
            ("desktop-dark", View { dark: true, ..DESKTOP }),
            ("phone-light", PHONE),
            ("phone-dark", View { dark: true, ..PHONE }),
        ];
        let mut all = Vec::new();
        for (name, view) in views {
            let mut page = Page::open(browser, &report(), view);
            for check in ALL {
                all.extend(problems(&mut page, check).into_iter().map(|p| format!("{name}, {check}: {p}")));
            }
            // What is folded away counts as well.
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true");
            for check in ["contrast", "width"] {
                let found = problems(&mut page, check).into_iter();
                all.extend(found.map(|p| format!("{name}, unfolded, {check}: {p}")));
            }
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = false");
            page.screenshot(name, true);
            all.extend(page.offences().into_iter().map(|offence| format!("{name}: {offence}")));
        }
        assert!(all.is_empty(), "{} problems:\n{}", all.len(), all.join("\n"));
    });
}

/// A title of 10,000 letters breaks wherever it has to.
#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn a_long_title_does_not_scroll_the_page() {
    with_browser(|browser| {
        let html = std::fs::read_to_string(report()).expect("the report is there");
        let (before, rest) = html.split_once("<h1>").expect("a title");
        let (_, after) = rest.split_once("</h1>").expect("its end");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("long.html");
        std::fs::write(&file, format!("{before}<h1>{}</h1>{after}", "m".repeat(10_000)))
            .expect("it is written");
        for view in [DESKTOP, PHONE] {
            let mut page = Page::open(browser, &file, view);
            assert!(page.number("document.querySelector('h1').offsetHeight") > 1000.0, "it has many lines");
            assert_eq!(problems(&mut page, "width"), Vec::<String>::new(), "{} wide", view.width);
        }
    });
}

/// The checks find what they are there for: a page in which everything is wrong.
#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn the_checks_can_fail() {
    with_browser(|browser| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wrong.html");
        std::fs::write(&file, include_str!("wrong.html")).unwrap();
        let mut page = Page::open(browser, &file, PHONE);
        for (check, expected) in [
            ("contrast", &["grey on white", "white on a white bar", "faint"][..]),
            ("images", &["svg.nameless", "svg.neither", "img has no name"][..]),
            ("controls", &["button", "input"][..]),
            ("headings", &["of level 3 after 1", "2 headings of the first level"][..]),
            ("ids", &["twice is there twice", "for nowhere", "#nowhere", "https://example.org"][..]),
            ("tables", &["neither caption nor name", "\"no scope\""][..]),
            ("document", &["no language", "no title", "not one main", "nav has no name", "enlarged"][..]),
            ("width", &["div.wide"][..]),
        ] {
            let found = problems(&mut page, check).join("\n");
            for part in expected {
                assert!(found.contains(part), "{check} did not find {part:?}, but:\n{found}");
            }
        }
        let contrast = problems(&mut page, "contrast").join("\n");
        assert!(!contrast.contains("readable"), "{contrast}");
        let offences = page.offences().join("\n");
        for part in ["exception", "request: http://127.0.0.1:9/", "console"] {
            assert!(offences.contains(part), "{part:?} is not in:\n{offences}");
        }
    });
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn the_tab_key_reaches_everything() {
    with_browser(|browser| {
        let mut page = Page::open(browser, &report(), DESKTOP);
        let stops = problems(&mut page, "tabbable");
        assert!(stops.len() > 5, "{stops:?}");
        let mut reached = BTreeSet::new();
        // Frames that scroll are stops too, and not in the list.
        for _ in 0..2 * stops.len() + 40 {
            page.press("Tab");
            let place = page.number("window.tabStops.indexOf(document.activeElement)");
            if place >= 0.0 {
                reached.insert(place as usize);
                // A person has to see where they are.
                let seen = page.evaluate(
                    "(() => {
                        const at = document.activeElement;
                        const marked = (e) => e && ['outlineStyle', 'boxShadow'].some((property) =>
                            !['none', ''].includes(getComputedStyle(e)[property]));
                        return [at, ...(at.labels ?? [])].some(marked);
                    })()",
                );
                assert_eq!(seen, Value::Bool(true), "the focus on {} is not shown", stops[place as usize]);
            }
            if reached.len() == stops.len() {
                break;
            }
        }
        let missed: Vec<&String> =
            (0..stops.len()).filter(|stop| !reached.contains(stop)).map(|stop| &stops[stop]).collect();
        assert!(missed.is_empty(), "not reached: {missed:?}");
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}
