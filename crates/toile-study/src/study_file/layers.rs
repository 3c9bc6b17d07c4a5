//! Lists of layers: from names and settings to [`Layer`]s, variables looked up in a model. Which layers and
//! settings there are, the layers know themselves.

use std::ops::Range;

use toile_nn::description::Layer;

use super::error::{Problem, did_you_mean, list_of, nearest};
use super::settings::{LayerSettings, Settings};
use super::value::{Fields, Value};

/// Settings PyTorch has and Toile finds out by itself.
const INFERRED: &[&str] = &["in_channels", "in_features", "num_features", "num_channels"];

/// Layers of a network, blocks included.
const LAYERS_MAX: usize = 1000;

/// Where a layer's setting is the name of a variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VariableUse {
    /// `dropout`.
    pub(super) name: String,
    /// What it sets: "`p` of Dropout".
    pub(super) of: String,
    /// Where the architecture names it.
    pub(super) span: Range<usize>,
    /// What a model might set it to, as a study file writes it.
    pub(super) example: String,
}

/// Reads a list of layers.
pub(super) struct LayerReader<'m, 'a> {
    /// The model that sets the variables; without one they are collected, and each stands for 1 or for what is done
    /// without the setting.
    model: Option<&'m Fields<'a>>,
    /// Keys that models set. Words and truth values are variables where one of these stands: all other words are
    /// mistakes.
    keys: Vec<&'m str>,
    /// In the order of their first use.
    pub(super) variables: Vec<VariableUse>,
    count: usize,
}

impl<'m, 'a> LayerReader<'m, 'a> {
    /// Checks names and settings, and collects the variables. `keys` are those that models set.
    pub(super) fn check(keys: Vec<&'m str>) -> Self {
        LayerReader { model: None, keys, variables: vec![], count: 0 }
    }

    /// Fills in the variables from `model`.
    pub(super) fn fill(model: &'m Fields<'a>) -> Self {
        let keys = model.entries().into_iter().map(|(key, ..)| key).collect();
        LayerReader { model: Some(model), keys, variables: vec![], count: 0 }
    }

    pub(super) fn layers(&mut self, value: &Value<'a>) -> Result<Vec<Layer>, Problem> {
        value.array("layers")?.iter().map(|entry| self.layer(entry)).collect()
    }

    fn layer(&mut self, value: &Value<'a>) -> Result<Layer, Problem> {
        self.count += 1;
        if self.count > LAYERS_MAX {
            return Err(value
                .problem(format!("more than {LAYERS_MAX} layers"))
                .help("describe a smaller network"));
        }
        if let Some(name) = value.as_str() {
            known(name, value.span())?;
            return self.named(name, Fields::none(value, name));
        }
        let Some(table) = value.as_table() else {
            return Err(value
                .wrong_type("a layer")
                .help("write a layer as \"ReLU\" or as { Linear = { out_features = 10 } }"));
        };
        let entries = Fields::named(value, "layer", "")?.entries();
        let [(name, span, settings)] = entries.as_slice() else {
            let message = format!("a layer is one name with its settings, found {} keys", table.len());
            return Err(value
                .problem(message)
                .help("write each layer as { Linear = { out_features = 10 } }"));
        };
        let (keys, example) = known(name, span.clone())?;
        let fields = Fields::named(settings, *name, example)?;
        if let Some((key, span)) = fields.unknown(keys).filter(|(key, _)| INFERRED.contains(key)) {
            let message = format!("{name} has no key `{key}`");
            let help = "remove it: it follows from the layer before this one";
            return Err(Problem::new(span, message).help(help));
        }
        self.named(name, Fields::new(settings, *name, keys, example)?)
    }

    /// The layer of a known name.
    fn named(&mut self, name: &str, fields: Fields<'a>) -> Result<Layer, Problem> {
        let mut settings = LayerSettings { settings: Settings { fields }, layer: name, reader: self };
        Layer::read(name, &mut settings).expect("the caller has looked the name up")
    }

    /// Looks a string that does not stand for itself up among the model's keys.
    pub(super) fn variable(
        &mut self,
        value: &Value<'a>,
        layer: &str,
        wanted: Wanted<'_>,
    ) -> Result<Variable<'a>, Problem> {
        let Some(name) = value.as_str().filter(|text| self.names(text, wanted)) else {
            return Ok(Variable::Here);
        };
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(letters) {
            let message = format!("{}: \"{name}\" cannot be the name of a variable", value.what);
            return Err(value.problem(message).help("write a number, or a name of letters, digits, _ and -"));
        }
        let of = format!("{} of {layer}", value.what);
        let found = self.model.map(|model| model.get(name));
        let used = format!("the architecture uses `{name}` as {of}");
        self.variables.push(VariableUse {
            name: name.to_string(),
            of,
            span: value.span(),
            example: wanted.example(),
        });
        match found {
            None => Ok(Variable::Unknown),
            Some(Some(set)) => Ok(Variable::Set(set, used)),
            // The caller has compared the model's keys with the architecture's variables before.
            Some(None) => Err(value.problem(format!("no model sets `{name}`"))),
        }
    }

    /// Whether a string is the name of a variable. In the place of a number it can be nothing else; in that of a word or of
    /// a truth value it is one where a model has such a key.
    fn names(&self, text: &str, wanted: Wanted<'_>) -> bool {
        match wanted {
            Wanted::Number | Wanted::Integer => text.parse::<f64>().is_err(),
            Wanted::Boolean => self.keys.contains(&text),
            Wanted::Word(words) => !words.contains(&text) && self.keys.contains(&text),
        }
    }

    /// For a word that is none: the variable that was probably meant.
    pub(super) fn meant_by(&self, word: &str) -> Option<&'m str> {
        nearest(word, self.keys.iter().copied())
    }

    /// What the model sets a variable of this name to.
    pub(super) fn set(&self, name: &str) -> Option<Value<'a>> {
        self.model?.get(name)
    }
}

/// What a layer wants where a variable may stand.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'w> {
    Number,
    Integer,
    Boolean,
    /// One of these.
    Word(&'w [&'static str]),
}

impl Wanted<'_> {
    fn example(self) -> String {
        match self {
            Wanted::Number => "0.5".into(),
            Wanted::Integer => "64".into(),
            Wanted::Boolean => "true".into(),
            Wanted::Word(words) => format!("\"{}\"", words.first().copied().unwrap_or_default()),
        }
    }
}

/// What stands where a variable may.
pub(super) enum Variable<'a> {
    /// What is wanted, or something else that is no name.
    Here,
    /// The name of a variable nobody sets yet.
    Unknown,
    /// The value a model gives the variable, and the variable's use in words.
    Set(Value<'a>, String),
}

/// The keys of a layer and how to write it.
fn known(name: &str, span: Range<usize>) -> Result<(&'static [&'static str], &'static str), Problem> {
    Layer::keys_and_example(name).ok_or_else(|| {
        let names = || Layer::NAMES.iter().copied();
        let help =
            did_you_mean(name, names()).unwrap_or_else(|| format!("the layers are {}", list_of(names())));
        Problem::new(span, format!("there is no layer `{name}`")).help(help)
    })
}

/// Place of the layer at `path`, indices into the nested lists of layers.
pub(super) fn place_of(layers: &Value, path: &[usize]) -> Range<usize> {
    let mut place = layers.span();
    let mut list = Some(layers.clone());
    for &index in path {
        let entries = list.and_then(|list| list.array("").ok()).unwrap_or_default();
        let Some(entry) = entries.get(index) else { break };
        place = entry.span();
        list = Fields::named(entry, "", "")
            .ok()
            .and_then(|layer| layer.get("Residual"))
            .and_then(|block| Fields::named(&block, "", "").ok())
            .and_then(|block| block.get("layers"));
    }
    place
}
