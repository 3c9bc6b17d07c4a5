//! SVG against kept files, PNG by what it shows.

use toile_study::evidence::Evidence;
use toile_study::results::RunStatus;

use super::fixture::{Files, results, run_files, study_files};
use crate::golden::{check, plausible_results};
use crate::outline;

const RUN_DRAWINGS: [&str; 6] = [
    "results.svg",
    "results.png",
    "confusion_matrix.svg",
    "confusion_matrix.png",
    "confusion_matrix_normalized.svg",
    "confusion_matrix_normalized.png",
];

#[test]
fn drawings_of_a_run() {
    let files = run_files(&plausible_results(), 0);
    assert_eq!(files.names(), RUN_DRAWINGS);
    for name in RUN_DRAWINGS.iter().filter(|name| name.ends_with(".svg")) {
        check(&format!("drawings/run-{name}.txt"), &outline::of_drawing(files.text(name)));
    }
    let counts = files.text("confusion_matrix.svg");
    // Rows are true: 331 coats were called pullovers, not the reverse.
    assert!(counts.contains("<title>331 of Coat called Pullover</title>"));
    assert!(counts.contains("True label") && counts.contains("Predicted label"));
    assert!(counts.contains("not normalised") && counts.contains(">331</text>"));
    let shares = files.text("confusion_matrix_normalized.svg");
    assert!(shares.contains("Normalised by true class") && shares.contains(">33.1</text>"));
}

#[test]
fn drawings_of_a_study() {
    let files = study_files(&results(), &Evidence::default(), false);
    check("drawings/study-results.svg.txt", &outline::of_drawing(files.text("results.svg")));
    let mean = files.text("confusion_matrix_baseline.svg");
    assert!(mean.contains("mean over 3 seeds"));
    // The seeds have 0, 1 and 2 T-shirts fewer right: one on the average.
    let right = plausible_results().models[0].runs[0].evaluation.as_ref().unwrap().confusion.at(0, 0);
    assert!(
        mean.contains(&format!("<title>{} of T-shirt/top called T-shirt/top</title>", right - 1)),
        "{mean}"
    );
    for name in ["confusion_matrix_normalized_better.svg", "confusion_matrix_better.png", "results.png"] {
        assert!(!files.bytes(name).is_empty());
    }
}

/// Curves as (colour, width, dashes): lines that are neither of the grid nor of an axis.
fn lines(svg: &str) -> Vec<(String, f64, String)> {
    let of = |part: &str, name: &str| {
        let value = part.split_once(name).and_then(|(_, rest)| rest.split('"').next());
        value.unwrap_or_default().to_owned()
    };
    let tags = svg.split("<path ").skip(1).map(|part| part.split('>').next().unwrap());
    let is_line =
        |tag: &&str| tag.contains("fill=\"none\"") && tag.contains("s-m") || tag.contains("s-panel");
    tags.filter(is_line)
        .filter(|tag| !tag.contains("s-muted"))
        .map(|tag| {
            let width = of(tag, "stroke-width=\"").parse().expect("a width");
            (of(tag, "stroke=\""), width, of(tag, "stroke-dasharray=\""))
        })
        .collect()
}

#[test]
fn runs_that_are_no_part_of_the_mean_are_thin() {
    let mut results = results();
    let whole = study_files(&results, &Evidence::default(), true);
    assert!(lines(whole.text("results.svg")).iter().all(|line| line.1 >= 1.0));
    let run = &mut results.models[0].runs[1];
    (run.status, run.evaluation) = (RunStatus::Unfinished, None);
    let files = study_files(&results, &Evidence::default(), true);
    let thin = lines(files.text("results.svg")).into_iter().filter(|line| line.1 < 1.0).count();
    assert_eq!(thin, 4, "loss and accuracy, training and test");
    assert!(files.text("results.svg").contains("Thin lines: single runs that are no part of a mean"));
}

#[test]
fn with_more_models_than_colours_strokes_differ() {
    let mut results = results();
    let models = results.models.clone();
    results.models = (0..13)
        .map(|place| toile_study::results::ModelResults {
            name: format!("m{place}"),
            ..models[place % 2].clone()
        })
        .collect();
    let files = study_files(&results, &Evidence::default(), false);
    let svg = files.text("results.svg");
    let of_first: std::collections::BTreeSet<String> = lines(svg)
        .into_iter()
        .filter(|(colour, width, dashes)| colour == "#0b62a8" && *width >= 2.0 && dashes.is_empty())
        .map(|(_, width, _)| width.to_string())
        .collect();
    assert_eq!(of_first.len(), 2, "the first model's lines, and broader ones: {of_first:?}");
    // Six models are hollow: a core in the ground's colour in the legend and in each of four curves.
    assert_eq!(lines(svg).into_iter().filter(|line| line.0 == "#ffffff").count(), 6 * 5);
    assert!(!decoded(files.bytes("results.png")).pixels.is_empty());
}

#[test]
fn between_epochs_nothing_is_drawn_that_takes_long() {
    let files = study_files(&results(), &super::fixture::evidence(), true);
    assert_eq!(files.names(), ["results.svg", "data/curves.csv"]);
    let all = study_files(&results(), &super::fixture::evidence(), false);
    assert_eq!(files.bytes("results.svg"), all.bytes("results.svg"));
}

struct Decoded {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 3]>,
}

fn decoded(file: &[u8]) -> Decoded {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("it fits into memory")];
    let info = reader.next_frame(&mut bytes).expect("whole");
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    let pixels = bytes.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
    Decoded { width: info.width, height: info.height, pixels }
}

impl Decoded {
    fn count(&self, wanted: impl Fn(&[u8; 3]) -> bool) -> usize {
        self.pixels.iter().filter(|pixel| wanted(pixel)).count()
    }
}

/// The size that an SVG states, as pixels of its PNG.
fn stated_size(svg: &str) -> (u32, u32) {
    let number = |attribute: &str| -> f64 {
        let start = format!(" {attribute}=\"");
        let text = svg.split_once(&start).expect("it is stated").1.split('"').next().unwrap();
        text.parse().expect("a number")
    };
    ((number("width") * 2.0).ceil() as u32, (number("height") * 2.0).ceil() as u32)
}

#[test]
fn every_png_shows_what_its_svg_does() {
    let results = results();
    for files in [run_files(&results, 0), study_files(&results, &Evidence::default(), false)] {
        for name in files.names().into_iter().filter(|name| name.ends_with(".png")) {
            let image = decoded(files.bytes(name));
            let stated = stated_size(files.text(&name.replace(".png", ".svg")));
            // Written with one decimal, a size can be off by a pixel.
            let off = stated.0.abs_diff(image.width).max(stated.1.abs_diff(image.height));
            assert!(off <= 1, "{name}: {} x {}, not {stated:?}", image.width, image.height);
            let white = image.count(|p| *p == [255; 3]) as f64 / image.pixels.len() as f64;
            assert!((0.05..0.99).contains(&white), "{name}: {white} of it is white");
            let ink = image.count(|p| p.iter().all(|c| *c < 60));
            assert!(ink > 1000, "{name}: text is there, {ink} dark pixels");
        }
    }
}

/// Pixels of the full blue of right cells: the diagonal of a good matrix, not a line elsewhere.
#[test]
fn the_diagonal_runs_from_upper_left_to_lower_right() {
    let files = run_files(&plausible_results(), 1);
    let image = decoded(files.bytes("confusion_matrix.png"));
    let blue = |x: u32, y: u32| {
        let [r, _, b] = image.pixels[(y * image.width + x) as usize];
        b > 100 && i32::from(b) - i32::from(r) > 60
    };
    let places: Vec<(u32, u32)> = (0..image.height)
        .flat_map(|y| (0..image.width).map(move |x| (x, y)))
        .filter(|(x, y)| blue(*x, *y))
        .collect();
    let first = places.iter().min_by_key(|(x, y)| x + y).expect("right cells are blue");
    let last = places.iter().max_by_key(|(x, y)| x + y).unwrap();
    assert!(last.0 - first.0 > 800 && last.1 - first.1 > 800, "{first:?} to {last:?}");
}

#[test]
fn drawing_again_gives_the_same_bytes() {
    let results = results();
    let (once, again) = (run_files(&results, 1), run_files(&results, 1));
    for name in RUN_DRAWINGS {
        assert!(once.bytes(name) == again.bytes(name), "{name}");
    }
}

/// On every machine: the bytes of one small file are kept as their checksum. A new version of the rasteriser may
/// change them; look at the file before keeping the new one.
#[test]
fn png_bytes_are_the_same_on_every_machine() {
    let mut results = plausible_results();
    results.dataset.class_names.clear();
    let file = run_files(&results, 0).bytes("confusion_matrix.png").to_vec();
    let image = decoded(&file);
    assert!(image.count(|p| *p == [255; 3]) < image.pixels.len(), "there is a sentence on it");
    let sum = image
        .pixels
        .iter()
        .flatten()
        .fold(0u64, |sum, byte| sum.wrapping_mul(1_000_003).wrapping_add(u64::from(*byte)));
    check("drawings/sentence.txt", &format!("{} bytes, pixels {sum:016x}\n", file.len()));
}

#[test]
fn awkward_studies_are_drawn() {
    let mut results = plausible_results();
    results.models[0].runs[0].epochs.truncate(1);
    results.models[1].runs[0].epochs.clear();
    results.dataset.class_names[0] = "a & <b>".into();
    let files = study_files(&results, &Evidence::default(), false);
    assert!(files.text("confusion_matrix_baseline.svg").contains("a &amp; &lt;b&gt;"));
    assert!(!files.text("results.svg").contains("NaN"));

    for row in results.models.iter_mut().flat_map(|model| &mut model.runs).flat_map(|run| &mut run.epochs) {
        row.train_loss = f64::NAN;
        row.test_loss = Some(f64::INFINITY);
    }
    let files = study_files(&results, &Evidence::default(), false);
    assert!(!files.text("results.svg").contains("NaN") && !files.text("results.svg").contains("inf"));
    assert!(files.text("results.svg").contains("No value is finite."));

    for model in &mut results.models {
        model.runs.clear();
    }
    let files: Files = study_files(&results, &Evidence::default(), false);
    assert!(files.text("results.svg").contains("No epoch is done yet."));
    assert!(!decoded(files.bytes("results.png")).pixels.is_empty());
    assert_eq!(files.names().iter().filter(|name| name.starts_with("confusion")).count(), 0);
}
