//! The whole file: TOML syntax, the study's own keys, then its architectures and models.

use toile_data::catalog::{self, CATALOG, DatasetInfo};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::comparison::comparison;
use super::error::{Problem, did_you_mean, list_of};
use super::mix::{Mix, mixed_table};
use super::model::{Architecture, Context, model};
use super::value::{Fields, Value};
use super::{factors, training, write};
use crate::study::{Model, Normalization, Study};

const KEYS: &[&str] = &[
    "name",
    "title",
    "note",
    "dataset",
    "seeds",
    "validation",
    "normalization",
    "comparison",
    "architecture",
    "model",
    "factors",
];

const SEEDS_MAX: u64 = 10_000;
/// Names become folders; file systems end at 255 bytes.
const NAME_CHARS_MAX: usize = 100;

pub(super) fn study(source: &str) -> Result<Study, Problem> {
    let root = root(source)?;
    let file = File::new(&root)?;
    let context = file.context();
    let models = file.models.iter().map(|(name, value)| model(name, value, &context));
    let mut study = Study { models: models.collect::<Result<_, _>>()?, ..file.study.clone() };
    resolve_texts(&mut study);
    Ok(study)
}

/// The models that the mixes come to, checked as if each stood in the file.
pub(super) fn mixed(source: &str, mixes: &[Mix<'_>]) -> Result<Vec<Model>, Problem> {
    let root = root(source)?;
    let file = File::new(&root)?;
    let tables = mixes.iter().map(|mix| mixed_table(mix, &file.models)).collect::<Result<Vec<_>, _>>()?;
    let context = file.context();
    let models = mixes.iter().zip(&tables).map(|(mix, table)| {
        let of = |problem: Problem| {
            let Mix { name, first, second, .. } = mix;
            problem.note(format!("as `{name}`, a mixture of `{first}` and `{second}`, would have it"))
        };
        model(mix.name, &Value::new("the mixed model", table), &context).map_err(of)
    });
    let mut study = Study { models: models.collect::<Result<_, _>>()?, ..file.study.clone() };
    resolve_texts(&mut study);
    Ok(study.models)
}

/// The span of a document is the document; what it lacks is shown on its first line.
fn root(source: &str) -> Result<Spanned<DeValue<'_>>, Problem> {
    let document = DeTable::parse(source).map_err(|error| syntax_error(&error, source))?;
    Ok(Spanned::new(0..0, DeValue::Table(document.into_inner())))
}

/// All of a file but its models, checked; and the models' tables.
struct File<'a> {
    /// Without models.
    study: Study,
    dataset: &'static DatasetInfo,
    normalization: Normalization,
    architectures: Vec<Architecture<'a>>,
    /// In the order of the file.
    models: Vec<(&'a str, Value<'a>)>,
}

impl<'a> File<'a> {
    fn new(root: &'a Spanned<DeValue<'a>>) -> Result<Self, Problem> {
        let fields = Fields::new(&Value::new("the study", root), "the study", KEYS, "")?;
        let name = fields.required("name", "name = \"my-study\"")?;
        let name = check_name(name.string()?, "study", name.span())?;
        let title = fields.get("title").map_or(Ok(""), |v| v.line())?;
        let note = fields.get("note").map_or(Ok(""), |v| v.line())?;
        let dataset = dataset(&fields.required("dataset", "dataset = \"fashion-mnist\"")?)?;
        let seeds = fields.get("seeds").map_or(Ok(vec![0]), |v| seeds(&v))?;
        let inside =
            |v: Value| v.float(|x| x > 0.0 && x <= 0.5, "a share of the training images up to 0.5, as 0.1");
        let validation = fields.get("validation").map(inside).transpose()?;
        let channels = dataset.image_shape[0];
        let normalization = match fields.get("normalization") {
            Some(value) => training::normalization(&value, channels)?,
            None => Normalization { mean: vec![0.0; channels], std: vec![1.0; channels] },
        };
        let mut architectures = vec![];
        for (name, value) in named_tables(&fields, "architecture", "[architecture.cnn] with its layers")? {
            architectures.push(Architecture::new(name, &value)?);
        }
        let factors = fields.get("factors").map_or(Ok(vec![]), |v| factors::factors(&v, &architectures))?;
        let models = named_tables(&fields, "model", "[model.baseline] with its settings")?;
        let study = Study {
            name: name.to_string(),
            title: title.to_string(),
            note: note.to_string(),
            dataset: dataset.name.to_string(),
            seeds,
            validation,
            comparison: fields.get("comparison").map_or(Ok(Default::default()), |v| comparison(&v))?,
            models: vec![],
            factors,
        };
        Ok(File { study, dataset, normalization, architectures, models })
    }

    fn context(&self) -> Context<'_, 'a> {
        Context {
            dataset: self.dataset,
            validation: self.study.validation,
            normalization: self.normalization.clone(),
            architectures: &self.architectures,
        }
    }
}

fn resolve_texts(study: &mut Study) {
    let texts: Vec<String> = study.models.iter().map(|model| write::resolved(study, model)).collect();
    for (model, text) in study.models.iter_mut().zip(texts) {
        model.resolved = text;
    }
}

fn syntax_error(error: &Error, source: &str) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let text = source.get(span.clone()).unwrap_or("");
    if error.message() == "duplicate key" {
        return Problem::new(span, format!("`{text}` is there twice"))
            .help("a key stands once in its table, and every model has a name of its own");
    }
    // A value that is not there at all is called an unquoted string by the parser.
    if text.trim().is_empty() && error.message().starts_with("string values must be quoted") {
        return Problem::new(span, "a value is missing").help("write it behind the `=`");
    }
    let problem = Problem::new(span, format!("this is not TOML: {}", error.message()));
    match error.message() {
        m if m.starts_with("string values must be quoted") || m.starts_with("invalid boolean") => {
            problem.help(format!("write text in quotes: \"{text}\""))
        }
        m if m.contains("recurse") => problem.help("nothing in a study is nested that deep"),
        m if m.contains("string") && m.contains("expected `\"`") => {
            problem.help("close the text with a quote, on the line where it begins")
        }
        m if m.contains("array") => {
            problem.help("put commas between the entries of a list, and close it with `]`")
        }
        m if m.contains("inline table") => problem.help("put commas between the keys, and close with `}`"),
        _ => problem,
    }
}

/// The tables under `[kind.NAME]`, at least one, in the order of the file.
fn named_tables<'a>(
    fields: &Fields<'a>,
    kind: &str,
    example: &str,
) -> Result<Vec<(&'a str, Value<'a>)>, Problem> {
    let value = fields.required(kind, example)?;
    let entries = Fields::named(&value, kind, example)?.entries();
    if entries.is_empty() {
        return Err(value.problem(format!("the study has no {kind}")).help(format!("add {example}")));
    }
    let mut tables: Vec<(&str, Value)> = vec![];
    for (name, span, value) in entries {
        check_name(name, kind, span.clone())?;
        if value.as_table().is_none() {
            let message = format!("`{name}` stands where a {kind}'s name belongs");
            return Err(Problem::new(span, message).help(format!("start a table with {example}")));
        }
        // Names become folders, and some file systems do not tell `Better` from `better`.
        if let Some((other, _)) = tables.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            let message = format!("{kind} `{name}` differs from `{other}` in case only");
            return Err(Problem::new(span, message).help("choose names that differ in more"));
        }
        tables.push((name, value));
    }
    Ok(tables)
}

/// A name that can be a folder everywhere.
pub(super) fn check_name<'a>(
    name: &'a str,
    of: &str,
    place: std::ops::Range<usize>,
) -> Result<&'a str, Problem> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    let fine = !name.is_empty()
        && name.len() <= NAME_CHARS_MAX
        && !name.starts_with('.')
        && name.chars().all(allowed);
    if fine {
        return Ok(name);
    }
    let help = format!(
        "it names a folder: use 1 to {NAME_CHARS_MAX} letters (a to z), digits, - _ . and +, not starting with a dot"
    );
    Err(Problem::new(place, format!("\"{name}\" cannot be the name of a {of}")).help(help))
}

fn dataset(value: &Value) -> Result<&'static DatasetInfo, Problem> {
    let name = value.string()?;
    catalog::find(name).ok_or_else(|| {
        let names = || CATALOG.iter().map(|info| info.name);
        let help =
            did_you_mean(name, names()).unwrap_or_else(|| format!("the data sets are {}", list_of(names())));
        value.problem(format!("there is no data set `{name}`")).help(help)
    })
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
