//! It computes what the engine does.

use std::fs;
use std::path::Path;

use serde_json::json;
use toile_data::Dataset;
use toile_draw::base64;
use toile_live::{Extras, WeightBits, page_in};
use toile_picture::{Limits, Preprocessing, Resize};
use toile_study::trained::{self, Trained};
use toile_testing::Chance;

use super::Page;
use super::network::{log_probabilities, untrained};
use crate::browser::chromium::Browser;
use crate::browser::page::DESKTOP;
use crate::browser::with_browser;

/// Test images whose predictions are compared.
const IMAGES: usize = 200;
/// Largest difference of a probability.
const TOLERANCE: f64 = 1e-4;

#[test]
#[ignore = "needs Chromium: cargo test -- --include-ignored"]
fn a_live_page_computes_what_the_engine_does() {
    with_browser(|browser| {
        let folder = tempfile::tempdir().expect("a folder");
        let test = super::test_images();
        let run = trained::open(&super::study().join("adam/seed-0")).expect("it is finished");
        let of = |study| untrained(study, &test);
        for (name, trained) in [
            ("run", run.clone()),
            ("every", of("every-layer")),
            ("newer", of("newer-layers")),
            ("modern", of("modern-layers")),
            ("ingredients", of("ingredients")),
        ] {
            let (file, bits) = (folder.path().join(name), WeightBits::ThirtyTwo);
            let (otherwise, most) = differences(browser, &file, &trained, bits, &test);
            assert_eq!(otherwise, 0, "{name}");
            assert!(most < TOLERANCE, "{name}: {most}");
            what_was_found_is_as_the_library_says(browser, &file, &trained, &test);
        }
        let file = folder.path().join("half");
        let (otherwise, most) = differences(browser, &file, &run, WeightBits::Sixteen, &test);
        assert!(otherwise <= 1, "{otherwise} of {IMAGES} images");
        // Eleven bits of a weight stay: some difference there is.
        assert!(most > 1e-6 && most < 0.01, "{most}");

        let mut page = Page::open(browser, &super::study().join("live-adam.html"), DESKTOP);
        pictures_become_the_same_bytes(&mut page);
        heat_is_as_it_is_defined(&mut page);
        assert_eq!(page.offences(), Vec::<String>::new());
    });
}

/// Images that a page calls otherwise than the engine, and the largest difference of a probability.
fn differences(
    browser: &mut Browser,
    file: &Path,
    trained: &Trained,
    bits: WeightBits,
    test: &Dataset,
) -> (usize, f64) {
    let file = file.with_extension("html");
    fs::write(&file, page_in(bits, trained, &Extras::default()).unwrap()).unwrap();
    let expected = log_probabilities(trained, test, IMAGES);
    let mut page = Page::open(browser, &file, DESKTOP);
    let found = computed(&mut page, test);
    assert_eq!(page.offences(), Vec::<String>::new());
    assert_eq!(found.len(), IMAGES);
    let classes = |rows: &[Vec<f64>]| rows.iter().map(|row| largest(row)).collect::<Vec<_>>();
    let (expected_classes, found_classes) = (classes(&expected), classes(&found));
    let first = expected_classes[0];
    assert!(expected_classes.iter().any(|class| *class != first), "every image is called the same");
    let otherwise = expected_classes.iter().zip(&found_classes).filter(|(a, b)| a != b).count();
    let mut most = 0.0_f64;
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.len(), expected.len());
        most = found.iter().zip(expected).map(|(a, b)| (a.exp() - b.exp()).abs()).fold(most, f64::max);
    }
    (otherwise, most)
}

/// Grad-CAM by differences in the page, by gradients in the library.
fn what_was_found_is_as_the_library_says(
    browser: &mut Browser,
    file: &Path,
    trained: &Trained,
    test: &Dataset,
) {
    let weights = file.with_extension("safetensors");
    toile_store::weights::write(&mut fs::File::create(&weights).unwrap(), &trained.about(), &trained.weights)
        .unwrap();
    let model = toile::Model::load(&weights).unwrap();
    let mut page = Page::open(browser, &file.with_extension("html"), DESKTOP);
    for index in 0..3 {
        let pixels = test.image(index);
        let class = model.predict(pixels).unwrap()[0].class;
        let bytes = base64::encode(pixels);
        let found: Option<Vec<f32>> = serde_json::from_value(page.evaluate(&format!(
            "toile.gradCam(Uint8Array.from(atob('{bytes}'), (letter) => letter.charCodeAt(0)))"
        )))
        .expect("numbers");
        let expected = model.grad_cam(pixels, class).unwrap();
        assert_eq!(found.is_some(), expected.is_some());
        // The run's network has no convolution; the others have.
        assert_eq!(expected.is_some(), !file.ends_with("run"));
        let (Some(expected), Some(found)) = (expected.map(|heat| heat.values), found) else { continue };
        let most = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let apart = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(found.len() == expected.len() && apart <= 1e-3 * most, "{index}: {apart} of {most}");
    }
}

/// Log-probabilities in the page of the first test images, `[image][class]`.
fn computed(page: &mut Page, test: &Dataset) -> Vec<Vec<f64>> {
    let bytes: Vec<u8> = (0..IMAGES as u32).flat_map(|index| test.image(index)).copied().collect();
    let found = page.evaluate(&format!(
        "(() => {{
            const bytes = Uint8Array.from(atob('{}'), (letter) => letter.charCodeAt(0));
            const image = (i) => bytes.subarray(784 * i, 784 * (i + 1));
            return Array.from({{ length: {IMAGES} }}, (_, i) => toile.logProbabilities(image(i)));
        }})()",
        base64::encode(&bytes)
    ));
    serde_json::from_value(found).expect("numbers")
}

fn largest(row: &[f64]) -> usize {
    row.iter()
        .enumerate()
        .fold((0, f64::MIN), |best, next| if *next.1 > best.1 { (next.0, *next.1) } else { best })
        .0
}

/// A PNG with colours and alphas at random.
fn png(number: u32, [height, width]: [usize; 2], colour: png::ColorType) -> Vec<u8> {
    let bytes = Chance::new(41, number).bytes(height * width * colour.samples());
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fastest);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&bytes).unwrap();
    writer.finish().unwrap();
    file
}

fn pictures_become_the_same_bytes(page: &mut Page) {
    use png::ColorType::{Grayscale, GrayscaleAlpha, Rgb, Rgba};
    let sizes = [[1, 1], [28, 30], [33, 57], [201, 40], [13, 300], [350, 301]];
    let mut number = 0;
    for (size, colour) in sizes.into_iter().zip([Grayscale, Rgb, Rgba, GrayscaleAlpha, Rgb, Rgb]) {
        for resize in Resize::ALL {
            number += 1;
            let channels = [1, 3][number as usize % 2];
            let background = [[0, 0, 0], [255, 255, 255], [10, 200, 90]][number as usize / 2 % 3];
            let how = Preprocessing { channels, size: [28, 30], resize, background };
            let file = png(number, size, colour);
            let expected = toile_picture::preprocess(&file, &how, &Limits::default()).expect("it is a PNG");
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
            // A browser keeps colours multiplied by their alpha.
            let most = if matches!(colour, Rgba | GrayscaleAlpha) { 1 } else { 0 };
            assert!(apart <= Some(most), "{size:?} {colour:?} {settings}: {apart:?}");
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
