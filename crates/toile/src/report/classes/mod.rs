//! Precision, recall, F1 and support of each class, models side by side.

use maud::{Markup, html};
use toile_study::findings::{count, shown_run};
use toile_study::metrics::{Metrics, metrics};
use toile_study::results::StudyResults;

pub(super) fn section(results: &StudyResults) -> Markup {
    let names = &results.dataset.class_names;
    let measured: Vec<(usize, &str, Metrics)> = results
        .models
        .iter()
        .enumerate()
        .filter_map(|(index, model)| {
            let confusion = &shown_run(model)?.evaluation.as_ref()?.confusion;
            Some((index, model.name.as_str(), metrics(confusion)?))
        })
        .filter(|(_, _, metrics)| metrics.classes.len() == names.len())
        .collect();
    if measured.is_empty() {
        return html! {};
    }
    html! {
        section #classes {
            h2 { "Class by class" }
            div.columns {
                @for (index, name, metrics) in &measured {
                    div {
                        h3 { span { span class={ "swatch b" (index % 6) } {} (name) } }
                        div.scroll { (table(names, metrics, *index)) }
                    }
                }
            }
            p.note {
                "Precision: share of the images called by the class that are of it. Recall: share of the images of \
                 the class that are called by it (the bar). F1: their harmonic mean. A dash is a share of nothing, \
                 and counts as 0 in the macro means."
            }
        }
    }
}

fn table(names: &[String], metrics: &Metrics, index: usize) -> Markup {
    let share = |value: Option<f64>| value.map_or("–".to_string(), |value| format!("{:.1}", value * 100.0));
    let bar = |value: Option<f64>| format!("width:{:.1}%", value.unwrap_or(0.0) * 100.0);
    html! {
        table.classes {
            thead {
                tr {
                    th scope="col" { "Class" }
                    th.n scope="col" { "Precision %" }
                    th.n scope="col" { "Recall %" }
                    td {}
                    th.n scope="col" { "F1 %" }
                    th.n scope="col" { "Support" }
                }
            }
            tbody {
                @for (name, class) in names.iter().zip(&metrics.classes) {
                    tr {
                        th scope="row" { (name) }
                        td.n { (share(class.precision)) }
                        td.n { (share(class.recall)) }
                        td.bar { i class={ "b" (index % 6) } style=(bar(class.recall)) {} }
                        td.n { (share(class.f1)) }
                        td.n { (count(class.support)) }
                    }
                }
            }
            tfoot {
                tr {
                    th scope="row" { "macro mean" }
                    td.n { (share(Some(metrics.precision_macro))) }
                    td.n { (share(Some(metrics.recall_macro))) }
                    td {}
                    td.n { (share(Some(metrics.f1_macro))) }
                    td.n { (count(metrics.images)) }
                }
            }
        }
    }
}
