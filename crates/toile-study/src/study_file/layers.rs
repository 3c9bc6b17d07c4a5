//! Layers of an architecture: from their names and settings to [`Layer`]s, variables looked up in a model.

use std::ops::{Range, RangeInclusive};

use toile_nn::description::{
    AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, Dropout, Dropout2d, Gelu, Layer, Linear, MaxPool2d,
    Pair, Residual,
};

use super::error::{Problem, did_you_mean, list_of};
use super::value::{Fields, Value};

/// Names a study file may use, each with an example of how to write it.
const LAYERS: &[(&str, &str)] = &[
    ("Conv2d", "{ Conv2d = { out_channels = 32, kernel_size = 3, padding = 1 } }"),
    ("BatchNorm2d", "\"BatchNorm2d\""),
    ("ReLU", "\"ReLU\""),
    ("GELU", "\"GELU\""),
    ("MaxPool2d", "{ MaxPool2d = { kernel_size = 2 } }"),
    ("AvgPool2d", "{ AvgPool2d = { kernel_size = 2 } }"),
    ("AdaptiveAvgPool2d", "{ AdaptiveAvgPool2d = { output_size = 1 } }"),
    ("Dropout", "{ Dropout = { p = 0.5 } }"),
    ("Dropout2d", "{ Dropout2d = { p = 0.5 } }"),
    ("Flatten", "\"Flatten\""),
    ("Linear", "{ Linear = { out_features = 10 } }"),
    ("LogSoftmax", "\"LogSoftmax\""),
    ("Residual", "{ Residual = { layers = [...], projection = false } }"),
];

/// Settings PyTorch has and Toile finds out by itself.
const INFERRED: &[&str] = &["in_channels", "in_features", "num_features"];

/// Channels or features of a layer. This limit and the next keep products of sizes far from overflowing.
const CHANNELS_MAX: u64 = 1 << 20;
/// Pixels of a window, a step or a padding.
const PIXELS_MAX: u64 = 1 << 12;
/// Layers of a network, blocks included.
const LAYERS_MAX: usize = 1000;

/// Where a layer's number is the name of a variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VariableUse {
    /// `dropout`.
    pub(super) name: String,
    /// What it sets: "`p` of Dropout".
    pub(super) of: String,
    /// Where the architecture names it.
    pub(super) span: Range<usize>,
    /// Whether it has to be an integer.
    pub(super) whole: bool,
}

/// Reads a list of layers.
pub(super) struct LayerReader<'m, 'a> {
    /// The model that sets the variables; without one, every variable stands for 1 and is collected.
    model: Option<&'m Fields<'a>>,
    /// In the order of their first use.
    pub(super) variables: Vec<VariableUse>,
    count: usize,
}

impl<'m, 'a> LayerReader<'m, 'a> {
    /// Checks names and settings, and collects the variables.
    pub(super) fn check() -> Self {
        LayerReader { model: None, variables: vec![], count: 0 }
    }

    /// Fills in the variables from `model`.
    pub(super) fn fill(model: &'m Fields<'a>) -> Self {
        LayerReader { model: Some(model), variables: vec![], count: 0 }
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
            return self.named(name, value.clone(), |_| Ok(Fields::none(value, name)));
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
        known(name, span.clone())?;
        self.named(name, settings.clone(), |keys| {
            let fields = Fields::named(settings, *name, example(name))?;
            if let Some((key, span)) = fields.unknown(keys).filter(|(key, _)| INFERRED.contains(key)) {
                let message = format!("{name} has no key `{key}`");
                return Err(
                    Problem::new(span, message).help("remove it: it follows from the layer before this one")
                );
            }
            Fields::new(settings, *name, keys, example(name))
        })
    }

    /// The layer of a known name; `fields` opens its settings, given the keys it knows.
    fn named(
        &mut self,
        name: &str,
        place: Value<'a>,
        fields: impl FnOnce(&[&str]) -> Result<Fields<'a>, Problem>,
    ) -> Result<Layer, Problem> {
        let one = Pair::square(1);
        let none = Pair::square(0);
        Ok(match name {
            "Conv2d" => {
                let f = fields(&["out_channels", "kernel_size", "stride", "padding", "bias"])?;
                let out_channels =
                    self.size(&f.required("out_channels", "out_channels = 32")?, name, 1..=CHANNELS_MAX)?;
                let kernel_size = self.pair(&f.required("kernel_size", "kernel_size = 3")?, name, 1)?;
                let stride = f.get("stride").map_or(Ok(one), |v| self.pair(&v, name, 1))?;
                let padding = match f.get("padding") {
                    None => none,
                    Some(v) if v.as_str() == Some("valid") => none,
                    Some(v) if v.as_str() == Some("same") => same_padding(&v, kernel_size, stride)?,
                    Some(v) => self.pair(&v, name, 0)?,
                };
                let bias = f.get("bias").map_or(Ok(true), |v| v.boolean())?;
                Layer::Conv2d(Conv2d { out_channels, kernel_size, stride, padding, bias })
            }
            "BatchNorm2d" => {
                let f = fields(&["eps", "momentum"])?;
                let default = BatchNorm2d::default();
                let eps = self.float(f.get("eps"), name, default.eps, |x| x > 0.0, "more than 0")?;
                let momentum = f.get("momentum");
                let momentum = self.float(
                    momentum,
                    name,
                    default.momentum,
                    |x| (0.0..=1.0).contains(&x),
                    "from 0 to 1",
                )?;
                Layer::BatchNorm2d(BatchNorm2d { eps, momentum })
            }
            "ReLU" => {
                fields(&[])?;
                Layer::ReLU
            }
            "GELU" => {
                let f = fields(&["approximate"])?;
                let tanh = match f.get("approximate").map(|v| v.string().map(|s| (s, v))).transpose()? {
                    None | Some(("none", _)) => false,
                    Some(("tanh", _)) => true,
                    Some((other, v)) => {
                        let message = format!("`approximate` = \"{other}\" is unknown");
                        return Err(v.problem(message).help("choose \"none\" or \"tanh\""));
                    }
                };
                Layer::GELU(Gelu { tanh })
            }
            "MaxPool2d" => {
                let f = fields(&["kernel_size", "stride", "padding", "ceil_mode"])?;
                let (kernel_size, stride, padding, ceil_mode) = self.pool(&f, name)?;
                Layer::MaxPool2d(MaxPool2d { kernel_size, stride, padding, ceil_mode })
            }
            "AvgPool2d" => {
                let f = fields(&["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"])?;
                let (kernel_size, stride, padding, ceil_mode) = self.pool(&f, name)?;
                let count_include_pad = f.get("count_include_pad").map_or(Ok(true), |v| v.boolean())?;
                Layer::AvgPool2d(AvgPool2d { kernel_size, stride, padding, ceil_mode, count_include_pad })
            }
            "AdaptiveAvgPool2d" => {
                let f = fields(&["output_size"])?;
                let output_size = self.pair(&f.required("output_size", "output_size = 1")?, name, 1)?;
                Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size })
            }
            "Dropout" => Layer::Dropout(Dropout { p: self.probability(&fields(&["p"])?, name)? }),
            "Dropout2d" => Layer::Dropout2d(Dropout2d { p: self.probability(&fields(&["p"])?, name)? }),
            "Flatten" => {
                fields(&[])?;
                Layer::Flatten
            }
            "Linear" => {
                let f = fields(&["out_features", "bias"])?;
                let out_features =
                    self.size(&f.required("out_features", "out_features = 10")?, name, 1..=CHANNELS_MAX)?;
                let bias = f.get("bias").map_or(Ok(true), |v| v.boolean())?;
                Layer::Linear(Linear { out_features, bias })
            }
            "LogSoftmax" => {
                fields(&[])?;
                Layer::LogSoftmax
            }
            "Residual" => {
                let f = fields(&["layers", "projection"])?;
                let layers = self.layers(&f.required("layers", "layers = [...]")?)?;
                let projection = f.get("projection").map_or(Ok(false), |v| v.boolean())?;
                Layer::Residual(Residual { layers, projection })
            }
            _ => return Err(unknown_layer(name, place.span())),
        })
    }

    fn pool(&mut self, f: &Fields<'a>, layer: &str) -> Result<(Pair, Pair, Pair, bool), Problem> {
        let kernel_size = self.pair(&f.required("kernel_size", "kernel_size = 2")?, layer, 1)?;
        let stride = f.get("stride").map_or(Ok(kernel_size), |v| self.pair(&v, layer, 1))?;
        let padding = f.get("padding").map_or(Ok(Pair::square(0)), |v| self.pair(&v, layer, 0))?;
        let ceil_mode = f.get("ceil_mode").map_or(Ok(false), |v| v.boolean())?;
        Ok((kernel_size, stride, padding, ceil_mode))
    }

    fn probability(&mut self, f: &Fields<'a>, layer: &str) -> Result<f64, Problem> {
        let inside = |x: f64| (0.0..1.0).contains(&x);
        self.float(f.get("p"), layer, 0.5, inside, "a number from 0 up to, but not including, 1")
    }

    /// An integer for both directions, or [height, width].
    fn pair(&mut self, value: &Value<'a>, layer: &str, min: u64) -> Result<Pair, Problem> {
        if value.as_array().is_none() {
            if !value.is_integer() && value.as_str().is_none() {
                return Err(value.wrong_type("an integer or [height, width]"));
            }
            return Ok(Pair::square(self.size(value, layer, min..=PIXELS_MAX)?));
        }
        let entries = value.array("two integers")?;
        let [height, width] = entries.as_slice() else {
            let message =
                format!("{}: expected [height, width], found {} entries", value.what, entries.len());
            return Err(value.problem(message).help("write one integer for a square, or [height, width]"));
        };
        Ok(Pair {
            height: self.size(height, layer, min..=PIXELS_MAX)?,
            width: self.size(width, layer, min..=PIXELS_MAX)?,
        })
    }

    fn size(&mut self, value: &Value<'a>, layer: &str, range: RangeInclusive<u64>) -> Result<usize, Problem> {
        let bound = format!("an integer from {} to {}", range.start(), range.end());
        let read = |v: &Value| v.integer(range.clone(), &bound);
        let size = match self.variable(value, layer, true)? {
            Number::Here => read(value)?,
            Number::Unknown => 1,
            Number::Set(set, used) => read(&set).map_err(|problem| problem.note(used))?,
        };
        Ok(size as usize)
    }

    fn float(
        &mut self,
        value: Option<Value<'a>>,
        layer: &str,
        default: f64,
        allowed: impl Fn(f64) -> bool,
        bound: &str,
    ) -> Result<f64, Problem> {
        let Some(value) = value else { return Ok(default) };
        match self.variable(&value, layer, false)? {
            Number::Here => value.float(allowed, bound),
            Number::Unknown => Ok(default),
            Number::Set(set, used) => set.float(allowed, bound).map_err(|problem| problem.note(used)),
        }
    }

    /// Looks a string up among the model's keys.
    fn variable(&mut self, value: &Value<'a>, layer: &str, whole: bool) -> Result<Number<'a>, Problem> {
        let Some(name) = value.as_str().filter(|text| text.parse::<f64>().is_err()) else {
            return Ok(Number::Here);
        };
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || !name.chars().all(letters) {
            let message = format!("{}: \"{name}\" cannot be the name of a variable", value.what);
            return Err(value.problem(message).help("write a number, or a name of letters, digits, _ and -"));
        }
        let of = format!("{} of {layer}", value.what);
        let found = self.model.map(|model| model.get(name));
        let used = format!("the architecture uses `{name}` as {of}");
        self.variables.push(VariableUse { name: name.to_string(), of, span: value.span(), whole });
        match found {
            None => Ok(Number::Unknown),
            Some(Some(set)) => Ok(Number::Set(set, used)),
            // The caller has compared the model's keys with the architecture's variables before.
            Some(None) => Err(value.problem(format!("no model sets `{name}`"))),
        }
    }
}

/// What stands where a layer wants a number.
enum Number<'a> {
    /// A number, or something that is none.
    Here,
    /// The name of a variable nobody sets yet.
    Unknown,
    /// The value a model gives the variable, and the variable's use in words.
    Set(Value<'a>, String),
}

fn example(name: &str) -> &'static str {
    LAYERS.iter().find(|(known, _)| *known == name).map_or("", |(_, example)| example)
}

fn known(name: &str, span: Range<usize>) -> Result<(), Problem> {
    if LAYERS.iter().any(|(known, _)| *known == name) { Ok(()) } else { Err(unknown_layer(name, span)) }
}

fn unknown_layer(name: &str, span: Range<usize>) -> Problem {
    let names = || LAYERS.iter().map(|(name, _)| *name);
    let help = did_you_mean(name, names()).unwrap_or_else(|| format!("the layers are {}", list_of(names())));
    Problem::new(span, format!("there is no layer `{name}`")).help(help)
}

/// PyTorch's `padding="same"`, where both sides get equally much.
fn same_padding(value: &Value, kernel: Pair, stride: Pair) -> Result<Pair, Problem> {
    if stride != Pair::square(1) {
        return Err(value.problem("padding = \"same\" needs stride 1").help("write the padding as a number"));
    }
    if kernel.height.is_multiple_of(2) || kernel.width.is_multiple_of(2) {
        return Err(value
            .problem("padding = \"same\" needs a kernel_size that is odd")
            .help("choose an odd kernel_size, or write the padding as a number"));
    }
    Ok(Pair { height: kernel.height / 2, width: kernel.width / 2 })
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
