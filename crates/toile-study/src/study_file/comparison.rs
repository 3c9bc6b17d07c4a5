//! The `[comparison]` table: how the models are compared, said before there are results.

use super::error::{Problem, did_you_mean, list_of};
use super::value::{Fields, Value};
use crate::evidence::Metric;
use crate::evidence::settings::{ALPHA_BOUND, ComparisonSettings, is_alpha, is_margin, margin_bound};

const EXAMPLE: &str = "margin = 0.005 and so on under [comparison]";
const KEYS: &[&str] = &["metric", "alpha", "margin"];

pub(super) fn comparison(value: &Value) -> Result<ComparisonSettings, Problem> {
    let fields = Fields::new(value, "comparison", KEYS, EXAMPLE)?;
    let default = ComparisonSettings::default();
    let metric = fields.get("metric").map_or(Ok(default.metric), |v| metric(&v))?;
    let alpha = fields.get("alpha").map_or(Ok(default.alpha), |v| v.float(is_alpha, ALPHA_BOUND))?;
    let margin = |v: Value| v.float(|x| is_margin(metric, x), margin_bound(metric));
    let margin = fields.get("margin").map(margin).transpose()?;
    Ok(ComparisonSettings { metric, alpha, margin })
}

fn metric(value: &Value) -> Result<Metric, Problem> {
    let name = value.string()?;
    Metric::named(name).ok_or_else(|| {
        let names = || Metric::ALL.into_iter().map(Metric::name);
        // `accuracy` and `f1` are what people say.
        let longer = names().find(|known| !name.is_empty() && known.starts_with(name));
        let help = longer
            .map(|known| format!("did you mean `{known}`?"))
            .or_else(|| did_you_mean(name, names()))
            .unwrap_or_else(|| format!("the metrics are {}", list_of(names())));
        value.problem(format!("there is no metric `{name}`")).help(help)
    })
}
