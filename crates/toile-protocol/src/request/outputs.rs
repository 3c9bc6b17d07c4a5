//! Which tensors the answer has.

use super::document::RequestedOutput;
use super::fields::Whole;
use super::place::{quoted, refused};
use crate::types::{ModelFacts, Output, Refusal, WantedOutput};

/// Those that are asked for in their order, or all of them. `is_binary`: where an output does not say it itself.
pub(super) fn wanted(
    requested: Vec<RequestedOutput>,
    is_binary: bool,
    facts: &ModelFacts,
) -> Result<Vec<WantedOutput>, Refusal> {
    if requested.is_empty() {
        let all = |output| WantedOutput { output, binary: is_binary, classification: None };
        return Ok(Output::ALL.map(all).to_vec());
    }
    // At most as many as there are: the first that is unknown or there twice ends it.
    let mut wanted: Vec<WantedOutput> = Vec::new();
    for (index, RequestedOutput { name, parameters }) in requested.into_iter().enumerate() {
        let place = format!("outputs[{index}]");
        let Some(name) = name else {
            let names = Output::ALL.map(Output::name).join(", ");
            return Err(refused(format!("{place}.name: is missing; ask for some of {names}")));
        };
        let Some(output) = Output::ALL.into_iter().find(|output| output.name() == name) else {
            let names = Output::ALL.map(Output::name).join(", ");
            return Err(refused(format!(
                "{place}.name: there is no output {}; ask for some of {names}",
                quoted(&name)
            )));
        };
        if wanted.iter().any(|other| other.output == output) {
            return Err(refused(format!("{place}.name: {name} is asked for twice; ask once")));
        }
        let parameters = parameters.unwrap_or_default();
        if parameters.shared_memory_region.is_some() {
            return Err(refused(format!(
                "{place}.parameters.shared_memory_region: there is no shared memory here; leave it out"
            )));
        }
        let classification = match parameters.classification {
            Some(Whole(count)) => Some(classes(count, output, &place, facts)?),
            None => None,
        };
        wanted.push(WantedOutput {
            output,
            binary: parameters.binary_data.unwrap_or(is_binary),
            classification,
        });
    }
    Ok(wanted)
}

/// How many of the most probable classes are wanted.
fn classes(count: u64, output: Output, place: &str, facts: &ModelFacts) -> Result<usize, Refusal> {
    let classes = facts.class_names.len();
    let place = format!("{place}.parameters.classification");
    if output != Output::Probabilities {
        return Err(refused(format!(
            "{place}: {} has no classes to choose from; ask for it of probabilities",
            output.name()
        )));
    }
    match usize::try_from(count) {
        Ok(count) if (1..=classes).contains(&count) => Ok(count),
        _ => Err(refused(format!(
            "{place}: is {count}, but the model has {classes} classes; ask for 1 to {classes}"
        ))),
    }
}
