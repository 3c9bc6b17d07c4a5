//! What the report does under a person's hands.

use super::page::{DESKTOP, Page};
use super::report::report;
use super::with_browser;

/// What stands beside the pointer; empty where nothing does.
const TIP: &str = "(() => {
    const tip = document.querySelector('.tip, #tip');
    return tip && tip.checkVisibility() ? tip.textContent : '';
})()";

#[test]
fn values_appear_under_the_pointer() {
    with_browser(|browser| {
        let mut page = Page::open(browser, &report(), DESKTOP);
        assert_eq!(page.text(TIP), "");
        page.hover("#curves svg.chart", 0.5, 0.5);
        page.expect(&format!("{TIP}.includes('Epoch')"));
        let middle = page.text(TIP);
        assert!(
            middle.contains("adam") && middle.contains("sgd") && middle.contains("evaluation"),
            "{middle}"
        );
        page.screenshot("hover", false);
        page.hover("#curves svg.chart", 0.15, 0.5);
        assert_ne!(page.text(TIP), middle, "another epoch has other values");
        page.leave();
        page.expect(&format!("{TIP} === ''"));
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}

#[test]
fn a_matrix_shows_images_or_shares() {
    with_browser(|browser| {
        let mut page = Page::open(browser, &report(), DESKTOP);
        let shown = "[...document.querySelectorAll('#confusion table.cm tbody td')].find((cell) => \
                     cell.checkVisibility()).innerText";
        let images = page.text(shown);
        assert!(
            images.parse::<f64>().is_ok_and(|images| images > 0.0),
            "T-shirts that are called T-shirts: {images}"
        );
        page.click("label[for=as-shares]");
        page.expect(&format!("{shown} !== {images:?}"));
        let share: f64 = page.text(shown).trim_end_matches('%').trim().parse().expect("a share in percent");
        assert!((0.0..=100.0).contains(&share));
        page.click("label[for=as-counts]");
        page.expect(&format!("{shown} === {images:?}"));
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}
