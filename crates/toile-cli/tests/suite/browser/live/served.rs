//! The page of `toile serve`: the server answers, and where it does not the page does.

use super::Page;
use crate::browser::page::DESKTOP;
use crate::browser::with_browser;
use crate::predict::trained;
use crate::serve::Serving;

const SERVED: &str = "document.getElementById('served').textContent";

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn the_page_of_a_server_is_answered_by_it() {
    with_browser(|browser| {
        let place = trained();
        let mut serving = Serving::new(&place, &["tiny/a@1", "tiny/a@2"]);
        let home = format!("http://{}/", serving.address);
        let mut page = Page::of_url(browser, home.clone(), DESKTOP);
        page.click("#mode-draw");
        page.stroke("#pad", &[(0.3, 0.2), (0.3, 0.8), (0.7, 0.8)]);
        page.expect(&format!("{SERVED}.startsWith('Answered by the server, ')"));
        page.expect("document.getElementById('heat-says').textContent !== ''");
        page.screenshot("live-served", true);
        // It asks its server for answers and for nothing else.
        let infer = format!("request: {home}v2/models/tiny-a/versions/1/infer");
        let (asked, others): (Vec<_>, Vec<_>) = page.offences().into_iter().partition(|o| *o == infer);
        assert!(!asked.is_empty());
        assert_eq!(others, Vec::<String>::new());
        serving.child.kill().unwrap();
        page.stroke("#pad", &[(0.6, 0.2), (0.6, 0.4)]);
        page.expect(&format!("{SERVED}.startsWith('The server gives no answer (')"));
        page.expect("document.getElementById('class').textContent !== 'Nothing yet'");
    });
}
