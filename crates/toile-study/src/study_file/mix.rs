//! Models that stand between two models of a file: a table made of two.

use toml::Spanned;
use toml::de::DeValue;

use super::error::Problem;
use super::value::Value;

/// A model with some keys as `second` sets them, and the rest as `first` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix<'m> {
    /// What it is called.
    pub name: &'m str,
    /// A model of the file.
    pub first: &'m str,
    /// Another one.
    pub second: &'m str,
    /// Keys of `[model.NAME]`, variables included. One that `second` leaves out is left out here too.
    pub keys: &'m [String],
}

/// The table of the mix. Its values keep their places in the file. It is on request, and what was published for
/// a model was not published for this one.
pub(super) fn mixed_table<'a>(
    mix: &Mix<'_>,
    models: &[(&str, Value<'a>)],
) -> Result<Spanned<DeValue<'a>>, Problem> {
    let table = |name: &str| {
        let found = models.iter().find(|(known, _)| *known == name);
        found.ok_or_else(|| Problem::new(0..0, format!("the study has no model `{name}`")))?.1.table("")
    };
    let (mut mixed, second) = (table(mix.first)?.clone(), table(mix.second)?);
    for key in mix.keys.iter().map(String::as_str) {
        mixed.remove(key);
        if let Some((key, value)) = second.get_key_value(key) {
            mixed.insert(key.clone(), value.clone());
        }
    }
    mixed.remove("published");
    let span = models.iter().find(|(name, _)| *name == mix.first).map_or(0..0, |(_, value)| value.span());
    Ok(Spanned::new(span, DeValue::Table(mixed)))
}
