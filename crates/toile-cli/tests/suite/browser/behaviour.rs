//! What the report does under a person's hands.

use super::checks::problems;
use super::page::{DESKTOP, PHONE, Page, View};
use super::report::{predicted, report};
use super::with_browser;

/// What stands beside the pointer; empty where nothing does.
const TIP: &str = "(() => {
    const tip = document.getElementById('tip');
    return tip.checkVisibility() ? tip.textContent : '';
})()";

/// Whether something that a selector finds is to be seen.
fn seen(selector: &str) -> String {
    format!("[...document.querySelectorAll('{selector}')].some((found) => found.checkVisibility())")
}

/// A cell of a model's matrix, rows and columns as the classes are numbered.
fn cell(model: &str, truth: u32, called: u32) -> String {
    format!("td[data-model=\"{model}\"][data-true=\"{truth}\"][data-predicted=\"{called}\"]")
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn values_appear_under_the_pointer() {
    with_browser(|browser| {
        let mut page = Page::open(browser, &report(), DESKTOP);
        for chart in ["loss", "accuracy"] {
            let chart = format!("svg[data-chart=\"{chart}\"]");
            assert_eq!(page.text(TIP), "");
            page.hover(&chart, 0.5, 0.5);
            page.expect(&format!("{TIP}.includes('Epoch')"));
            let middle = page.text(TIP);
            assert!(middle.contains("adam") && middle.contains("sgd"), "{middle}");
            page.hover(&chart, 0.15, 0.5);
            page.expect(&format!("{TIP}.includes('Epoch') && {TIP} !== {middle:?}"));
            page.leave();
            page.expect(&format!("{TIP} === ''"));
        }
        page.hover("svg[data-chart=\"loss\"]", 0.4, 0.5);
        page.screenshot("hover", false);
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn the_loss_is_shown_on_either_scale() {
    with_browser(|browser| {
        let mut page = Page::open(browser, &report(), DESKTOP);
        let of = |scale: &str| seen(&format!("svg[data-chart=\"loss\"][data-scale=\"{scale}\"]"));
        assert!(page.holds(&of("linear")) && !page.holds(&of("log")));
        page.click("label[for=loss-log]");
        page.expect(&format!("{} && !{}", of("log"), of("linear")));
        page.screenshot("logarithmic", false);
        page.click("label[for=loss-linear]");
        page.expect(&format!("{} && !{}", of("linear"), of("log")));
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn a_matrix_shows_images_or_shares() {
    with_browser(|browser| {
        let mut page = Page::open(browser, &report(), DESKTOP);
        let shown = format!("document.querySelector('{}').innerText.trim()", cell("adam", 0, 0));
        let images = page.text(&shown);
        assert!(images.parse::<f64>().is_ok_and(|images| images > 0.0), "T-shirts called T-shirts: {images}");
        page.click("label[for=as-shares]");
        page.expect(&format!("{shown} !== {images:?}"));
        let share: f64 = page.text(&shown).parse().expect("a share in percent");
        assert!((0.0..=100.0).contains(&share));
        page.click("label[for=as-counts]");
        page.expect(&format!("{shown} === {images:?}"));
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}

/// Waits for the images behind a cell, and holds them against what the run of the lowest seed predicted.
#[track_caller]
fn expect_images(page: &mut Page, model: &str, truth: u32, called: u32) {
    let behind = predicted(model, 0, truth, called);
    page.expect(&seen("#gallery"));
    page.expect(&format!("/\\bof {}\\b/.test(document.getElementById('gallery').innerText)", behind.len()));
    let pictures = "[...document.querySelectorAll('#gallery [role=img]')]";
    let shown = page.number(&format!("{pictures}.length")) as usize;
    assert_eq!(shown, behind.len().min(24), "{model}: {truth} called {called}");
    for place in 0..shown {
        let name = page.text(&format!("{pictures}[{place}].getAttribute('aria-label')"));
        let index = name.strip_prefix("Test image ").and_then(|rest| rest.split(':').next()?.parse().ok());
        let index: usize = index.unwrap_or_else(|| panic!("{name:?} does not say which image it is"));
        assert!(behind.contains(&index), "image {index} is shown, which is none of {behind:?}");
    }
    // They are there to be looked at: each a piece of the sheet that is in the page.
    let sheet =
        format!("{pictures}.every((p) => getComputedStyle(p).backgroundImage.startsWith('url(\"data:'))");
    assert!(page.holds(&sheet));
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn a_click_on_a_cell_shows_its_images() {
    with_browser(|browser| {
        for (name, view) in [("desktop", DESKTOP), ("phone", PHONE)] {
            let mut page = Page::open(browser, &report(), view);
            assert!(!page.holds(&seen("#gallery")));
            // T-shirts called T-shirts, and confusions of the other model.
            for (model, truth, called) in [("adam", 0, 0), ("sgd", 6, 0), ("sgd", 1, 1)] {
                page.click(&cell(model, truth, called));
                if predicted(model, 0, truth, called).is_empty() {
                    page.expect("document.getElementById('gallery').innerText.includes('No test image')");
                } else {
                    expect_images(&mut page, model, truth, called);
                }
            }
            page.click(&cell("adam", 0, 0));
            expect_images(&mut page, "adam", 0, 0);
            page.screenshot(&format!("gallery-{name}"), false);
            for check in ["contrast", "images", "headings", "document", "width"] {
                assert_eq!(problems(&mut page, check), Vec::<String>::new(), "{name}, {check}");
            }
            page.click("#gallery-close");
            page.expect(&format!("!{}", seen("#gallery")));
            assert_eq!(page.offences(), Vec::<String>::new());
        }
    });
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn a_matrix_can_be_used_by_keyboard() {
    with_browser(|browser| {
        let mut page = Page::open(browser, &report(), DESKTOP);
        let at = "(() => {
            const { model, true: truth, predicted } = document.activeElement.dataset;
            return [model, truth, predicted].join(' ');
        })()";
        for _ in 0..200 {
            page.press("Tab");
            if page.text(at).starts_with("adam ") {
                break;
            }
        }
        assert_eq!(page.text(at), "adam 0 0", "the tab key comes to the first cell");
        for (key, expected) in [
            ("ArrowDown", "adam 1 0"),
            ("ArrowRight", "adam 1 1"),
            ("ArrowUp", "adam 0 1"),
            ("ArrowUp", "adam 0 1"),
            ("ArrowLeft", "adam 0 0"),
        ] {
            page.press(key);
            assert_eq!(page.text(at), expected, "after {key}");
        }
        page.press("Enter");
        expect_images(&mut page, "adam", 0, 0);
        page.press("Escape");
        page.expect(&format!("!{}", seen("#gallery")));
        assert_eq!(page.text(at), "adam 0 0", "the focus is where it was");
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn on_paper_nothing_that_matters_is_folded_away() {
    with_browser(|browser| {
        let mut page = Page::open(browser, &report(), DESKTOP);
        let folded = ["#reproduction details pre", "#curves .table-of table", "#calibration .table-of table"];
        for selector in folded {
            assert!(!page.holds(&seen(selector)), "{selector} is folded away on a screen");
        }
        page.print();
        for selector in folded {
            assert!(page.holds(&seen(selector)), "{selector}");
        }
        page.screenshot("print", true);
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn without_script_everything_can_be_read() {
    with_browser(|browser| {
        let mut page = Page::open(browser, &report(), View { script: false, ..DESKTOP });
        assert!(
            !page.holds("document.querySelector('svg[data-chart]').hasAttribute('tabindex')"),
            "no script ran"
        );
        for chart in ["loss", "accuracy", "reliability"] {
            assert!(page.holds(&seen(&format!("svg[data-chart=\"{chart}\"]"))), "{chart}");
        }
        for model in ["adam", "sgd"] {
            assert!(page.holds(&seen(&cell(model, 9, 9))), "{model}");
            let numbers = format!(
                "[...document.querySelectorAll('td[data-model=\"{model}\"]')].filter((cell) =>
                cell.checkVisibility() && /\\d/.test(cell.innerText)).length"
            );
            assert_eq!(page.number(&numbers), 100.0, "{model}");
        }
        // Values that the script would show beside the pointer are titles, and no button that does nothing is left.
        assert!(
            page.holds(
                "document.querySelector('svg[data-chart=\"loss\"] title').textContent.includes('Epoch')"
            )
        );
        assert!(!page.holds(&seen("#gallery")) && !page.holds(&seen("select")));
        // Switches need none.
        page.click("label[for=loss-log]");
        page.expect(&seen("svg[data-chart=\"loss\"][data-scale=\"log\"]"));
        page.screenshot("without-script", true);
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}
