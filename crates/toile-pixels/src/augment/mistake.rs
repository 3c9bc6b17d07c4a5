//! What is wrong with a transform, and the bounds that several of them share.

/// What is wrong with a transform, where it stands, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{transform}, transform {} of augment: {}; {}", index + 1, mistake.message, mistake.help)]
pub struct AugmentError {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Its name.
    pub transform: &'static str,
    /// What is wrong.
    pub mistake: Mistake,
}

/// What is wrong with a transform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The setting that is meant; empty where it is the transform itself.
    pub setting: &'static str,
    /// What is wrong with it.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Mistake {
    pub(super) fn new(setting: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Mistake { setting, message: message.into(), help: help.into() }
    }
}

/// A byte, as everything that stands for a pixel's value.
pub(super) fn check_probability(p: f64) -> Result<(), Mistake> {
    check(p, |p| (0.0..=1.0).contains(&p), "p", "a probability from 0 to 1")
}

/// A number for which `allowed` holds; `bound` says it in words.
pub(super) fn check(
    value: f64,
    allowed: impl Fn(f64) -> bool,
    setting: &'static str,
    bound: &str,
) -> Result<(), Mistake> {
    if value.is_finite() && allowed(value) {
        return Ok(());
    }
    Err(Mistake::new(setting, format!("`{setting}`: {value} is out of range"), format!("choose {bound}")))
}

/// A range both of whose ends `allowed` holds for, the smaller first.
pub(super) fn check_range(
    (low, high): (f64, f64),
    allowed: impl Fn(f64) -> bool,
    setting: &'static str,
    bound: &str,
) -> Result<(), Mistake> {
    check(low, &allowed, setting, bound)?;
    check(high, &allowed, setting, bound)?;
    if low <= high {
        return Ok(());
    }
    let message = format!("`{setting}`: {low} is more than {high}");
    Err(Mistake::new(setting, message, format!("write the smaller number first: [{high}, {low}]")))
}

/// A byte, as what a setting fills pixels with is.
pub(super) fn check_byte(value: usize, setting: &'static str) -> Result<(), Mistake> {
    check(value as f64, |value| value <= 255.0, setting, "0 to 255: a pixel before normalization")
}
