//! Each network, drawn from its layer rows, with its layer table.

use maud::{Markup, html};
use toile_draw::charts::network::{WIDTHS, picture, shape_text};
use toile_draw::palette::MODELS;
use toile_draw::svg;
use toile_study::numbers::count;
use toile_study::results::{LayerRow, ModelResults, StudyResults};

pub(super) fn section(results: &StudyResults) -> Markup {
    // Models with the same layers share a drawing.
    let mut groups: Vec<Vec<(usize, &ModelResults)>> = Vec::new();
    for (index, model) in results.models.iter().enumerate() {
        match groups.iter_mut().find(|group| is_alike(group[0].1, model)) {
            Some(group) => group.push((index, model)),
            None => groups.push(vec![(index, model)]),
        }
    }
    html! {
        section #networks {
            h2 { "Networks" }
            @for group in groups {
                @let layers = &group[0].1.layers;
                h3 {
                    @for (index, model) in &group {
                        span { span class={ "swatch b" (index % MODELS) } {} (model.name) " " }
                    }
                    small { (architecture(group[0].1)) }
                }
                @let input = results.dataset.image_shape;
                @for (width, class) in WIDTHS { (svg::inline(&picture(layers, input, width, class))) }
                details open {
                    summary { "Layer table" }
                    (table(layers, input))
                }
            }
        }
    }
}

/// Whether they have one network, and look at an image as often.
fn is_alike(first: &ModelResults, second: &ModelResults) -> bool {
    first.layers == second.layers && first.settings.passes() == second.settings.passes()
}

fn architecture(model: &ModelResults) -> String {
    let layers = &model.layers;
    let parameters: usize = layers.iter().map(|layer| layer.parameters).sum();
    let multiply_adds: usize = layers.iter().map(|layer| layer.multiply_adds).sum();
    let views = match model.settings.passes() {
        1 => String::new(),
        passes => format!(" ({passes} views)"),
    };
    let multiply_adds = multiply_adds * model.settings.passes();
    let variables = model.settings.variables.iter().map(|(name, value)| format!(", {name} {value}"));
    format!(
        "{}{}: {} parameters, {} multiply-adds an image{views}",
        model.settings.architecture,
        variables.collect::<String>(),
        count(parameters as u64),
        count(multiply_adds as u64)
    )
}

fn table(layers: &[LayerRow], input: [usize; 3]) -> Markup {
    let total = |value: fn(&LayerRow) -> usize| count(layers.iter().map(value).sum::<usize>() as u64);
    let cell = |value: usize| if value == 0 { String::new() } else { count(value as u64) };
    html! {
        div.scroll {
            table.layers {
                caption.hidden { "Layers" }
                thead {
                    tr {
                        th scope="col" { "Name" }
                        th scope="col" { "Layer" }
                        th.n scope="col" { "Output shape" }
                        th.n scope="col" { "Parameters" }
                        th.n scope="col" { "Multiply-adds" }
                    }
                }
                tbody {
                    tr { td {} td { "input" } td.n { (shape_text(&input)) } td {} td {} }
                    @for layer in layers {
                        tr {
                            td { (layer.name) }
                            td style=[(layer.depth > 0).then(|| format!("padding-left:{}em", layer.depth as f64 * 1.4 + 0.6))] {
                                code { (layer.description) }
                            }
                            td.n { (shape_text(&layer.output_shape)) }
                            td.n { (cell(layer.parameters)) }
                            td.n { (cell(layer.multiply_adds)) }
                        }
                    }
                }
                tfoot {
                    tr {
                        td {} td { "total" } td {}
                        td.n { (total(|layer| layer.parameters)) }
                        td.n { (total(|layer| layer.multiply_adds)) }
                    }
                }
            }
        }
    }
}
