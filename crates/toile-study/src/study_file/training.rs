//! How a model is trained: optimizer, schedule, normalisation.

use toile_nn::optimizer::Optimizer;
use toile_nn::schedule::{Decay, Schedule};

use super::error::{Problem, did_you_mean, list_of};
use super::settings::{Settings, one_of};
use super::value::{Fields, Value};
use crate::recipe::rules::{self, VALIDATION_PART};
use crate::recipe::{JudgedBy, Normalization, Validation};

const SCHEDULES: &[&str] =
    &["constant", "StepLR", "CosineAnnealingLR", "OneCycleLR", "PiecewiseLinear", "WarmupStableDecay"];

/// A name alone, or `{ NAME = { settings } }`: what optimizers, schedules and transforms look like.
pub(super) fn choice<'a>(
    value: &Value<'a>,
    known: &[&str],
    what: &str,
    example: &str,
) -> Result<(&'a str, Value<'a>), Problem> {
    let (name, span, settings) = match value.as_str() {
        Some(name) => (name, value.span(), value.clone()),
        None => match Fields::named(value, what, example)?.entries().as_slice() {
            [one] => one.clone(),
            several => {
                let message = format!(
                    "{}: expected one {what} with its settings, found {} keys",
                    value.what,
                    several.len()
                );
                return Err(value.problem(message).help(format!("write {example}")));
            }
        },
    };
    if known.contains(&name) {
        return Ok((name, settings));
    }
    let help = did_you_mean(name, known.iter().copied())
        .unwrap_or_else(|| format!("choose from {}", list_of(known.iter().copied())));
    Err(Problem::new(span, format!("there is no {what} `{name}`")).help(help))
}

/// The settings of a choice; none for a name alone.
pub(super) fn settings<'a>(
    value: &Value<'a>,
    name: &str,
    keys: &[&str],
    example: &str,
) -> Result<Fields<'a>, Problem> {
    if value.as_str().is_some() {
        return Ok(Fields::none(value, name));
    }
    Fields::new(value, name, keys, example)
}

/// The optimizer and its base learning rate.
pub(super) fn optimizer(value: &Value) -> Result<(Optimizer, f64), Problem> {
    const EXAMPLE: &str = "optimizer = { Adam = { lr = 0.001 } }";
    let (name, inner) = choice(value, Optimizer::NAMES, "optimizer", EXAMPLE)?;
    let keys = Optimizer::keys(name).unwrap_or_default();
    let mut settings = Settings { fields: settings(&inner, name, &keys, EXAMPLE)? };
    Optimizer::read(name, &mut settings).expect("the choice is among the names")
}

const STEP_SIZE_BOUND: &str = "1 to 4294967295 epochs";

/// How the learning rate moves.
pub(super) fn schedule(value: &Value) -> Result<Schedule, Problem> {
    const EXAMPLE: &str = "schedule = { StepLR = { step_size = 10, gamma = 0.1 } }";
    let (name, inner) = choice(value, SCHEDULES, "schedule", EXAMPLE)?;
    let keys: &[&str] = match name {
        "StepLR" => &["step_size", "gamma"],
        "CosineAnnealingLR" => &["eta_min"],
        "OneCycleLR" => &["pct_start", "div_factor", "final_div_factor"],
        "PiecewiseLinear" => &["points"],
        "WarmupStableDecay" => &["warmup", "decay", "shape"],
        _ => &[],
    };
    let f = settings(&inner, name, keys, EXAMPLE)?;
    let positive = |key: &str, default: f64| {
        f.get(key).map_or(Ok(default), |v| v.float(|x| x > 0.0, "a number more than 0"))
    };
    Ok(match name {
        "StepLR" => {
            let step_size = f.required("step_size", "step_size = 10 (epochs between two drops)")?;
            let step_size = step_size.integer(1..=u64::from(u32::MAX), STEP_SIZE_BOUND)? as u32;
            Schedule::Step { step_size, gamma: positive("gamma", 0.1)? }
        }
        "CosineAnnealingLR" => {
            let eta_min = f.get("eta_min");
            let eta_min = eta_min.map_or(Ok(0.0), |v| v.float(|x| x >= 0.0, "0, or a positive number"))?;
            Schedule::Cosine { eta_min }
        }
        "OneCycleLR" => {
            let pct_start = f.get("pct_start");
            let inside = |v: Value| v.float(|x| x > 0.0 && x < 1.0, "a number between 0 and 1, as 0.3");
            Schedule::OneCycle {
                pct_start: pct_start.map_or(Ok(0.3), inside)?,
                div_factor: positive("div_factor", 25.0)?,
                final_div_factor: positive("final_div_factor", 1e4)?,
            }
        }
        "PiecewiseLinear" => {
            let points = f.required("points", "points = [[0.0, 0.2], [0.3, 1.0], [1.0, 0.0]]")?;
            Schedule::PiecewiseLinear { points: self::points(&points)? }
        }
        "WarmupStableDecay" => {
            let share = |key: &str, default: f64, least: f64, bound: &str| {
                f.get(key).map_or(Ok(default), |v| v.float(|x| x >= least && x <= 1.0, bound))
            };
            let warmup = share("warmup", 0.0, 0.0, "a share of the steps from 0 to 1")?;
            let decay = share("decay", 0.2, f64::MIN_POSITIVE, "a share of the steps above 0 and up to 1")?;
            if warmup + decay > 1.0 {
                let message = "the decay begins before the warm-up ends";
                return Err(f.problem("warmup", message).help("choose shares that add up to at most 1"));
            }
            let shape = one_of(&f, "shape", &Decay::NAMED.map(|(_, name)| name))?;
            let shape = Decay::NAMED.into_iter().find(|(_, name)| Some(*name) == shape);
            Schedule::WarmupStableDecay {
                warmup,
                decay,
                shape: shape.map(|(shape, _)| shape).unwrap_or_default(),
            }
        }
        _ => Schedule::Constant,
    })
}

/// Pairs of a share of the steps and a factor of the rate, in ascending order of the shares.
fn points(value: &Value) -> Result<Vec<(f64, f64)>, Problem> {
    const EXAMPLE: &str = "write pairs of a share of the training and a factor of the rate: [[0.0, 0.2], [0.3, 1.0], [1.0, 0.0]]";
    let mut points: Vec<(f64, f64)> = vec![];
    for entry in value.array("points").map_err(|problem| problem.help(EXAMPLE))? {
        let pair = entry.array("two numbers").map_err(|problem| problem.help(EXAMPLE))?;
        let [share, factor] = &pair[..] else {
            let message = format!("{}: expected two numbers, found {}", entry.what, pair.len());
            return Err(entry.problem(message).help(EXAMPLE));
        };
        let at = share.float(|x| (0.0..=1.0).contains(&x), "a share of the training from 0 to 1")?;
        if points.last().is_some_and(|(before, _)| *before >= at) {
            let message = format!("{}: {at} is not behind the share before it", share.what);
            return Err(share.problem(message).help("write the points in ascending order of their shares"));
        }
        points.push((at, factor.float(|x| x >= 0.0, "0, or a positive number")?));
    }
    if points.iter().all(|(_, factor)| *factor == 0.0) {
        return Err(value.problem("no point has a factor above 0: nothing would be learnt").help(EXAMPLE));
    }
    Ok(points)
}

/// A mean and a deviation for each of some channels, or `"dataset"`; [`check_channels`] compares their number with the images'.
pub(super) fn normalization(value: &Value) -> Result<Normalization, Problem> {
    if let Some(word) = value.as_str() {
        return match word {
            DATASET => Ok(Normalization::Dataset),
            _ => {
                let message = format!("there is no normalization `{word}`");
                Err(value.problem(message).help(format!("write \"{DATASET}\", or {NORMALIZATION}")))
            }
        };
    }
    let f = Fields::new(value, "normalization", &["mean", "std"], NORMALIZATION)?;
    let list = |key: &str, allowed: fn(f32) -> bool, bound: &str| -> Result<Vec<f32>, Problem> {
        let value = f.required(key, &format!("{key} = [0.5]"))?;
        let entries = value.array("numbers, one a channel")?;
        // Checked as f32, for that is what the pixels become: 1e-60 would be 0.
        entries.iter().map(|v| v.float(|x| allowed(x as f32), bound).map(|x| x as f32)).collect()
    };
    let mean = list("mean", f32::is_finite, MEAN_BOUND)?;
    Ok(Normalization::fixed(mean, list("std", |x| x > 0.0 && x.is_finite(), STD_BOUND)?))
}

/// Mean and deviation are those of the training images.
const DATASET: &str = "dataset";

const NORMALIZATION: &str = "normalization = { mean = [0.5], std = [0.5] }";
// What f32 can hold.
const MEAN_BOUND: &str = "a number from -3.4e38 to 3.4e38";
const STD_BOUND: &str = "a number from 1e-45 to 3.4e38";

/// A share of the training images, or `"val"`.
pub(super) fn validation(value: &Value) -> Result<Validation, Problem> {
    match value.as_str() {
        Some(VALIDATION_PART) => Ok(Validation::Part),
        Some(word) if word.parse::<f64>().is_err() => {
            let help = format!(
                "write a share, as 0.1, or \"{VALIDATION_PART}\" for the images of the data set's folder val/"
            );
            Err(value.problem(format!("there is no validation `{word}`")).help(help))
        }
        _ => value.float(rules::is_validation, rules::VALIDATION_BOUND).map(Validation::Share),
    }
}

/// The images that judge a finished network: the test images without the key, those held out by its words.
pub(super) fn judged_by(value: &Value, held_out: bool) -> Result<JudgedBy, Problem> {
    let Some(judged_by) = value.as_str().and_then(JudgedBy::named) else {
        let message = format!("{} is \"validation\", \"validation_last\" or not there", value.what);
        return Err(value.problem(message).help("leave the key away: test images judge a network"));
    };
    match held_out {
        true => Ok(judged_by),
        false => {
            Err(value.problem("there are no images held out that could judge").help(rules::JUDGED_BY_NEEDS))
        }
    }
}

/// Refuses a normalisation for another number of channels than the images have.
pub(super) fn check_channels(value: &Value, channels: usize) -> Result<(), Problem> {
    if value.as_str().is_some() {
        return Ok(());
    }
    let f = Fields::new(value, "normalization", &["mean", "std"], NORMALIZATION)?;
    for key in ["mean", "std"] {
        let value = f.required(key, "")?;
        let entries = value.array("numbers, one a channel")?.len();
        if entries != channels {
            let plural = if channels == 1 { "" } else { "s" };
            let message = format!(
                "{} has {entries} entries, the data set's images have {channels} channel{plural}",
                value.what
            );
            return Err(value.problem(message).help("write one number a channel"));
        }
    }
    Ok(())
}
