//! The live page in a browser: it computes what the engine does, and it can be used.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use toile_data::Dataset;
use toile_draw::base64;
use toile_live::{Extras, Precision, page_in};
use toile_picture::{Limits, Preprocessing, Resize};
use toile_store::{RunFolder, StoredRun};
use toile_study::trained;
use toile_testing::Chance;

use super::checks::problems;
use super::page::{DESKTOP, PHONE, Page, View};
use super::with_browser;

/// Test images whose predictions are compared.
const IMAGES: usize = 200;
/// Largest difference of a probability.
const TOLERANCE: f64 = 1e-4;

/// A study that the real program ran, with its live pages: its folder.
fn ran(name: &'static str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser-live").join(name);
    let _ = fs::remove_dir_all(&folder);
    let study = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../bench/interop/{name}.toml"));
    let toile = |args: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_toile")).args(args).output().expect("the program starts");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    let (study, out) = (study.to_str().expect("a path"), folder.to_str().expect("a path"));
    toile(&["run", study, "--out", out]);
    toile(&["report", out, "--live"]);
    folder
}

/// The one with a layer of every older kind; written once for all tests.
fn every_layer() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| ran("every-layer")).clone()
}

fn test_images() -> Dataset {
    let options = toile_data::LoadOptions::default();
    toile_data::load("fashion-mnist-small", &options, &mut |_| {}).expect("it is built in").test
}

/// Log-probabilities in the page of the first test images, as `[image][class]`.
fn computed(page: &mut Page) -> Vec<Vec<f64>> {
    let test = test_images();
    let bytes: Vec<u8> = (0..IMAGES as u32).flat_map(|index| test.image(index)).copied().collect();
    let found = page.evaluate(&format!(
        "(() => {{
            const bytes = Uint8Array.from(atob('{}'), (letter) => letter.charCodeAt(0));
            return Array.from({{ length: {IMAGES} }}, (_, i) => toile.logProbabilities(bytes.subarray(784 * i, 784 * (i + 1))));
        }})()",
        base64::encode(&bytes)
    ));
    serde_json::from_value(found).expect("numbers")
}

fn largest(row: impl Iterator<Item = f64>) -> usize {
    row.enumerate().fold((0, f64::MIN), |best, next| if next.1 > best.1 { next } else { best }).0
}

/// Images called otherwise than by the run, and the largest difference of a probability.
fn differences(page: &mut Page, run: &Path) -> (usize, f64) {
    let stored = StoredRun::open(&RunFolder::at(run).expect("a run")).unwrap().expect("it is there");
    let expected = stored.probabilities().unwrap().expect("it has predictions");
    let classes = expected.class_names.len();
    let found = computed(page);
    assert_eq!(found.len(), IMAGES);
    let (mut otherwise, mut most) = (0, 0.0_f64);
    for (found, expected) in found.iter().zip(expected.probabilities.chunks_exact(classes)) {
        let expected: Vec<f64> = expected.iter().map(|&share| f64::from(share)).collect();
        assert_eq!(found.len(), classes);
        otherwise += usize::from(largest(found.iter().copied()) != largest(expected.iter().copied()));
        let apart = found.iter().zip(&expected).map(|(log, share)| (log.exp() - share).abs());
        most = apart.fold(most, f64::max);
    }
    (otherwise, most)
}

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn a_live_page_computes_what_the_engine_does() {
    with_browser(|browser| {
        let mut pages = vec![(every_layer(), "all")];
        let newer = ran("newer-layers");
        pages.extend([(newer.clone(), "nadam"), (newer, "rmsprop")]);
        for (folder, model) in &pages {
            let mut page = Page::open(browser, &folder.join(format!("live-{model}.html")), DESKTOP);
            let (otherwise, most) = differences(&mut page, &folder.join(format!("{model}/seed-0")));
            assert_eq!(otherwise, 0, "{model}");
            assert!(most < TOLERANCE, "{model}: {most}");
            assert_eq!(page.offences(), Vec::<String>::new());
        }
        let run = every_layer().join("all/seed-0");
        rounded_weights_say_the_same(browser, &run);
        let mut page = Page::open(browser, &every_layer().join("live-all.html"), DESKTOP);
        pictures_become_the_same_bytes(&mut page);
        heat_is_as_it_is_defined(&mut page);
    });
}

fn rounded_weights_say_the_same(browser: &mut super::Browser, run: &Path) {
    let trained = trained::open(run).expect("it is there");
    let file = run.join("half.html");
    fs::write(&file, page_in(Precision::Half, &trained, &Extras::default()).unwrap()).unwrap();
    let mut page = Page::open(browser, &file, DESKTOP);
    let (otherwise, most) = differences(&mut page, run);
    assert!(otherwise <= 1, "{otherwise} of {IMAGES} images");
    // Eleven bits of a weight stay: some difference there is.
    assert!(most > 1e-6 && most < 0.01, "{most}");
    assert_eq!(page.offences(), Vec::<String>::new());
}

/// A PNG of odd size with colours and alphas at random, in large patches and single pixels.
fn png(number: u32, [height, width]: [usize; 2], colour: png::ColorType) -> Vec<u8> {
    let mut chance = Chance::new(41, number);
    let bytes = chance.bytes(height * width * colour.samples());
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&bytes).unwrap();
    writer.finish().unwrap();
    file
}

fn pictures_become_the_same_bytes(page: &mut Page) {
    use png::ColorType::{Grayscale, GrayscaleAlpha, Rgb, Rgba};
    let sizes = [[1, 1], [28, 28], [33, 57], [201, 40], [13, 300], [1600, 1501]];
    let mut number = 0;
    for (size, colour) in sizes.into_iter().zip([Grayscale, Rgb, Rgba, GrayscaleAlpha, Rgb, Grayscale]) {
        for resize in Resize::ALL {
            for channels in [1, 3] {
                number += 1;
                let background = [[0, 0, 0], [255, 255, 255], [10, 200, 90]][number as usize % 3];
                let how = Preprocessing { channels, size: [28, 30], resize, background };
                let file = png(number, size, colour);
                let limits = Limits::default();
                let expected = toile_picture::preprocess(&file, &how, &limits).expect("it is a PNG");
                let settings = json!({
                    "channels": channels, "size": how.size, "resize": resize.name(), "background": background,
                });
                let found: Vec<u8> = serde_json::from_value(page.evaluate(&format!(
                    "toile.preprocess(new Blob([Uint8Array.from(atob('{}'), (c) => c.charCodeAt(0))]), {settings})",
                    base64::encode(&file)
                )))
                .expect("bytes");
                assert_eq!(found.len(), expected.len());
                let apart = found.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
                let most = if matches!(colour, Rgba | GrayscaleAlpha) { 1 } else { 0 };
                assert!(apart <= Some(most), "{size:?} {colour:?} {settings}: {apart:?}");
            }
        }
    }
}

/// The definition in plain loops, over the page's own log-probabilities: patches of the mean colour, by half their
/// side and at the far edges. 28 pixels have patches of 4.
fn heat_is_as_it_is_defined(page: &mut Page) {
    let apart = page.number(
        "(async () => {
            const bytes = Uint8Array.from({ length: 784 }, (_, i) => (i * i * 31 + i * 7) % 256);
            const heat = await toile.occlusion(bytes);
            const mean = Math.round(bytes.reduce((sum, byte) => sum + byte, 0) / 784);
            const before = toile.logProbabilities(bytes);
            const best = before.indexOf(Math.max(...before));
            const sums = Array.from({ length: 784 }, () => []);
            for (let top = 0; top <= 24; top += 2) for (let left = 0; left <= 24; left += 2) {
                const covered = bytes.slice();
                const inside = [];
                for (let r = 0; r < 4; r += 1) for (let c = 0; c < 4; c += 1) inside.push((top + r) * 28 + left + c);
                for (const pixel of inside) covered[pixel] = mean;
                const lost = before[best] - toile.logProbabilities(covered)[best];
                for (const pixel of inside) sums[pixel].push(lost);
            }
            const expected = sums.map((all) => all.reduce((sum, lost) => sum + lost, 0) / all.length);
            const scale = Math.max(...expected.map(Math.abs));
            return Math.max(...expected.map((value, i) => Math.abs(value - heat[i]))) / scale;
        })()",
    );
    // The page's mean is not rounded to a byte.
    assert!(apart < 0.02, "{apart}");
}

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
        let file = every_layer().join("live-all.html");
        let views = [
            ("live-desktop-light", DESKTOP),
            ("live-desktop-dark", View { dark: true, ..DESKTOP }),
            ("live-phone-light", PHONE),
            ("live-phone-dark", View { dark: true, ..PHONE }),
        ];
        let mut all = Vec::new();
        for (name, view) in views {
            let mut page = Page::open(browser, &file, view);
            page.expect("document.getElementById('heat-says').textContent !== ''");
            for check in super::checks::ALL {
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
    let shoe = toile_draw::png::encode(&toile_draw::png::Pixels {
        width: 28,
        height: 28,
        samples: toile_draw::png::Samples::Grey,
        bytes: test_images().image(0).to_vec(),
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
            base64::encode(test_images().image(0))
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
