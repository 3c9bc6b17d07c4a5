//! The average of a model's weights: `ema`, `swa` or `lookahead`.

use toile_nn::average::{self, Average};

use super::error::Problem;
use super::value::{Fields, Value};

const EMA: &str = "ema = { decay = 0.999 }";
const SWA: &str = "swa = { start = 0.75 }";
const LOOKAHEAD: &str = "lookahead = { k = 5, alpha = 0.5 }";

/// The average that a model's table asks for, which is at most one.
pub(super) fn average(model: &Fields<'_>) -> Result<Option<Average>, Problem> {
    let (ema, swa, lookahead) = (model.get("ema"), model.get("swa"), model.get("lookahead"));
    let set = [("ema", &ema), ("swa", &swa), ("lookahead", &lookahead)];
    let mut set = set.iter().filter(|(_, value)| value.is_some());
    if let (Some((first, _)), Some((second, Some(value)))) = (set.next(), set.next()) {
        let message = format!("`{second}` beside `{first}`: a model has one average of its weights");
        return Err(value.problem(message).help("remove one of the two"));
    }
    match (ema, swa, lookahead) {
        (Some(value), _, _) => of_ema(&value).map(Some),
        (_, Some(value), _) => of_swa(&value).map(Some),
        (_, _, Some(value)) => of_lookahead(&value).map(Some),
        (None, None, None) => Ok(None),
    }
}

fn of_ema(value: &Value<'_>) -> Result<Average, Problem> {
    let fields = Fields::new(value, "ema", &["decay", "every", "warmup"], EMA)?;
    let decay = fields.required("decay", "decay = 0.999")?;
    Ok(Average::Ema {
        decay: decay.float(average::is_below_one, average::BELOW_ONE)?,
        every: fields.get("every").map_or(Ok(1), |value| steps(&value))?,
        warmup: fields.get("warmup").map_or(Ok(false), |value| value.boolean())?,
    })
}

fn of_swa(value: &Value<'_>) -> Result<Average, Problem> {
    let fields = Fields::new(value, "swa", &["start"], SWA)?;
    let start =
        fields.get("start").map_or(Ok(0.75), |v| v.float(average::is_below_one, average::BELOW_ONE))?;
    Ok(Average::Swa { start })
}

fn of_lookahead(value: &Value<'_>) -> Result<Average, Problem> {
    let fields = Fields::new(value, "lookahead", &["k", "alpha", "power"], LOOKAHEAD)?;
    Ok(Average::Lookahead {
        k: fields.get("k").map_or(Ok(5), |value| steps(&value))?,
        alpha: fields.get("alpha").map_or(Ok(0.5), |v| v.float(average::is_alpha, average::ALPHA_BOUND))?,
        power: fields.get("power").map_or(Ok(0.0), |v| v.float(average::is_power, average::POWER_BOUND))?,
    })
}

fn steps(value: &Value<'_>) -> Result<u64, Problem> {
    value.integer(1..=u64::from(u32::MAX), average::STEPS_BOUND)
}
