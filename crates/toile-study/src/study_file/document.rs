//! The study's own keys, and the tables under them.

use toile_data::source::Location;
use toile_data::{DataSource, DatasetInfo};
use toile_pixels::augment::Transform;
use toml::Spanned;
use toml::de::DeValue;

use super::augment;
use super::comparison::comparison;
use super::cross_validation::{InFolds, cross_validation};
use super::dataset;
use super::ensemble;
use super::error::Problem;
use super::factors;
use super::model::{Architecture, Context, keys_of};
use super::names::{check_draws_apart, check_name, check_not_reserved};
use super::training;
use super::value::{Fields, Value};
use crate::cross_validation::CrossValidation;
use crate::evidence::settings::ComparisonSettings;
use crate::recipe::rules::SEEDS_MAX;
use crate::recipe::{JudgedBy, Normalization, Validation};
use crate::study::{EnsembleOf, FactorGroup, Model, Study};

const KEYS: &[&str] = &[
    "name",
    "title",
    "note",
    "dataset",
    "seeds",
    "validation",
    "cross_validation",
    "judged_by",
    "normalization",
    "augment",
    "comparison",
    "architecture",
    "model",
    "factors",
    "ensemble",
];

/// Which names a file may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Those that can be folders and are not Toile's own.
    Checked,
    /// Any: nothing is written under them.
    Any,
}

/// All of a file but what its models set.
pub(super) struct Document<'a> {
    fields: Fields<'a>,
    name: String,
    title: String,
    note: String,
    pub(super) source: DataSource,
    seeds: Vec<u64>,
    comparison: ComparisonSettings,
    factors: Vec<FactorGroup>,
    ensembles: Vec<EnsembleOf>,
    validation: Option<Validation>,
    cross_validation: Option<CrossValidation>,
    judged_by: JudgedBy,
    normalization: Normalization,
    augment: Vec<Transform>,
    pub(super) architectures: Vec<Architecture<'a>>,
    /// In the order of the file.
    pub(super) models: Vec<(&'a str, Value<'a>)>,
}

impl<'a> Document<'a> {
    pub(super) fn read(root: &'a Spanned<DeValue<'a>>, names: Names) -> Result<Self, Problem> {
        let fields = Fields::new(&Value::new("the study", root), "the study", KEYS, "")?;
        let name = fields.required("name", "name = \"my-study\"")?;
        let (name, place) = (name.string()?, name.span());
        if names == Names::Checked {
            check_name(name, "study", place)?;
        }
        let text = |key: &str| fields.get(key).map_or(Ok(""), |v| v.line()).map(str::to_string);
        let (title, note) = (text("title")?, text("note")?);
        let mut source = dataset::source(&fields.required("dataset", dataset::EXAMPLE)?)?;
        let mut seeds = fields.get("seeds").map_or(Ok(vec![0]), |v| seeds(&v))?;
        let in_folds = fields.get("cross_validation").map(|v| cross_validation(&v)).transpose()?;
        if let Some(InFolds { cross_validation, repeats }) = &in_folds {
            if let Some(value) = fields.get("seeds") {
                let message = "a study that is cross-validated has no seeds of its own";
                let help = "leave `seeds` away: every fold of every repeat is a training with random numbers of its own; \
                            more repeats take the place of more seeds";
                return Err(value.problem(message).help(help));
            }
            seeds = cross_validation.units(*repeats);
            source.keeps_all = true;
            if let Location::Table { columns, .. } | Location::DescribedArray { columns, .. } =
                &mut source.location
            {
                columns.group = columns.group.take().or_else(|| cross_validation.group.clone());
            }
        }
        let validation = fields.get("validation").map(|v| training::validation(&v)).transpose()?;
        let held_out = validation.is_some() && in_folds.is_none();
        let judged_by = fields.get("judged_by");
        let judged_by = judged_by.map_or(Ok(JudgedBy::Test), |v| training::judged_by(&v, held_out))?;
        let normalization = fields.get("normalization");
        let normalization =
            normalization.map_or(Ok(Normalization::default()), |v| training::normalization(&v))?;
        let augment = fields.get("augment").map_or(Ok(vec![]), |v| augment::augment(&v))?;
        let (mut architectures, models) = (vec![], fields.get("model"));
        for (name, value) in
            named_tables(&fields, "architecture", "[architecture.cnn] with its layers", names)?
        {
            architectures.push(Architecture::new(name, &value, keys_of(models.as_ref(), name))?);
        }
        let factors = fields.get("factors").map_or(Ok(vec![]), |v| factors::factors(&v, &architectures))?;
        let models = named_tables(&fields, "model", "[model.baseline] with its settings", names)?;
        let ensembles = ensembles(&fields, &models, in_folds.is_some(), seeds.len())?;
        let comparison = fields.get("comparison").map_or(Ok(Default::default()), |v| comparison(&v))?;
        let name = name.to_string();
        Ok(Document {
            fields,
            name,
            title,
            note,
            source,
            seeds,
            comparison,
            factors,
            ensembles,
            validation,
            cross_validation: in_folds.map(|in_folds| in_folds.cross_validation),
            judged_by,
            normalization,
            augment,
            architectures,
            models,
        })
    }

    pub(super) fn dataset(&self) -> Result<Value<'a>, Problem> {
        self.fields.required("dataset", dataset::EXAMPLE)
    }

    pub(super) fn get(&self, key: &str) -> Option<Value<'a>> {
        self.fields.get(key)
    }

    pub(super) fn context(&self) -> Context<'_, 'a> {
        Context {
            dataset: &self.source.name,
            validation: self.validation,
            cross_validation: self.cross_validation.clone(),
            judged_by: self.judged_by,
            normalization: self.normalization.clone(),
            augment: &self.augment,
            architectures: &self.architectures,
        }
    }

    /// The study, with these models.
    pub(super) fn study(&self, models: Vec<Model>) -> Study {
        Study {
            name: self.name.clone(),
            title: self.title.clone(),
            note: self.note.clone(),
            seeds: self.seeds.clone(),
            source: self.source.clone(),
            data: DatasetInfo::default(),
            comparison: self.comparison,
            models,
            factors: self.factors.clone(),
            ensembles: self.ensembles.clone(),
        }
    }
}

/// The ensembles of the models.
fn ensembles(
    fields: &Fields<'_>,
    models: &[(&str, Value<'_>)],
    in_folds: bool,
    seeds: usize,
) -> Result<Vec<EnsembleOf>, Problem> {
    let Some(value) = fields.get("ensemble") else { return Ok(Vec::new()) };
    if in_folds {
        let message = "a study that is cross-validated has no ensembles: each network has seen images that others are \
                       tested on";
        return Err(value.problem(message).help("leave [ensemble] away, or cross_validation"));
    }
    let names: Vec<&str> = models.iter().map(|(name, _)| *name).collect();
    ensemble::ensembles(&value, &names, seeds)
}

/// The tables under `[kind.NAME]`, at least one, in the order of the file.
fn named_tables<'a>(
    fields: &Fields<'a>,
    kind: &str,
    example: &str,
    names: Names,
) -> Result<Vec<(&'a str, Value<'a>)>, Problem> {
    let value = fields.required(kind, example)?;
    let entries = Fields::named(&value, kind, example)?.entries();
    if entries.is_empty() {
        return Err(value.problem(format!("the study has no {kind}")).help(format!("add {example}")));
    }
    let mut tables: Vec<(&str, Value)> = vec![];
    for (name, span, value) in entries {
        if names == Names::Checked {
            check_name(name, kind, span.clone())?;
            if kind == "model" {
                check_not_reserved(name, span.clone())?;
            }
        }
        if value.as_table().is_none() {
            let message = format!("`{name}` stands where a {kind}'s name belongs");
            return Err(Problem::new(span, message).help(format!("start a table with {example}")));
        }
        // Names become folders, and some file systems do not tell `Better` from `better`.
        if let Some((other, _)) = tables.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            let message = format!("{kind} `{name}` differs from `{other}` in case only");
            return Err(Problem::new(span, message).help("choose names that differ in more"));
        }
        if names == Names::Checked && kind == "model" {
            for (other, _) in &tables {
                check_draws_apart(name, other, span.clone())?;
            }
        }
        tables.push((name, value));
    }
    Ok(tables)
}

/// A list, or a number n that means 0 to n - 1.
fn seeds(value: &Value) -> Result<Vec<u64>, Problem> {
    if value.is_integer() {
        let bound = format!("how many seeds there are, from 1 to {SEEDS_MAX}, or a list as [0, 1, 2]");
        return Ok((0..value.integer(1..=SEEDS_MAX, &bound)?).collect());
    }
    if value.as_array().is_none() {
        return Err(value
            .wrong_type("a list of integers, or an integer")
            .help("write seeds = [0, 1, 2], or seeds = 3 for the same"));
    }
    let entries = value.array("integers")?;
    if entries.is_empty() {
        return Err(value.problem("`seeds` is empty: no model would be trained").help("write seeds = [0]"));
    }
    if entries.len() as u64 > SEEDS_MAX {
        return Err(value
            .problem(format!("`seeds` has {} entries", entries.len()))
            .help(format!("list at most {SEEDS_MAX}")));
    }
    let mut seeds = vec![];
    for entry in &entries {
        let seed = entry.integer(0..=i64::MAX as u64, "an integer from 0 to 9223372036854775807")?;
        if seeds.contains(&seed) {
            let message = format!("seed {seed} is there twice");
            return Err(entry.problem(message).help("each seed is one run of each model: list it once"));
        }
        seeds.push(seed);
    }
    Ok(seeds)
}
