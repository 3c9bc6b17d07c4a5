//! Settings of layers and optimizers as data: what tables show and study files write, and how they are read
//! from whatever holds them.

use std::ops::RangeInclusive;

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
    /// Three numbers, as Muon's `ns_coefficients`.
    Triple(f64, f64, f64),
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

impl From<(f64, f64, f64)> for SettingValue {
    fn from((first, second, third): (f64, f64, f64)) -> Self {
        SettingValue::Triple(first, second, third)
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
            SettingValue::Triple(first, second, third) => {
                write!(f, "[{first:?}, {second:?}, {third:?}]")
            }
            SettingValue::Boolean(value) => write!(f, "{value}"),
            SettingValue::Word(word) => write!(f, "\"{word}\""),
        }
    }
}

/// Channels or features of a layer. This limit and the next keep products of sizes far from overflowing.
pub const CHANNELS_MAX: usize = 1 << 20;
/// Pixels of a window, a step or a padding along one side.
pub const PIXELS_MAX: usize = 1 << 12;

/// What a setting is where nobody sets it.
#[derive(Clone, Copy, Debug)]
pub enum Absent<T> {
    /// This.
    Default(T),
    /// It has to be set; a message shows this value as an example.
    Refuse {
        /// What one might write.
        example: T,
    },
}

/// Which numbers a setting may be.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// Whether this one is allowed.
    pub allows: fn(f64) -> bool,
    /// The same for a message, as in "choose more than 0".
    pub words: &'static str,
}

impl Bound {
    /// A share that is never the whole.
    pub const BELOW_ONE: Bound =
        Bound { allows: |x| (0.0..1.0).contains(&x), words: "a number from 0 up to, but not including, 1" };
    /// What is added to a denominator.
    pub const POSITIVE: Bound = Bound { allows: |x| x > 0.0, words: "a number more than 0" };
    /// A weight decay.
    pub const DECAY: Bound = Bound { allows: |x| x >= 0.0, words: "0, or a small positive number" };
}

/// Something that settings are read from by name. It knows the place of each, so that its errors can show it.
pub trait ReadSettings {
    /// Why a setting cannot be read.
    type Error;

    /// A whole number within a range.
    fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<usize>,
        absent: Absent<usize>,
    ) -> Result<usize, Self::Error>;

    /// A size in both directions, of at least this many and at most [`PIXELS_MAX`] pixels.
    fn pair(&mut self, name: &'static str, least: usize, absent: Absent<Pair>) -> Result<Pair, Self::Error>;

    /// A finite number.
    fn number(&mut self, name: &'static str, bound: Bound, default: f64) -> Result<f64, Self::Error>;

    /// Two finite numbers.
    fn numbers(
        &mut self,
        name: &'static str,
        bound: Bound,
        default: (f64, f64),
    ) -> Result<(f64, f64), Self::Error>;

    /// Three finite numbers, any.
    fn triple(
        &mut self,
        name: &'static str,
        default: (f64, f64, f64),
    ) -> Result<(f64, f64, f64), Self::Error>;

    /// Whether something is done.
    fn boolean(&mut self, name: &'static str, default: bool) -> Result<bool, Self::Error>;

    /// One of these words; `None` where it is not set.
    fn word(
        &mut self,
        name: &'static str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, Self::Error>;

    /// Whether the setting is this word, where it may also be a number.
    fn is_word(&self, name: &'static str, word: &str) -> bool;

    /// An error at the place of a setting.
    fn refuse(&self, name: &'static str, message: &str, help: &str) -> Self::Error;
}
