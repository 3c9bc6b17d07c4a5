//! `[factors]`: settings that are varied together.

use super::error::{Problem, did_you_mean, list_of};
use super::model::Architecture;
use super::names::check_name;
use super::value::{Fields, Value};
use crate::recipe::factor_settings;
use crate::study::FactorGroup;

const EXAMPLE: &str = "training = [\"optimizer\", \"epochs\"] under [factors]";

/// The groups in the order of the file. Every setting stands in one of them at most, and no group has the name
/// of a setting that it does not hold.
pub(super) fn factors(value: &Value, architectures: &[Architecture]) -> Result<Vec<FactorGroup>, Problem> {
    let mut known: Vec<&str> = factor_settings().collect();
    known.extend(architectures.iter().flat_map(Architecture::variable_names));
    let mut groups: Vec<FactorGroup> = vec![];
    for (name, span, value) in Fields::named(value, "factors", EXAMPLE)?.entries() {
        check_name(name, "factor", span.clone())?;
        let entries = value.array("settings")?;
        if entries.is_empty() {
            let help = format!("write {EXAMPLE}, or remove it");
            return Err(value.problem(format!("the factor `{name}` groups nothing")).help(help));
        }
        let mut settings: Vec<String> = vec![];
        for entry in &entries {
            let setting = entry.string()?;
            if !known.contains(&setting) {
                let help = did_you_mean(setting, known.iter().copied())
                    .unwrap_or_else(|| format!("the settings are {}", list_of(known.iter().copied())));
                return Err(entry.problem(format!("there is no setting `{setting}`")).help(help));
            }
            let taken = groups.iter().find(|group| group.settings.iter().any(|s| s == setting));
            if let Some(FactorGroup { name: other, .. }) = taken {
                let message = format!("`{setting}` belongs to the factor `{other}` already");
                return Err(entry.problem(message).help("name each setting in one factor"));
            }
            if settings.iter().any(|known| known == setting) {
                let message = format!("`{setting}` is there twice");
                return Err(entry.problem(message).help("name each setting once"));
            }
            settings.push(setting.to_string());
        }
        if known.contains(&name) && !settings.iter().any(|setting| setting == name) {
            let message = format!("the factor `{name}` has the name of a setting that it does not hold");
            return Err(Problem::new(span, message)
                .help(format!("choose another name for it, or add \"{name}\" to its settings")));
        }
        groups.push(FactorGroup { name: name.to_string(), settings });
    }
    Ok(groups)
}
