//! Settings of a transform as data: what tables show and study files write, and how they are read from whatever holds
//! them.

/// One setting by its name, which is its key in a study file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// torchvision's name: `padding_mode`.
    pub name: &'static str,
    /// What it is set to.
    pub value: SettingValue,
    /// Whether it is what it would be without being set.
    pub is_default: bool,
}

impl Setting {
    /// A setting that has a default.
    pub(super) fn new(
        name: &'static str,
        value: impl Into<SettingValue>,
        default: impl Into<SettingValue>,
    ) -> Self {
        let value = value.into();
        Setting { name, value, is_default: value == default.into() }
    }

    /// A setting without which there is no transform.
    pub(super) fn required(name: &'static str, value: impl Into<SettingValue>) -> Self {
        Setting { name, value: value.into(), is_default: false }
    }
}

/// What a setting is set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SettingValue {
    /// A number of pixels, or a byte.
    Integer(usize),
    /// Any number.
    Number(f64),
    /// Two numbers, most often the ends of a range.
    Numbers(f64, f64),
    /// One of a few words.
    Word(&'static str),
}

impl From<usize> for SettingValue {
    fn from(value: usize) -> Self {
        SettingValue::Integer(value)
    }
}

impl From<u8> for SettingValue {
    fn from(value: u8) -> Self {
        SettingValue::Integer(usize::from(value))
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

impl From<&'static str> for SettingValue {
    fn from(value: &'static str) -> Self {
        SettingValue::Word(value)
    }
}

/// As a study file writes it, exact: `2`, `0.5`, `[-10.0, 10.0]`, `"reflect"`.
impl std::fmt::Display for SettingValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            SettingValue::Integer(value) => write!(f, "{value}"),
            SettingValue::Number(value) => write!(f, "{value:?}"),
            SettingValue::Numbers(first, second) => write!(f, "[{first:?}, {second:?}]"),
            SettingValue::Word(word) => write!(f, "\"{word}\""),
        }
    }
}

/// What two numbers are where one is written.
#[derive(Clone, Copy, Debug)]
pub enum Single {
    /// `10` means [-10, 10].
    Around0,
    /// `0.4` means [0.6, 1.4], and nothing below 0.
    Around1,
    /// `0.1` means [0.1, 0.1].
    Both,
    /// Two numbers have to be written.
    Refused,
}

impl Single {
    /// What this number stands for; `None` where two have to be written.
    pub fn numbers(self, number: f64) -> Option<(f64, f64)> {
        match self {
            // 0 - x is 0 for 0, and not -0.
            Single::Around0 => Some((0.0 - number, number)),
            Single::Around1 => Some(((1.0 - number).max(0.0), 1.0 + number)),
            Single::Both => Some((number, number)),
            Single::Refused => None,
        }
    }
}

/// Something that settings are read from by name. It knows the place of each, so that its errors can show it. Whether
/// a number is in range is for [`crate::augment::Transform::check`] to say, whoever made the transform. What has no default
/// has to be set.
pub trait ReadSettings {
    /// Why a setting cannot be read.
    type Error;

    /// A whole number, 0 or more.
    fn integer(&mut self, name: &'static str, default: Option<usize>) -> Result<usize, Self::Error>;

    /// A finite number.
    fn number(&mut self, name: &'static str, default: Option<f64>) -> Result<f64, Self::Error>;

    /// Two finite numbers.
    fn numbers(
        &mut self,
        name: &'static str,
        single: Single,
        default: Option<(f64, f64)>,
    ) -> Result<(f64, f64), Self::Error>;

    /// One of these words; `None` where it is not set.
    fn word(
        &mut self,
        name: &'static str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, Self::Error>;

    /// A whole number, 0 or more, or `None` for this word.
    fn integer_or(
        &mut self,
        name: &'static str,
        word: &'static str,
        default: usize,
    ) -> Result<Option<usize>, Self::Error>;
}
