//! Accuracy that remains as hidden units are ablated.

use maud::{Markup, html};
use toile_draw::charts::ablation::chart;
use toile_draw::charts::lines::SIZES;
use toile_draw::scale::Scale;
use toile_draw::svg;
use toile_study::evidence::Evidence;
use toile_study::numbers::joined;
use toile_study::results::StudyResults;

use super::lines::{key, table};

pub(super) fn section(results: &StudyResults, evidence: &Evidence) -> Markup {
    let Some(ablation) = &evidence.ablation else { return html! {} };
    let models: Vec<&str> = results.models.iter().map(|model| model.name.as_str()).collect();
    let chart = chart(ablation, &models, results.dataset.class_names.len());
    html! {
        section #ablation {
            h2 { "Ablated units" }
            @if !chart.is_empty() {
                (key(&chart))
                div.charts { figure {
                    figcaption { (chart.title) }
                    @for (size, class) in SIZES { (svg::inline(&chart.picture(Scale::Linear, size, class))) }
                } }
                details.table-of { summary { "The values as a table" } div.scroll { (table(&chart)) } }
            }
            p.note {
                "Units of " (joined(&ablation.layers)) " set to 0 at random, " (ablation.draws) " draws for each share and seed. \
                 Lines are means, bands reach from the lowest to the highest draw. A network that leans on few units falls early."
            }
        }
    }
}
