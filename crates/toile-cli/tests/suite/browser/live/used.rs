//! Whoever has it can use it: with a mouse, a finger, keys, files and a camera.

use serde_json::Value;
use toile_draw::base64;
use toile_draw::png::{Pixels, Samples};

use super::Page;
use crate::browser::checks::{ALL, problems};
use crate::browser::page::{DESKTOP, PHONE, View};
use crate::browser::with_browser;

const CLASS: &str = "document.getElementById('class').textContent";
const STAGE: &str = "document.getElementById('stage').dataset.mode";
/// A picture in a file, as a drop and a paste hand it over.
const TRANSFER: &str = "(() => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(PNG), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], 'shoe.png', { type: 'image/png' }));
    return transfer;
})()";

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn a_live_page_answers_whoever_uses_it() {
    with_browser(|browser| {
        let file = super::study().join("live-adam.html");
        // The other two combine what these have.
        let views = [("live-desktop-light", DESKTOP), ("live-phone-dark", View { dark: true, ..PHONE })];
        let mut all = Vec::new();
        for (name, view) in views {
            let mut page = Page::open(browser, &file, view);
            page.expect("document.getElementById('heat-says').textContent !== ''");
            for check in ALL {
                all.extend(problems(&mut page, check).into_iter().map(|p| format!("{name}, {check}: {p}")));
            }
            page.screenshot(name, true);
            all.extend(page.offences().into_iter().map(|offence| format!("{name}: {offence}")));
        }
        assert!(all.is_empty(), "{} problems:\n{}", all.len(), all.join("\n"));
        let mut page = Page::open(browser, &file, DESKTOP);
        drawing_is_answered(&mut page);
        files_are_answered(&mut page);
        the_camera_is_answered_or_explained(&mut page);
        assert_eq!(page.offences(), Vec::<String>::new());
        drop(page);
        let mut page = Page::open(browser, &file, DESKTOP);
        keys_are_enough(&mut page);
        assert_eq!(page.offences(), Vec::<String>::new());
        drop(page);
        let mut page = Page::open(browser, &file, PHONE);
        page.click("#mode-draw");
        page.touch("#pad", &[(0.3, 0.3), (0.5, 0.7), (0.7, 0.3)]);
        page.expect(&format!("{CLASS} !== 'Nothing yet'"));
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}

fn drawing_is_answered(page: &mut Page) {
    // Before anything is drawn a test image is answered.
    assert_eq!(page.text(STAGE), "picture");
    page.click("#mode-draw");
    assert_eq!((page.text(CLASS).as_str(), page.text(STAGE).as_str()), ("Nothing yet", "draw"));
    page.stroke("#pad", &[(0.3, 0.2), (0.3, 0.8), (0.7, 0.8), (0.7, 0.2)]);
    page.expect(&format!("{CLASS} !== 'Nothing yet'"));
    page.expect("document.getElementById('heat-says').textContent !== ''");
    assert_eq!(page.number("document.querySelectorAll('#bars li').length"), 10.0);
    let drawn = "(() => {
        const seen = document.getElementById('seen');
        return seen.getContext('2d').getImageData(0, 0, seen.width, seen.height).data[4 * (14 * 28 + 8)];
    })()";
    assert!(page.number(drawn) > 150.0, "the stroke is light on dark");
    page.screenshot("live-drawn", false);
    page.stroke("#pad", &[(0.1, 0.1), (0.9, 0.1)]);
    page.click("#undo");
    page.expect(&format!("{CLASS} !== 'Nothing yet'"));
    page.click("#undo");
    page.expect(&format!("{CLASS} === 'Nothing yet' && document.getElementById('undo').disabled"));
    let took = page.number(
        "(() => {
            const bytes = new Uint8Array(784).fill(90);
            toile.logProbabilities(bytes);
            const start = performance.now();
            for (let i = 0; i < 20; i += 1) toile.logProbabilities(bytes);
            return (performance.now() - start) / 20;
        })()",
    );
    assert!(took < 50.0, "{took} ms a picture");
}

fn files_are_answered(page: &mut Page) {
    let shoe = toile_draw::png::encode(&Pixels {
        width: 28,
        height: 28,
        samples: Samples::Grey,
        bytes: super::test_images().image(0).to_vec(),
    });
    let transfer = TRANSFER.replace("PNG", &format!("'{}'", base64::encode(&shoe)));
    for (how, event) in [
        (
            "dropped",
            format!("new DragEvent('drop', {{ dataTransfer: {transfer}, bubbles: true, cancelable: true }})"),
        ),
        ("pasted", format!("new ClipboardEvent('paste', {{ clipboardData: {transfer}, bubbles: true }})")),
    ] {
        page.click("#mode-draw");
        page.expect(&format!("{CLASS} === 'Nothing yet'"));
        page.evaluate(&format!("document.body.dispatchEvent({event}), 1"));
        page.expect(&format!("{CLASS} !== 'Nothing yet' && {STAGE} === 'picture'"));
        let said = page.text(CLASS);
        let expected = page.text(&format!(
            "toile.classes[((all) => all.indexOf(Math.max(...all)))(toile.logProbabilities(Uint8Array.from(atob('{}'), (c) => c.charCodeAt(0))))]",
            base64::encode(super::test_images().image(0))
        ));
        assert_eq!(said, expected, "{how}");
    }
    page.click("#mode-draw");
    page.evaluate(&format!(
        "(() => {{
            const input = document.getElementById('file');
            input.files = {transfer}.files;
            input.dispatchEvent(new Event('change'));
        }})()"
    ));
    page.expect(&format!("{STAGE} === 'picture'"));
    // What is no picture is said, and nothing else happens.
    let text =
        "(() => { const t = new DataTransfer(); t.items.add(new File(['x'], 'notes.txt')); return t; })()";
    page.evaluate(&format!(
        "document.body.dispatchEvent(new DragEvent('drop', {{ dataTransfer: {text}, bubbles: true }})), 1"
    ));
    page.expect("document.getElementById('said').textContent.startsWith('notes.txt is no picture')");
}

fn the_camera_is_answered_or_explained(page: &mut Page) {
    page.evaluate(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')), 1",
    );
    page.click("#mode-camera");
    page.expect("document.getElementById('said').textContent.startsWith('The camera was refused')");
    // A canvas stands for a camera.
    page.evaluate(
        "navigator.mediaDevices.getUserMedia = async () => {
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [640, 480];
            const context = canvas.getContext('2d');
            const draw = () => { context.fillStyle = 'white'; context.fillRect(200, 100, 240, 300); };
            draw();
            setInterval(draw, 30);
            return canvas.captureStream(30);
        }, 1",
    );
    page.click("#mode-draw");
    page.expect(&format!("{CLASS} === 'Nothing yet'"));
    page.click("#mode-camera");
    page.expect(&format!("{STAGE} === 'camera' && {CLASS} !== 'Nothing yet'"));
    page.click("#shoot");
    page.expect(&format!("{STAGE} === 'picture' && !document.getElementById('video').srcObject"));
}

/// Tab until an element has the focus.
fn tab_to(page: &mut Page, selector: &str) {
    for _ in 0..30 {
        page.press("Tab");
        if page.holds(&format!("document.activeElement.matches({})", Value::from(selector))) {
            return;
        }
    }
    panic!("the tab key does not reach {selector}");
}

fn keys_are_enough(page: &mut Page) {
    tab_to(page, "#mode-draw");
    page.press("Enter");
    tab_to(page, "#pad");
    page.press("Enter");
    for key in ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp"] {
        page.press(key);
    }
    page.press("Enter");
    page.expect(&format!("{CLASS} !== 'Nothing yet'"));
    page.expect(&format!("document.getElementById('announce').textContent.startsWith({CLASS})"));
    tab_to(page, "#examples button");
    page.press("Enter");
    page.expect("/right|labelled/.test(document.getElementById('known').textContent)");
    tab_to(page, "#matrix td");
    page.press("ArrowRight");
    page.expect("document.getElementById('cell-says').textContent === document.activeElement.title");
}
