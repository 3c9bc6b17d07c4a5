//! Precision, recall, F1 and support of each class with intervals, models side by side.

pub(crate) mod figures;

use maud::{Markup, html};
use toile_draw::palette::MODELS;
use toile_study::evidence::Evidence;
use toile_study::numbers::{count, counted, rough_percent_digits};
use toile_study::results::StudyResults;

use crate::bar::bar_with_interval;
use figures::{Class, OfModel, Share, of_model};

pub(super) fn section(results: &StudyResults, evidence: &Evidence) -> Markup {
    let names = &results.dataset.class_names;
    let measured: Vec<(usize, &str, OfModel)> = results
        .models
        .iter()
        .enumerate()
        .filter_map(|(index, model)| {
            Some((index, model.name.as_str(), of_model(model, &evidence.outcomes, names.len())?))
        })
        .collect();
    if measured.is_empty() {
        return html! {};
    }
    let absent = measured[0].2.classes.iter().filter(|class| class.support == 0).count();
    let several = measured.iter().any(|(_, _, of)| of.runs > 1);
    html! {
        section #classes {
            h2 { "Class by class" }
            div.columns {
                @for (index, name, of) in &measured {
                    div {
                        h3 { span { span class={ "swatch b" (index % MODELS) } {} (name) } }
                        div.scroll { (table(names, name, of, *index)) }
                    }
                }
            }
            p.note {
                "Precision: share of the images called by the class that are of it. Recall: share of the images of \
                 the class that are called by it (the bar, with its interval). F1: their harmonic mean. Below each \
                 stands its 95 % interval: "
                @if results.cross_validation.is_some() { "over folds, for other data sets of this size. " }
                @else if several { "over seeds and images, where a model has several runs. " }
                @else { "for this one network on other images, not for another seed. " }
                @if absent > 0 {
                    (counted(absent, "class")) " of the data set " (if absent == 1 { "has" } else { "have" })
                    " no test image: dashes, and in no mean. "
                }
                @if names.len() > CLASSES_MAX {
                    "Shown are the " (CLASSES_MAX) " classes with the lowest recall; all are in " code { "data/classes.csv" } ". "
                }
                "A dash is a share of nothing, as the precision of a class that no image is called by. Such a share is \
                 in no mean over the runs, and counts as 0 in the macro means."
            }
        }
    }
}

fn share(share: Share, runs: usize) -> Markup {
    html! {
        @match share.value {
            Some(value) => { (rough_percent_digits(value)) }
            None => "–",
        }
        @if let Some((low, high)) = share.interval { small { (rough_percent_digits(low)) "–" (rough_percent_digits(high)) } }
        @else if share.value.is_some() && share.seeds < runs { small { (share.seeds) " of " (runs) " runs" } }
    }
}

/// Classes that a table has rows for.
const CLASSES_MAX: usize = 100;

/// All classes in their order, or of very many those with the lowest recall, the lowest first.
fn shown<'a>(names: &'a [String], of: &'a OfModel) -> Vec<(&'a String, &'a Class)> {
    let mut classes: Vec<(&String, &Class)> = names.iter().zip(&of.classes).collect();
    if classes.len() > CLASSES_MAX {
        let recall = |class: &Class| class.recall.value.unwrap_or(f64::INFINITY);
        classes.sort_by(|a, b| recall(a.1).total_cmp(&recall(b.1)));
        classes.truncate(CLASSES_MAX);
    }
    classes
}

fn table(names: &[String], model: &str, of: &OfModel, index: usize) -> Markup {
    html! {
        table.classes {
            caption.hidden { "Figures of each class under " (model) }
            thead {
                tr {
                    th scope="col" { "Class" }
                    th.n scope="col" { "Precision %" }
                    th.n scope="col" { "Recall %" }
                    td {}
                    th.n scope="col" { "F1 %" }
                    th.n scope="col" { "Images" }
                }
            }
            tbody {
                @for (name, class) in shown(names, of) {
                    tr {
                        th scope="row" { (name) }
                        td.n { (share(class.precision, of.runs)) }
                        td.n { (share(class.recall, of.runs)) }
                        td.bar aria-hidden="true" {
                            (bar_with_interval(class.recall.value.unwrap_or(0.0), class.recall.interval, index))
                        }
                        td.n { (share(class.f1, of.runs)) }
                        td.n { (count(class.support)) }
                    }
                }
            }
            tfoot {
                @if let Some([precision, recall, f1]) = of.weighted {
                    tr {
                        th scope="row" { "weighted mean" }
                        td.n { (rough_percent_digits(precision)) }
                        td.n { (rough_percent_digits(recall)) }
                        td {}
                        td.n { (rough_percent_digits(f1)) }
                        td.n {}
                    }
                }
                tr {
                    th scope="row" { "macro mean" }
                    td.n { (rough_percent_digits(of.macros[0])) }
                    td.n { (rough_percent_digits(of.macros[1])) }
                    td {}
                    td.n { (rough_percent_digits(of.macros[2])) }
                    td.n { (count(of.images)) }
                }
            }
        }
    }
}
