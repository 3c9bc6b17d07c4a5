//! Classes with their counts and a line of images each.

use maud::{Markup, html};
use toile_study::numbers::count;
use toile_survey::ImageId;

use super::found::text_of;
use crate::bar::bar;
use crate::inspection::Inspection;
use crate::inspection::images::Chosen;

pub(super) fn section(inspection: &Inspection<'_>, chosen: &Chosen<'_>) -> Markup {
    let said = inspection.about_classes();
    let all = inspection.class_names().len();
    let most = inspection.survey.class_counts[0].iter().copied().max().unwrap_or(0).max(1);
    html! {
        h2 { "Classes" }
        @for sentence in &said { p.warning { (sentence) } }
        @if chosen.classes.len() < all {
            p.note { "The largest and the smallest of " (count(all as u64)) " classes, " (chosen.classes.len()) " together; " code { "--json" } " counts them all." }
        }
        p.note { "Images of " (inspection.parts[0].name) ", spread evenly over each class. The bar is its number of them." }
        @for (class, images) in &chosen.classes { (class_line(inspection, chosen, *class, images, most)) }
    }
}

fn class_line(
    inspection: &Inspection<'_>,
    chosen: &Chosen<'_>,
    class: usize,
    images: &[ImageId],
    most: usize,
) -> Markup {
    let counts = &inspection.survey.class_counts;
    html! {
        div.kind {
            h3 {
                span { (inspection.class_names()[class]) }
                small {
                    @for (number, (part, counts)) in inspection.parts.iter().zip(counts).enumerate() {
                        @if number > 0 { " · " }
                        (count(counts[class] as u64)) " " (part.name)
                    }
                }
            }
            div.amount aria-hidden="true" { (bar(counts[0][class] as f64 / most as f64)) }
            div.strip { @for &image in images { (chosen.sheet.image(image, &text_of(inspection, image)).unwrap_or_default()) } }
        }
    }
}
