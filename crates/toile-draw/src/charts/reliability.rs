//! Whether a model is as often right as it says: a reliability diagram.

use toile_statistics::calibration::{BINS, Bin};
use toile_study::numbers::{count, rough_percent};

use crate::digits::tick_percent;
use crate::palette::{Colour, MODELS};
use crate::picture::{Anchor, Path, Picture, Shape, Text};

const SIDE: f64 = 260.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 10.0;
const BELOW: f64 = 54.0;

/// The confidences of a bin: `0 to 7 %`.
pub fn range(place: usize) -> String {
    let end = |place: usize| format!("{:.0}", place as f64 / BINS as f64 * 100.0);
    format!("{} to {} %", end(place), end(place + 1))
}

/// A share of a bin.
pub fn share(value: Option<f64>) -> String {
    value.map_or("–".into(), rough_percent)
}

fn says(place: usize, bin: &Bin) -> String {
    let head = format!("Confidence {}", range(place));
    match bin.count {
        0 => format!("{head}\nno image"),
        images => format!(
            "{head}\nright: {}\nmean confidence: {}\nimages: {}",
            share(bin.accuracy),
            share(bin.confidence),
            count(images)
        ),
    }
}

/// The diagram of the model at this place in the study.
pub fn diagram(name: &str, model: usize, bins: &[Bin; BINS]) -> Picture {
    let width = SIDE / BINS as f64;
    let x = |share: f64| LEFT + share * SIDE;
    let y = |share: f64| TOP + (1.0 - share) * SIDE;
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(1).max(1) as f64;
    let images: u64 = bins.iter().map(|bin| bin.count).sum();
    let base = TOP + SIDE + 26.0 + BELOW;
    let title = format!("Reliability of {name}, values in the table below");
    let mut sheet = Picture::new(title, LEFT + SIDE + 16.0, base + 40.0);
    sheet.class = format!("chart reliability c{}", model % MODELS);
    sheet.data = vec![("chart", "reliability".to_owned()), ("model", name.to_owned())];
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        sheet.line((x(0.0), y(tick)), (x(1.0), y(tick)), Colour::Rule, 1.0);
        let text = |x: f64, y: f64| Text::at(x, y, tick_percent(tick)).muted();
        sheet.text(text(LEFT - 8.0, y(tick) + 4.0).anchored(Anchor::End));
        sheet.text(text(x(tick), base + 16.0).anchored(Anchor::Middle));
    }
    let own = Colour::Model(model);
    for (place, bin) in bins.iter().enumerate() {
        let left = LEFT + place as f64 * width;
        if let (Some(accuracy), Some(sure)) = (bin.accuracy, bin.confidence) {
            let bar = Shape::rect(left + 1.0, y(accuracy), width - 2.0, y(0.0) - y(accuracy));
            sheet.add(bar.shaded(own, 0.55).classed("share"));
            sheet.line((left + 1.0, y(sure)), (left + width - 1.0, y(sure)), Colour::Ink, 2.0);
        }
        let high = bin.count as f64 / most * BELOW;
        sheet.add(Shape::rect(left + 1.0, base - high, width - 2.0, high).shaded(own, 0.8).classed("count"));
    }
    let diagonal = Path::from(x(0.0), y(0.0)).to(x(1.0), y(1.0));
    sheet.add(Shape::path(diagonal).stroked(Colour::Muted, 1.2).dashed(&[5.0, 4.0]));
    for height in [y(0.0), base] {
        sheet.line((x(0.0), height), (x(1.0), height), Colour::Muted, 1.0);
    }
    sheet.text(Text::at(LEFT, base - BELOW - 8.0, format!("{} images", count(images))).muted());
    sheet.text(Text::at(x(0.5), base + 33.0, "confidence").muted().anchored(Anchor::Middle));
    for (place, bin) in bins.iter().enumerate() {
        let left = LEFT + place as f64 * width;
        sheet.add(Shape::strip(left, TOP, width, base - TOP, left + width / 2.0, says(place, bin)));
    }
    sheet
}
