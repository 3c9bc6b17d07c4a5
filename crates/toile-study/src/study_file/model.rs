//! One `[model.NAME]` table with its architecture.

use std::ops::Range;

use toile_data::DatasetInfo;
use toile_kernels::precision::Precision;
use toile_nn::description::{Layer, Network};
use toile_nn::schedule::{LearningRate, Schedule};
use toile_pixels::augment::Transform;
use toml::de::DeTable;

use super::error::{Problem, did_you_mean, list_of};
use super::layers::{LayerReader, VariableUse, place_of};
use super::value::{Fields, Value};
use super::{augment, average, balance, groups, published, test_time, training};
use crate::cross_validation::CrossValidation;
use crate::recipe::{ClassWeights, JudgedBy, Loss, Normalization, Recipe, Sampler, Validation, rules};
use crate::study::Model;

const KEYS: &[&str] = &[
    "architecture",
    "optimizer",
    "parameter_groups",
    "clip_grad_norm",
    "clip_grad_value",
    "epochs",
    "batch_size",
    "precision",
    "loss",
    "label_smoothing",
    "class_weights",
    "sampler",
    "schedule",
    "warmup_epochs",
    "ema",
    "swa",
    "lookahead",
    "normalization",
    "augment",
    "early_stopping",
    "test_time_augmentation",
    "on_request",
    "published",
];

/// Keys people look for in a model, and where they are.
const ELSEWHERE: &[(&str, &str)] = &[
    ("lr", "the learning rate belongs to the optimizer: optimizer = { Adam = { lr = 0.001 } }"),
    ("learning_rate", "the learning rate belongs to the optimizer: optimizer = { Adam = { lr = 0.001 } }"),
    ("momentum", "the momentum belongs to the optimizer: optimizer = { SGD = { momentum = 0.9 } }"),
    (
        "weight_decay",
        "the weight decay belongs to the optimizer: optimizer = { AdamW = { weight_decay = 0.01 } }",
    ),
    ("param_groups", "write parameter_groups = [{ kind = \"bias\", weight_decay = 0.0 }]"),
    ("frozen", "write parameter_groups = [{ layer = \"conv1\", frozen = true }]"),
    ("freeze", "write parameter_groups = [{ layer = \"conv1\", frozen = true }]"),
    ("gradient_clipping", "write clip_grad_norm = 1.0, or clip_grad_value = 0.1"),
    ("augmentation", "write augment = [\"RandomHorizontalFlip\"]"),
    ("transforms", "write augment = [\"RandomHorizontalFlip\"]"),
    ("class_weight", "write class_weights = \"balanced\", or a table of weights by the names of classes"),
    ("weight", "write class_weights = \"balanced\", or a table of weights by the names of classes"),
    ("patience", "write early_stopping = { patience = 5 }"),
    ("tta", "write test_time_augmentation = { flip = true }"),
    ("seed", "the seeds belong to the study: write `seeds` above the first [table]"),
    ("seeds", "the seeds belong to the study: write `seeds` above the first [table]"),
    ("dataset", "the data set belongs to the study: write `dataset` above the first [table]"),
    ("validation", "the validation split belongs to the study: write `validation` above the first [table]"),
    ("cross_validation", "the folds belong to the study: write `cross_validation` above the first [table]"),
    ("folds", "write cross_validation = { folds = 5 } above the first [table]"),
    ("repeats", "write cross_validation = { folds = 5, repeats = 2 } above the first [table]"),
    ("margin", "the margin belongs to the comparison: write `margin` under [comparison]"),
    ("metric", "the metric belongs to the comparison: write `metric` under [comparison]"),
    ("alpha", "alpha belongs to the comparison: write `alpha` under [comparison]"),
    ("layers", "layers belong to an architecture: write them under [architecture.NAME]"),
    ("name", "the model's name is the one in [model.NAME]"),
    ("title", "the title belongs to the study: write `title` above the first [table]"),
];

/// An `[architecture.NAME]` table, checked as far as that goes without its variables' values.
pub(super) struct Architecture<'a> {
    name: &'a str,
    layers: Value<'a>,
    variables: Vec<VariableUse>,
}

impl<'a> Architecture<'a> {
    /// `keys` are those that models set.
    pub(super) fn new(name: &'a str, value: &Value<'a>, keys: Vec<&str>) -> Result<Self, Problem> {
        let what = format!("architecture `{name}`");
        let fields = Fields::new(value, what, &["layers"], "layers = [...] under [architecture.NAME]")?;
        let layers = fields.required("layers", "layers = [..., \"LogSoftmax\"]")?;
        let mut reader = LayerReader::check(keys);
        if reader.layers(&layers)?.is_empty() {
            let help = "list at least Flatten, Linear and LogSoftmax";
            return Err(layers.problem("the network has no layers").help(help));
        }
        let mut variables: Vec<VariableUse> = vec![];
        for used in reader.variables {
            if KEYS.contains(&used.name.as_str()) {
                let message = format!("`{}` cannot be a variable: models have a key of that name", used.name);
                return Err(Problem::new(used.span, message).help("choose another name for it"));
            }
            if variables.iter().all(|known| known.name != used.name) {
                variables.push(used);
            }
        }
        Ok(Architecture { name, layers, variables })
    }

    pub(super) fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|variable| variable.name.as_str())
    }
}

/// The keys of a file's models of an architecture that can be variables; of all its models, where none is of that.
pub(super) fn keys_of<'a>(models: Option<&Value<'a>>, architecture: &str) -> Vec<&'a str> {
    let tables = models.and_then(Value::as_table).into_iter().flatten();
    let tables: Vec<_> = tables.filter_map(|(_, model)| model.get_ref().as_table()).collect();
    let is_of = |model: &&&DeTable| {
        let named = model.get("architecture").and_then(|value| value.get_ref().as_str());
        named == Some(architecture)
    };
    let of: Vec<_> = tables.iter().filter(is_of).copied().collect();
    let keys = if of.is_empty() { tables } else { of }.into_iter().flatten();
    keys.map(|(key, _)| key.get_ref().as_ref()).filter(|key| !KEYS.contains(key)).collect()
}

/// What the study says about all its models.
pub(super) struct Context<'s, 'a> {
    pub(super) dataset: &'s str,
    pub(super) validation: Option<Validation>,
    pub(super) cross_validation: Option<CrossValidation>,
    pub(super) judged_by: JudgedBy,
    pub(super) normalization: Normalization,
    pub(super) augment: &'s [Transform],
    pub(super) architectures: &'s [Architecture<'a>],
}

/// Whether a model's table may have this key: one of its own, or a variable of its architecture.
pub(super) fn is_key(key: &str, value: &Value<'_>, architectures: &[Architecture<'_>]) -> bool {
    let of_model = || {
        let fields = open("", value).ok()?;
        find_architecture(&fields, architectures).ok()
    };
    KEYS.contains(&key) || of_model().is_some_and(|of| of.variable_names().any(|name| name == key))
}

/// Reads the table of model `name`.
pub(super) fn model<'a>(name: &str, value: &Value<'a>, study: &Context<'_, 'a>) -> Result<Model, Problem> {
    let what = format!("model `{name}`");
    let fields = open(name, value)?;
    let architecture = find_architecture(&fields, study.architectures)?;
    refuse_unknown_keys(&fields, &what, architecture)?;
    let layers = layers(&fields, value.span(), &what, architecture)?;
    Ok(Model {
        name: name.to_string(),
        on_request: fields.get("on_request").map_or(Ok(false), |v| v.boolean())?,
        published: fields.get("published").map(|v| published::published(&v)).transpose()?,
        architecture: architecture.name.to_string(),
        variables: variables(&fields, architecture),
        recipe: recipe(&fields, layers, study)?,
    })
}

fn open<'a>(name: &str, value: &Value<'a>) -> Result<Fields<'a>, Problem> {
    Fields::named(value, format!("model `{name}`"), "epochs = 20 and so on under [model.NAME]")
}

fn recipe(fields: &Fields<'_>, layers: Vec<Layer>, study: &Context<'_, '_>) -> Result<Recipe, Problem> {
    let example = "optimizer = { SGD = { lr = 0.001 } }";
    let (optimizer, base) = training::optimizer(&fields.required("optimizer", example)?)?;
    let epochs =
        fields.required("epochs", "epochs = 20")?.integer(rules::EPOCHS, rules::EPOCHS_BOUND)? as u32;
    let batch_size = fields.required("batch_size", "batch_size = 128")?;
    let batch_size = batch_size.integer(rules::BATCH_SIZE, rules::BATCH_SIZE_BOUND)? as usize;
    let precision = fields.get("precision").map_or(Ok(Precision::default()), |v| precision(&v))?;
    let loss = fields.get("loss").map_or(Ok(Loss::default()), |v| loss(&v))?;
    let inside =
        |v: Value| v.float(|x| (0.0..1.0).contains(&x), "a number from 0 up to, but not including, 1");
    let label_smoothing = fields.get("label_smoothing").map_or(Ok(0.0), inside)?;
    let schedule = fields.get("schedule").map_or(Ok(Schedule::Constant), |v| training::schedule(&v))?;
    let warmup = |v: Value| v.integer(rules::warmup(epochs), &rules::warmup_bound(epochs));
    let warmup_epochs = fields.get("warmup_epochs").map_or(Ok(0), warmup)? as u32;
    let normalization = match fields.get("normalization") {
        Some(v) => training::normalization(&v)?,
        None => study.normalization.clone(),
    };
    let augment = match fields.get("augment") {
        Some(v) => augment::augment(&v)?,
        None => study.augment.to_vec(),
    };
    Ok(Recipe {
        dataset: study.dataset.to_string(),
        validation: study.validation,
        cross_validation: study.cross_validation.clone(),
        judged_by: study.judged_by,
        layers,
        normalization,
        augment,
        optimizer,
        parameter_groups: fields.get("parameter_groups").map_or(Ok(vec![]), |v| groups::groups(&v))?,
        clip: groups::clip(fields)?,
        average: average::average(fields)?,
        learning_rate: LearningRate { base, schedule, warmup_epochs },
        epochs,
        batch_size,
        precision,
        loss,
        label_smoothing,
        class_weights: fields
            .get("class_weights")
            .map_or(Ok(ClassWeights::default()), |v| balance::weights(&v))?,
        sampler: fields.get("sampler").map_or(Ok(Sampler::default()), |v| balance::sampler(&v))?,
        early_stopping: fields.get("early_stopping").map(|v| patience(&v, study.validation)).transpose()?,
        test_time_augmentation: fields
            .get("test_time_augmentation")
            .map(|v| test_time::augmentation(&v))
            .transpose()?,
    })
}

/// The variables of the architecture that the model sets.
fn variables(fields: &Fields<'_>, architecture: &Architecture<'_>) -> Vec<(String, String)> {
    let set = architecture.variable_names().filter_map(|variable| {
        let value = fields.get(variable)?;
        Some((variable.to_string(), value.plain_text()?))
    });
    set.collect()
}

/// Checks what of a model depends on the data set, and fills in the normalisation that the file leaves out.
pub(super) fn bind<'a>(
    model: &mut Model,
    value: &Value<'a>,
    architectures: &[Architecture<'a>],
    data: &DatasetInfo,
) -> Result<(), Problem> {
    let fields = open(&model.name, value)?;
    let architecture = find_architecture(&fields, architectures)?;
    let network = check_network(model, architecture, data)?;
    groups::check(&fields, &model.recipe, &network)?;
    let (most, of) = match &model.recipe.cross_validation {
        None => (data.train_images, ""),
        Some(CrossValidation { folds, .. }) => (outside_a_fold(data.train_images, *folds), "outside a fold "),
    };
    let most = most as u64;
    let bound = format!("1 to {most}, the number of training images {of}of {}", data.name);
    fields.required("batch_size", "batch_size = 128")?.integer(1..=most, &bound)?;
    if let Some(value) = fields.get("normalization") {
        training::check_channels(&value, data.image_shape[0])?;
    }
    if let Some(value) = fields.get("augment") {
        augment::check_fits(&value, data.image_shape)?;
    }
    if let Some(value) = fields.get("class_weights") {
        balance::check_classes(&value, data)?;
    }
    if let Some(value) = fields.get("test_time_augmentation") {
        test_time::check_fits(&value, data.image_shape)?;
    }
    if let Some(value) = fields.get("published") {
        published::check(&value, data)?;
    }
    if model.recipe.normalization == Normalization::default() {
        model.recipe.normalization = Normalization::none(data.image_shape[0]);
    }
    Ok(())
}

/// Images that are trained on where one of so many folds is left out.
fn outside_a_fold(images: usize, folds: u32) -> usize {
    images - images.div_ceil(folds as usize)
}

fn check_network(
    model: &Model,
    architecture: &Architecture<'_>,
    data: &DatasetInfo,
) -> Result<Network, Problem> {
    let fits = model.recipe.network(data.image_shape, data.class_names.len());
    fits.map_err(|error| {
        let place = place_of(&architecture.layers, &error.path);
        let mut problem = Problem::new(place, error.message).help(error.help);
        let set: Vec<String> =
            model.variables.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        if !set.is_empty() {
            problem = problem.note(format!("for model `{}`, which sets {}", model.name, set.join(", ")));
        }
        problem
    })
}

fn find_architecture<'s, 'a>(
    fields: &Fields<'a>,
    architectures: &'s [Architecture<'a>],
) -> Result<&'s Architecture<'a>, Problem> {
    let value = fields.required("architecture", "architecture = \"NAME\" for an [architecture.NAME]")?;
    let name = value.string()?;
    architectures.iter().find(|architecture| architecture.name == name).ok_or_else(|| {
        let names = || architectures.iter().map(|architecture| architecture.name);
        let help = did_you_mean(name, names()).unwrap_or_else(|| match architectures {
            [] => format!("describe it under [architecture.{name}]"),
            _ => format!("the file has {}", list_of(names())),
        });
        value.problem(format!("there is no architecture `{name}`")).help(help)
    })
}

fn refuse_unknown_keys(fields: &Fields, what: &str, architecture: &Architecture) -> Result<(), Problem> {
    let known: Vec<&str> = KEYS.iter().copied().chain(architecture.variable_names()).collect();
    let Some((key, span)) = fields.unknown(&known) else { return Ok(()) };
    let message = format!(
        "{what} has no key `{key}`, and its architecture `{}` no variable of that name",
        architecture.name
    );
    let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == key).map(|(_, help)| help.to_string());
    let help = elsewhere.or_else(|| did_you_mean(key, known.iter().copied())).unwrap_or_else(|| {
        format!(
            "remove it, or name it in a layer of the architecture, as {{ Dropout = {{ p = \"{key}\" }} }}"
        )
    });
    Err(Problem::new(span, message).help(help))
}

fn layers<'a>(
    fields: &Fields<'a>,
    place: Range<usize>,
    what: &str,
    architecture: &Architecture<'a>,
) -> Result<Vec<Layer>, Problem> {
    for variable in &architecture.variables {
        if fields.get(&variable.name).is_none() {
            let message = format!(
                "{what} does not set `{}`, which its architecture `{}` uses as {}",
                variable.name, architecture.name, variable.of
            );
            let help = format!("add {} = {}", variable.name, variable.example);
            return Err(Problem::new(place, message).help(help));
        }
    }
    LayerReader::fill(fields).layers(&architecture.layers)
}

fn precision(value: &Value) -> Result<Precision, Problem> {
    let written = value.string()?;
    Precision::named(written).ok_or_else(|| {
        let help = match written {
            "bfloat16" => "write \"bf16\"",
            "float32" => "write \"f32\", or leave the key out",
            _ => "write \"bf16\", or \"f32\", which is what it is without the key",
        };
        value.problem(format!("there is no precision `{written}`")).help(help)
    })
}

fn loss(value: &Value) -> Result<Loss, Problem> {
    match value.string()? {
        "nll_loss" => Ok(Loss::NllLoss),
        other => {
            let help = match other {
                "cross_entropy" | "CrossEntropyLoss" => {
                    "write \"nll_loss\": after LogSoftmax, which ends every network here, it is the cross entropy"
                }
                _ => "write \"nll_loss\", the negative log likelihood, or leave the key out",
            };
            Err(value.problem(format!("there is no loss `{other}`")).help(help))
        }
    }
}

fn patience(value: &Value, validation: Option<Validation>) -> Result<u32, Problem> {
    const EXAMPLE: &str = "early_stopping = { patience = 5 }";
    let fields = Fields::new(value, "early_stopping", &["patience"], EXAMPLE)?;
    let patience = fields.required("patience", "patience = 5")?;
    let patience = patience.integer(1..=100_000, "1 to 100000 epochs")? as u32;
    if validation.is_none() {
        let help = "add validation = 0.1 at the top of the file: the test images may not decide when to stop";
        return Err(value.problem("early_stopping needs a validation split").help(help));
    }
    Ok(patience)
}
