//! A model of a file with other settings: a table made of its own and of settings by their short names.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::value::{Fields, Value};

/// The table that settings stand in behind the text of a file, while it is read.
pub(super) const TABLE: &str = "vary";

/// The text of the file with the settings behind it, each as (key, value).
pub(super) fn text(file: &str, settings: &[(String, String)]) -> String {
    let lines = settings.iter().map(|(key, value)| format!("{key:?} = {value}\n"));
    format!("{file}\n\n[{TABLE}]\n{}", lines.collect::<String>())
}

/// Takes the settings out of what was read.
pub(super) fn taken<'a>(root: &mut Spanned<DeValue<'a>>) -> Option<Spanned<DeValue<'a>>> {
    match root.get_mut() {
        DeValue::Table(table) => table.remove(TABLE),
        _ => None,
    }
}

/// The model's table with these settings. A key that models have, or a variable of the architecture, is that
/// (`is_key`); `schedule.eta_min` is a setting within the table of another key; every other key is a setting of the
/// optimizer. What was published for the model was not published for this one.
pub(super) fn varied_table<'a>(
    model: &Value<'a>,
    settings: &Value<'a>,
    is_key: &dyn Fn(&str) -> bool,
) -> Result<Spanned<DeValue<'a>>, Problem> {
    let mut table = model.table("")?.clone();
    table.remove("published");
    table.remove("on_request");
    let fields = Fields::named(settings, "the settings", "")?;
    // Whole values before what is set within them.
    let (whole, within): (Vec<_>, Vec<_>) =
        fields.raw_entries().into_iter().partition(|(key, _)| is_key(key.get_ref()));
    for (key, value) in whole {
        table.remove(key.get_ref().as_ref());
        table.insert(key.clone(), value.clone());
    }
    for (key, value) in within {
        let (outer, inner) = match key.get_ref().split_once('.') {
            Some((outer, inner)) => (outer, inner),
            None => ("optimizer", key.get_ref().as_ref()),
        };
        let place = key.span();
        if !is_key(outer) {
            let message = format!("models have no key `{outer}`, so that nothing can be set within it");
            return Err(Problem::new(place, message).help("name a setting as `lr` or `schedule.eta_min`"));
        }
        let Some(target) = table.get_mut(outer) else {
            let message = format!("the model sets no `{outer}`, so that `{inner}` cannot be set within it");
            return Err(Problem::new(place, message).help(format!("vary `{outer}` as a whole")));
        };
        let settings = settings_of(target).ok_or_else(|| {
            Problem::new(place.clone(), format!("`{outer}` is no table of one key, with settings below it"))
                .help(format!("vary `{outer}` as a whole"))
        })?;
        settings.remove(inner);
        settings.insert(Spanned::new(place, Cow::Owned(inner.to_owned())), value.clone());
    }
    Ok(Spanned::new(model.span(), DeValue::Table(table)))
}

/// The settings in `{ NAME = { ... } }`, or of the bare `"NAME"`, which becomes such a table.
fn settings_of<'t, 'a>(value: &'t mut Spanned<DeValue<'a>>) -> Option<&'t mut DeTable<'a>> {
    let span = value.span();
    if let DeValue::String(name) = value.get_ref() {
        let mut table = DeTable::new();
        let empty = Spanned::new(span.clone(), DeValue::Table(DeTable::new()));
        table.insert(Spanned::new(span, name.clone()), empty);
        *value.get_mut() = DeValue::Table(table);
    }
    match value.get_mut() {
        DeValue::Table(table) if table.len() == 1 => match table.iter_mut().next()?.1.get_mut() {
            DeValue::Table(settings) => Some(settings),
            _ => None,
        },
        _ => None,
    }
}
