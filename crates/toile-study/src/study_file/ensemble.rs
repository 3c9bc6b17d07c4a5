//! `[ensemble.NAME]`: runs that answer together.

use super::error::{Problem, did_you_mean, list_of};
use super::names::{check_name, check_not_reserved};
use super::value::{Fields, Value};
use crate::study::EnsembleOf;

const EXAMPLE: &str = "[ensemble.three] with of = \"NAME\" and size = 3";
/// More runs together than anybody waits for.
const SIZE_MAX: u64 = 1000;

/// The ensembles in the order of the file; `models` are those that it has, each with so many seeds.
pub(super) fn ensembles(value: &Value, models: &[&str], seeds: usize) -> Result<Vec<EnsembleOf>, Problem> {
    let mut found: Vec<EnsembleOf> = Vec::new();
    for (name, span, value) in Fields::named(value, "ensemble", EXAMPLE)?.entries() {
        check_name(name, "ensemble", span.clone())?;
        check_not_reserved(name, span.clone())?;
        let known = models.iter().copied().chain(found.iter().map(|of| of.name.as_str()));
        if let Some(other) = known.into_iter().find(|other| other.eq_ignore_ascii_case(name)) {
            let message = format!("`{other}` has the name of the ensemble `{name}` already");
            return Err(Problem::new(span, message).help("choose another name for one of them"));
        }
        let what = format!("ensemble `{name}`");
        let fields = Fields::new(&value, what.clone(), &["of", "size"], EXAMPLE)?;
        let of = members(&fields.required("of", "of = \"NAME\", the name of a model")?, models)?;
        let bound = format!("1 to {SIZE_MAX}, how many seeds of each model answer together");
        let size = fields.get("size").map_or(Ok(1), |v| v.integer(1..=SIZE_MAX, &bound))? as usize;
        if size * of.len() < 2 {
            return Err(fields
                .problem("size", format!("{what} has one member: that is the model itself"))
                .help("write size = 3 for three seeds of the model, or name several models"));
        }
        if size > seeds {
            let plural = if seeds == 1 { "" } else { "s" };
            return Err(fields
                .problem(
                    "size",
                    format!(
                        "{what} takes {size} seeds of each model, and the study has {seeds} seed{plural}"
                    ),
                )
                .help(format!("write seeds = {} above the first [table] for three groups", 3 * size)));
        }
        found.push(EnsembleOf { name: name.to_string(), of, size });
    }
    Ok(found)
}

/// A model, or a list of them.
fn members(value: &Value, models: &[&str]) -> Result<Vec<String>, Problem> {
    let entries = match value.as_str() {
        Some(_) => vec![value.clone()],
        None => value.array("names of models")?,
    };
    let mut of: Vec<String> = Vec::new();
    for entry in &entries {
        let name = entry.string()?;
        if !models.contains(&name) {
            let help = did_you_mean(name, models.iter().copied())
                .unwrap_or_else(|| format!("the file has {}", list_of(models.iter().copied())));
            return Err(entry.problem(format!("there is no model `{name}`")).help(help));
        }
        if of.iter().any(|known| known == name) {
            return Err(entry
                .problem(format!("`{name}` is there twice"))
                .help("for several seeds of it write size = 3"));
        }
        of.push(name.to_string());
    }
    match of.is_empty() {
        true => Err(value.problem("the ensemble has no members").help("name a model of the file")),
        false => Ok(of),
    }
}
