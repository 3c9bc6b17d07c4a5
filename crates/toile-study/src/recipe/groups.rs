//! Parameter groups and gradient clipping, as a study file writes them and as tables say them.

use toile_nn::clip::Clip;
use toile_nn::groups::{ParameterGroup, Selection, Treatment};

use super::text::{optimizer_text, string};
use super::words::optimizer_words;
use crate::numbers::learning_rate;

/// A list of groups, one a line; none where there is none.
pub(super) fn text(groups: &[ParameterGroup]) -> Option<String> {
    let lines = groups.iter().map(|ParameterGroup { select, treatment }| {
        let Selection { layer, kind, name } = select;
        let mut fields: Vec<String> = [
            layer.as_ref().map(|layer| format!("layer = {}", string(layer))),
            kind.map(|kind| format!("kind = {}", string(kind.name()))),
            name.as_ref().map(|name| format!("name = {}", string(name))),
        ]
        .into_iter()
        .flatten()
        .collect();
        match treatment {
            Treatment::Frozen => fields.push("frozen = true".into()),
            Treatment::Own { optimizer, lr } => {
                fields.push(format!("optimizer = {}", optimizer_text(optimizer, *lr)));
            }
            Treatment::Changed { lr, weight_decay } => {
                fields.extend(lr.map(|lr| format!("lr = {lr:?}")));
                fields.extend(weight_decay.map(|decay| format!("weight_decay = {decay:?}")));
            }
        }
        format!("  {{ {} }},\n", fields.join(", "))
    });
    (!groups.is_empty()).then(|| format!("[\n{}]", lines.collect::<String>()))
}

/// `layer conv1: frozen; kind bias: lr 0.1`.
pub(super) fn words(groups: &[ParameterGroup]) -> String {
    let group = |ParameterGroup { select, treatment }: &ParameterGroup| {
        let treatment = match treatment {
            Treatment::Frozen => "frozen".to_string(),
            Treatment::Own { optimizer, lr } => optimizer_words(optimizer, *lr),
            Treatment::Changed { lr, weight_decay } => {
                let lr = lr.map(|lr| format!("lr {}", learning_rate(lr)));
                let decay = weight_decay.map(|decay| format!("weight_decay {decay}"));
                lr.into_iter().chain(decay).collect::<Vec<_>>().join(", ")
            }
        };
        format!("{select}: {treatment}")
    };
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}

/// The bound of a clipping, for the setting that it is: by norm and by value.
pub(super) fn bounds(clip: Option<Clip>) -> [Option<f64>; 2] {
    match clip {
        None => [None; 2],
        Some(Clip::Norm(most)) => [Some(most), None],
        Some(Clip::Value(most)) => [None, Some(most)],
    }
}
