//! Settings of layers and optimizers as data: what tables show and study files write.

/// Height and width of a kernel, a stride or a padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Along the rows of the image.
    pub height: usize,
    /// Along its columns.
    pub width: usize,
}

impl Pair {
    /// The same in both directions.
    pub const fn square(side: usize) -> Self {
        Pair { height: side, width: side }
    }
}

/// One setting by its name, which is its key in a study file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// PyTorch's name: `kernel_size`.
    pub name: &'static str,
    /// What it is set to.
    pub value: SettingValue,
}

impl Setting {
    /// A setting of this name.
    pub fn new(name: &'static str, value: impl Into<SettingValue>) -> Self {
        Setting { name, value: value.into() }
    }
}

/// What a setting is set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SettingValue {
    /// A size or a count.
    Integer(usize),
    /// A size in both directions.
    Pair(Pair),
    /// Any number.
    Number(f64),
    /// Two numbers, as Adam's `betas`.
    Numbers(f64, f64),
    /// Whether something is done.
    Boolean(bool),
    /// One of a few words.
    Word(&'static str),
}

impl From<usize> for SettingValue {
    fn from(value: usize) -> Self {
        SettingValue::Integer(value)
    }
}

impl From<Pair> for SettingValue {
    fn from(value: Pair) -> Self {
        SettingValue::Pair(value)
    }
}

impl From<f64> for SettingValue {
    fn from(value: f64) -> Self {
        SettingValue::Number(value)
    }
}

impl From<(f64, f64)> for SettingValue {
    fn from((first, second): (f64, f64)) -> Self {
        SettingValue::Numbers(first, second)
    }
}

impl From<bool> for SettingValue {
    fn from(value: bool) -> Self {
        SettingValue::Boolean(value)
    }
}

impl From<&'static str> for SettingValue {
    fn from(value: &'static str) -> Self {
        SettingValue::Word(value)
    }
}

/// As a study file writes it: `3`, `[3, 1]`, `0.5`, `true`, `"tanh"`.
impl std::fmt::Display for SettingValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            SettingValue::Integer(value) => write!(f, "{value}"),
            SettingValue::Pair(Pair { height, width }) if height == width => write!(f, "{height}"),
            SettingValue::Pair(Pair { height, width }) => write!(f, "[{height}, {width}]"),
            SettingValue::Number(value) => write!(f, "{value:?}"),
            SettingValue::Numbers(first, second) => write!(f, "[{first:?}, {second:?}]"),
            SettingValue::Boolean(value) => write!(f, "{value}"),
            SettingValue::Word(word) => write!(f, "\"{word}\""),
        }
    }
}
