//! Accuracy that remains as hidden units are ablated: a line a model, a band from the lowest to the highest draw.

use toile_study::evidence::ablation::Ablation;
use toile_study::numbers::{joined, percent};

use super::lines::{Images, LineChart, Point, Series, Size, share_axis};
use crate::digits::tick_percent;
use crate::picture::{Picture, Text};
use crate::scale::Scale;

/// The chart. A model has the colour of its place among `models`; `classes` gives the accuracy of guessing.
pub fn chart<'a>(of: &'a Ablation, models: &[&str], classes: usize) -> LineChart<'a> {
    let mut columns: Vec<f64> =
        of.models.iter().flat_map(|model| model.points.iter().map(|point| point.share)).collect();
    columns.sort_by(f64::total_cmp);
    columns.dedup();
    let series = of.models.iter().enumerate().map(|(place, model)| Series {
        model: models.iter().position(|known| *known == model.name).unwrap_or(place),
        name: &model.name,
        images: Images::Training,
        points: model
            .points
            .iter()
            .filter(|point| point.mean.is_finite())
            .map(|point| Point {
                x: point.share,
                mean: point.mean,
                low: point.range[0],
                high: point.range[1],
            })
            .collect(),
        others: Vec::new(),
    });
    LineChart {
        id: "ablation",
        title: "Accuracy with ablated hidden units",
        series: series.collect(),
        marks: Vec::new(),
        reference: (classes > 0).then(|| (1.0 / classes as f64, "guessing")),
        axis: share_axis("share of hidden units ablated", columns, |share| {
            format!("{} ablated", tick_percent(share))
        }),
        from_zero: true,
        limit: 1.0,
        by_images: false,
        tick_text: tick_percent,
        value_text: percent,
    }
}

/// The file.
pub fn sheet(of: &Ablation, classes: usize, sentence: &str) -> Picture {
    let chart = chart(of, &[], classes);
    let size = Size { width: 720.0, height: 370.0 };
    let mut sheet = Picture::new("Accuracy that remains as hidden units are ablated", 760.0, 450.0);
    sheet.description = format!("{sentence} {}", chart.label());
    sheet.text(Text::at(24.0, 36.0, "Accuracy that remains as hidden units are ablated").sized(17.0).bold());
    let basis = format!(
        "Units of {}, {} draw{} a share and seed. Lines: means; bands: lowest to highest",
        joined(&of.layers),
        of.draws,
        if of.draws == 1 { "" } else { "s" }
    );
    sheet.text(Text::at(24.0, 56.0, basis).muted());
    if !chart.is_empty() {
        chart.draw(&mut sheet, Scale::Linear, (16.0, 66.0), size);
    }
    sheet
}
