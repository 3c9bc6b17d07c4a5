//! What brought a gain: each factor's share of it, main effects and interactions, and the combinations behind them.

use maud::{Markup, html};
use toile_draw::charts::attribution::forest_rows;
use toile_study::evidence::Evidence;
use toile_study::evidence::attribution::{Attribution, CellSummary};
use toile_study::evidence::words::{self, change, change_interval, value, value_interval};
use toile_study::numbers::rough_percent;

use crate::table::explained::fraction_words;

use super::verdict::{forest, no_break};

pub(super) fn section(evidence: &Evidence) -> Markup {
    if evidence.attributions.is_empty() {
        return html! {};
    }
    html! {
        section #attribution {
            h2 { "What made the difference" }
            @for attribution in &evidence.attributions { (one(attribution)) }
        }
    }
}

fn one(of: &Attribution) -> Markup {
    let confidence = of.gain.interval.map_or(1.0 - of.alpha, |interval| interval.confidence);
    html! {
        article.attribution {
            h3 { "From " (of.first) " to " (of.second) small { (of.metric.title()) ", " (of.cells.len()) " combinations under " (of.seeds.len()) (if of.folds.is_some() { " repeats" } else { " seeds" }) } }
            p.verdict { span.sentence { (no_break(&of.sentence)) } }
            @for warning in &of.warnings { p.warning { (no_break(warning)) } }
            div.scroll { table.factors {
                caption.hidden { "Factors" }
                thead { tr { th scope="col" { "Factor" } th scope="col" { (of.first) } th scope="col" { (of.second) } th.n scope="col" { "Share of the gain" } } }
                tbody { @for (place, factor) in of.factors.iter().enumerate() { tr {
                    th scope="row" { (factor.name) } td { (factor.first) } td { (factor.second) }
                    td.n { (of.shares.as_ref().and_then(|shares| shares.get(place)).map_or("–".to_string(), |share| rough_percent(*share))) }
                } } }
            } }
            figure {
                figcaption { b { "Shares of the gain" } (values(of)) ", with " (no_break(&words::confidence(confidence))) " intervals" @if of.fraction.is_none() { "; they sum to the gain" } }
                (forest("Shares of the gain", of.metric, &forest_rows(of), None))
            }
            @if let Some(fraction) = &of.fraction { p.note { (fraction_words(fraction)) } }
            details.table-of { summary { "Main effects, interactions and every combination" }
                div.scroll { (effects(of)) }
                div.scroll { (cells(of)) }
            }
        }
    }
}

fn values(of: &Attribution) -> &'static str {
    if of.fraction.is_some() { " (main effects)" } else { " (Shapley values)" }
}

fn effects(of: &Attribution) -> Markup {
    html! {
        table.values {
            caption { "Main effects and interactions" }
            thead { tr { th scope="col" { "Effect" } th.n scope="col" { "Estimate" } th.n scope="col" { "Interval" } th.n scope="col" { "Standard error" } } }
            tbody { @for effect in &of.effects { tr {
                th scope="row" { (effect.name(" × ")) }
                td.n { (change(of.metric, effect.value)) }
                td.n { (effect.interval.map_or("–".to_string(), |interval| change_interval(of.metric, interval.low, interval.high))) }
                td.n { (words::amount(of.metric, effect.standard_error)) }
            } } }
        }
    }
}

fn cells(of: &Attribution) -> Markup {
    let level = |cell: &CellSummary, place: usize| {
        let factor = &of.factors[place];
        let second = cell.second_level.get(place).copied().unwrap_or(false);
        if second { factor.second.clone() } else { factor.first.clone() }
    };
    html! {
        table.values {
            caption { "Every combination" }
            thead { tr { @for factor in &of.factors { th scope="col" { (factor.name) } } th.n scope="col" { "Mean" } th.n scope="col" { "Interval" } th.n scope="col" { "Runs" } } }
            tbody { @for cell in &of.cells { tr {
                @for place in 0..of.factors.len() { td { (level(cell, place)) } }
                td.n { (value(of.metric, cell.mean)) }
                td.n { (cell.interval.map_or("–".to_string(), |i| value_interval(of.metric, i.low, i.high))) }
                td.n { (cell.per_seed.iter().map(|v| value(of.metric, *v)).collect::<Vec<_>>().join(", ")) }
            } } }
        }
    }
}
