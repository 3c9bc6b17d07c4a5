//! From the text to a study: parsed by itself, then bound to a data set.

use std::path::Path;

use toile_data::catalog::{CATALOG, CatalogEntry, find};
use toile_data::source::Location;
use toile_data::{DataSource, DatasetInfo};
use toile_nn::description::Layer;

use super::augment;
use super::document::{Document, Names};
use super::error::{Problem, did_you_mean, list_of};
use super::layers::LayerReader;
use super::mix::{Mix, mixed_table};
use super::model::{bind as bind_model, is_key, model};
use super::syntax::root;
use super::training;
use super::value::{Fields, Value};
use super::vary;
use crate::recipe::{Recipe, Validation};
use crate::study::{Model, Study};

pub(super) fn study(source: &str) -> Result<Study, Problem> {
    let root = root(source)?;
    let document = Document::read(&root, Names::Checked)?;
    let context = document.context();
    let models = document.models.iter().map(|(name, value)| model(name, value, &context));
    Ok(document.study(models.collect::<Result<_, _>>()?))
}

/// The recipe of the one model of a resolved configuration. Names are not looked at: those of today's rules may be
/// others than those of its day.
pub(super) fn recipe(source: &str) -> Result<Recipe, Problem> {
    let root = root(source)?;
    let document = Document::read(&root, Names::Any)?;
    match &document.models[..] {
        [(name, value)] => Ok(model(name, value, &document.context())?.recipe),
        _ => Err(Problem::new(0..0, "a run's configuration has one model")),
    }
}

/// The layers of a text that has nothing but `layers = [...]`, all of their settings as they are.
pub(super) fn layers(source: &str) -> Result<Vec<Layer>, Problem> {
    let root = root(source)?;
    let fields = Fields::new(&Value::new("the network", &root), "the network", &["layers"], LAYERS)?;
    let layers = fields.required("layers", LAYERS)?;
    let mut reader = LayerReader::check(vec![]);
    let read = reader.layers(&layers)?;
    match reader.variables.first() {
        None => Ok(read),
        Some(used) => {
            let message = format!("{} is `{}`, and there is no model that sets it", used.of, used.name);
            Err(Problem::new(used.span.clone(), message).help("write its value"))
        }
    }
}

const LAYERS: &str = "layers = [..., \"LogSoftmax\"]";

/// The data set of the study, from the catalogue; none where the study brings its own.
pub(super) fn in_catalog(source: &str) -> Result<Option<&'static CatalogEntry>, Problem> {
    let root = root(source)?;
    let document = Document::read(&root, Names::Checked)?;
    if document.source.location != Location::Catalog {
        return Ok(None);
    }
    let (value, name) = (document.dataset()?, &document.source.name);
    find(name).map(Some).ok_or_else(|| {
        let names = || CATALOG.iter().map(|entry| entry.name);
        let help = match did_you_mean(name, names()) {
            _ if Path::new(name).is_dir() => {
                format!("for pictures of your own write dataset = {{ folder = \"{name}\" }}")
            }
            Some(help) => help,
            None => format!("the data sets are {}, or {{ folder = \"...\" }}", list_of(names())),
        };
        value.problem(format!("there is no data set `{name}`")).help(help)
    })
}

/// The data set of a resolved configuration, as [`recipe`] reads it.
pub(super) fn data_source(source: &str) -> Result<DataSource, Problem> {
    let root = root(source)?;
    Ok(Document::read(&root, Names::Any)?.source)
}

/// Checks a study against its data set, and fills in what the file leaves to it; `study` is what the source was
/// parsed to.
pub(super) fn bind(source: &str, study: &mut Study, data: &DatasetInfo) -> Result<(), Problem> {
    let root = root(source)?;
    let document = Document::read(&root, Names::Checked)?;
    study.data = data.clone();
    // What was left open is known now, and goes with the runs.
    if matches!(study.source.location, Location::Folders(_) | Location::Table { .. }) {
        let [channels, height, width] = data.image_shape;
        (study.source.channels, study.source.image_size) = (Some(channels), Some([height, width]));
    }
    if let Some(value) = document.get("normalization") {
        training::check_channels(&value, data.image_shape[0])?;
    }
    if let Some(value) = document.get("augment") {
        augment::check_fits(&value, data.image_shape)?;
    }
    match document.get("validation").zip(study.validation()) {
        Some((value, Validation::Share(share))) => check_held_out(&value, share, data)?,
        Some((value, Validation::Part)) if data.validation_images == 0 => {
            let message = format!("{} sets no images aside for validation", data.name);
            return Err(value
                .problem(message)
                .help("add a folder val/ beside train/ and test/, or write a share, as 0.1"));
        }
        _ => {}
    }
    for (model, (_, value)) in study.models.iter_mut().zip(&document.models) {
        bind_model(model, value, &document.architectures, data)?;
    }
    Ok(())
}

/// Refuses a share that holds out no image. A class of n images gives round(n * share); the classes of a data set
/// in the catalogue are about equal in size.
fn check_held_out(value: &Value, share: f64, data: &DatasetInfo) -> Result<(), Problem> {
    let of_class = data.train_images as f64 / data.class_names.len() as f64;
    if (of_class * share).round() >= 1.0 {
        return Ok(());
    }
    let message =
        format!("{}: {share} of the {of_class} training images of a class rounds to none", value.what);
    // A little more than the half that is rounded up.
    let least = 0.51 / of_class;
    Err(value
        .problem(message)
        .help(format!("choose {least:.1e} or more, as 0.1: the images are held out class by class")))
}

/// The model with other settings, which stand behind the text (see [`vary`]), checked as if it stood in the file.
pub(super) fn varied(source: &str, name: &str, data: &DatasetInfo) -> Result<Model, Problem> {
    let mut root = root(source)?;
    let settings = vary::taken(&mut root).ok_or_else(|| Problem::new(0..0, "there are no settings"))?;
    let document = Document::read(&root, Names::Checked)?;
    let found = document.models.iter().find(|(known, _)| *known == name);
    let (_, of_file) = found.ok_or_else(|| Problem::new(0..0, format!("the study has no model `{name}`")))?;
    let is_key = |key: &str| is_key(key, of_file, &document.architectures);
    let table = vary::varied_table(of_file, &Value::new("the settings", &settings), &is_key)?;
    let value = Value::new(format!("model `{name}`"), &table);
    let mut varied = model(name, &value, &document.context())?;
    bind_model(&mut varied, &value, &document.architectures, data)?;
    Ok(varied)
}

/// The models that the mixes come to, checked as if each stood in the file.
pub(super) fn mixed(source: &str, mixes: &[Mix<'_>], data: &DatasetInfo) -> Result<Vec<Model>, Problem> {
    let root = root(source)?;
    let document = Document::read(&root, Names::Checked)?;
    let tables = mixes.iter().map(|mix| mixed_table(mix, &document.models)).collect::<Result<Vec<_>, _>>()?;
    let context = document.context();
    let models = mixes.iter().zip(&tables).map(|(mix, table)| {
        let Mix { name, first, second, .. } = mix;
        let of = |problem: Problem| {
            problem.note(format!("as `{name}`, a mixture of `{first}` and `{second}`, would have it"))
        };
        let value = Value::new("the mixed model", table);
        let mut model = model(name, &value, &context).map_err(of)?;
        bind_model(&mut model, &value, &document.architectures, data).map_err(of)?;
        Ok(model)
    });
    models.collect()
}
