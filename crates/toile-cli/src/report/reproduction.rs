//! What it takes to get the same bits again, and what the runs took.

use maud::{Markup, html};
use toile_study::numbers::{count, duration};
use toile_study::results::{Receipt, StudyResults};

pub(super) fn section(
    results: &StudyResults,
    receipts: &[(String, u64, Receipt)],
    resolved: &[(String, String)],
) -> Markup {
    let mut commands: Vec<&str> = receipts.iter().map(|(_, _, receipt)| receipt.command.as_str()).collect();
    commands.retain(|command| !command.is_empty());
    commands.dedup();
    html! {
        section #reproduction {
            h2 { "Reproduction" }
            p.note {
                "The same study, seed and version give the same weights, bit for bit, on any number of threads and \
                 any processor. Times and machines are those of these runs."
            }
            @for command in commands { pre.command { code { (command) } } }
            dl.facts {
                div { dt { "Toile" } dd { (results.toile_version) } }
                div { dt { "Data" } dd { (results.dataset.name) } }
                @for (file, digest) in &results.dataset.digests {
                    div { dt { (file) } dd { code { (digest) } } }
                }
            }
            @if !receipts.is_empty() { div.scroll { (runs(results, receipts)) } }
            @for (model, text) in resolved {
                details {
                    summary { "Configuration of " (model) ", resolved" }
                    pre { code { (text) } }
                }
            }
        }
    }
}

fn runs(results: &StudyResults, receipts: &[(String, u64, Receipt)]) -> Markup {
    html! {
        table.runs {
            caption.hidden { "Runs, their times and machines" }
            thead {
                tr {
                    @for (name, class) in [
                        ("Model", ""), (if results.cross_validation.is_some() { "Repeat" } else { "Seed" }, "n"), ("Training", "n"), ("Evaluation", "n"), ("Images/s", "n"),
                        ("Threads", "n"), ("Instructions", ""), ("Processor", ""), ("Platform", ""), ("Finished", ""),
                    ] { th scope="col" class=(class) { (name) } }
                }
            }
            tbody {
                @for (model, seed, receipt) in receipts {
                    tr {
                        th scope="row" { (model) }
                        td.n { (u64::from(results.cross_validation.is_some()).saturating_add(*seed)) }
                        td.n { (duration(receipt.training_seconds)) }
                        td.n { (duration(receipt.evaluation_seconds)) }
                        td.n { (count(receipt.images_per_second.max(0.0).round() as u64)) }
                        td.n { (receipt.threads) }
                        td { (receipt.isa) }
                        td { (receipt.cpu) }
                        td { (receipt.platform) }
                        td { (receipt.finished_at) }
                    }
                }
            }
        }
    }
}
