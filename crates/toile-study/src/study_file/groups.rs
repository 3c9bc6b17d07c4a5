//! Parameter groups: from tables to [`ParameterGroup`]s.

use toile_nn::clip::Clip;
use toile_nn::description::Network;
use toile_nn::groups::{GroupError, ParameterGroup, ParameterKind, Selection, Treatment};
use toile_nn::setting::Bound;

use super::error::{Problem, did_you_mean};
use super::settings::one_of;
use super::training;
use super::value::{Fields, Value};
use crate::recipe::Recipe;

const KEYS: &[&str] = &["layer", "kind", "name", "lr", "weight_decay", "optimizer", "frozen"];
const EXAMPLE: &str = "parameter_groups = [{ kind = \"bias\", weight_decay = 0.0 }]";

/// The groups of a list, checked as far as that goes without the network.
pub(super) fn groups(value: &Value) -> Result<Vec<ParameterGroup>, Problem> {
    let entries = value.array("groups").map_err(|problem| problem.help(format!("write {EXAMPLE}")))?;
    entries.iter().map(group).collect()
}

fn group(value: &Value) -> Result<ParameterGroup, Problem> {
    let fields = Fields::new(value, "a parameter group", KEYS, "{ kind = \"bias\", weight_decay = 0.0 }")?;
    let text = |key: &str| fields.get(key).map(|value| value.line().map(str::to_string)).transpose();
    let kind = one_of(&fields, "kind", &ParameterKind::NAMED.map(|(_, name)| name))?;
    let kind = ParameterKind::NAMED.into_iter().find(|(_, name)| Some(*name) == kind).map(|(kind, _)| kind);
    let select = Selection { layer: text("layer")?, kind, name: text("name")? };
    if select == Selection::default() {
        let help = "add layer = \"conv1\", kind = \"bias\" or name = \"bn*.bias\"";
        return Err(value.problem("a parameter group that selects nothing").help(help));
    }
    Ok(ParameterGroup { select, treatment: treatment(value, &fields)? })
}

fn treatment(value: &Value, fields: &Fields<'_>) -> Result<Treatment, Problem> {
    let number = |key: &str, bound: Bound| {
        fields.get(key).map(|value| value.float(bound.allows, bound.words)).transpose()
    };
    let (lr, weight_decay) = (number("lr", Bound::POSITIVE)?, number("weight_decay", Bound::DECAY)?);
    let optimizer = fields.get("optimizer").map(|value| training::optimizer(&value)).transpose()?;
    let frozen = fields.get("frozen").map_or(Ok(false), |value| value.boolean())?;
    let set = ["lr", "weight_decay"].into_iter().find(|key| fields.get(key).is_some());
    match (frozen, optimizer) {
        (true, None) if set.is_none() => Ok(Treatment::Frozen),
        (true, _) => {
            let message = "a frozen group has neither a rate nor an optimizer";
            Err(fields.problem("frozen", message).help("remove frozen, or the group's other settings"))
        }
        (false, Some((optimizer, lr))) => match set {
            None => Ok(Treatment::Own { optimizer, lr }),
            Some(key) => {
                let message = format!("`{key}` stands beside the group's own optimizer");
                Err(fields.problem(key, message).help("write it among that optimizer's settings"))
            }
        },
        (false, None) if set.is_some() => Ok(Treatment::Changed { lr, weight_decay }),
        (false, None) => {
            let help = "add lr, weight_decay, an optimizer or frozen = true";
            Err(value.problem("a parameter group that changes nothing").help(help))
        }
    }
}

/// A bound on the gradients.
pub(super) fn clip(fields: &Fields<'_>) -> Result<Option<Clip>, Problem> {
    let bound = |key: &str| {
        fields.get(key).map(|value| value.float(Bound::POSITIVE.allows, Bound::POSITIVE.words)).transpose()
    };
    match (bound("clip_grad_norm")?, bound("clip_grad_value")?) {
        (None, None) => Ok(None),
        (Some(most), None) => Ok(Some(Clip::Norm(most))),
        (None, Some(most)) => Ok(Some(Clip::Value(most))),
        (Some(_), Some(_)) => {
            let message = "gradients are clipped by their norm or by their values, not by both";
            Err(fields
                .problem("clip_grad_value", message)
                .help("remove one of clip_grad_norm and clip_grad_value"))
        }
    }
}

/// Refuses groups that do not fit the network; `fields` are the model's.
pub(super) fn check(fields: &Fields<'_>, recipe: &Recipe, network: &Network) -> Result<(), Problem> {
    let Err(error) = recipe.training(0, None).check(network) else { return Ok(()) };
    let entries = fields.get("parameter_groups").map(|value| value.array("groups")).transpose()?;
    let group = error.group().and_then(|group| entries?.into_iter().nth(group));
    let place = match &group {
        None => fields.required("optimizer", "")?.span(),
        Some(group) => {
            let of_group = Fields::new(group, "a parameter group", KEYS, EXAMPLE)?;
            let keys: &[&str] = match error {
                GroupError::UnknownLayer { .. } => &["layer"],
                GroupError::NoMatch { .. } => &["name", "kind"],
                GroupError::NoMatrix { .. } => &["optimizer"],
                GroupError::Taken { .. } | GroupError::AllFrozen { .. } => &[],
            };
            let set = keys.iter().find_map(|key| of_group.get(key));
            set.map_or_else(|| group.span(), |value| value.span())
        }
    };
    Err(Problem::new(place, error.message()).help(meant(&error).unwrap_or_else(|| error.help())))
}

/// What was probably meant by a name that is no layer's or no parameter's.
fn meant(error: &GroupError) -> Option<String> {
    match error {
        GroupError::UnknownLayer { layer, layers, .. } => {
            did_you_mean(layer, layers.iter().map(String::as_str))
        }
        GroupError::NoMatch { name: Some(name), names, .. } => {
            did_you_mean(name, names.iter().map(String::as_str))
        }
        _ => None,
    }
}
