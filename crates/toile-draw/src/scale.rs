//! From values to pixels: round ticks, linear and logarithmic.

/// How values are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal distances for equal differences.
    Linear,
    /// Equal distances for equal ratios.
    Log,
}

impl Scale {
    /// `linear`.
    pub fn name(self) -> &'static str {
        match self {
            Scale::Linear => "linear",
            Scale::Log => "log",
        }
    }

    /// Where a value stands between two others, 0 to 1.
    pub fn share(self, value: f64, low: f64, high: f64) -> f64 {
        match self {
            // Halves, because the distance of two huge values may be none that a number can say.
            Scale::Linear => (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0),
            Scale::Log => (value.log10() - low.log10()) / (high.log10() - low.log10()),
        }
    }

    /// Round values that enclose `low..=high`.
    pub fn ticks(self, low: f64, high: f64) -> Vec<f64> {
        match self {
            Scale::Linear => ticks(low, high, 5.0),
            Scale::Log => log_ticks(low, high),
        }
    }
}

/// 1, 2, 2.5, 5 or 10 times a power of ten, so that about `steps` of them make the range, which is finite and above 0.
fn round_step(range: f64, steps: f64) -> f64 {
    let rough = range / steps;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(rough)
}

/// At least two round values that enclose `low..=high`, about `steps` apart. An empty range has an axis all the same.
pub fn ticks(low: f64, high: f64, steps: f64) -> Vec<f64> {
    let range = (high - low).min(f64::MAX);
    let step = match range > 0.0 && (range / steps).is_normal() {
        true => round_step(range, steps),
        // Beside a huge value a step of 1 would be none.
        false => 10f64.powf(low.abs().max(1.0).log10().floor()),
    };
    let first = (low / step + 1e-9).floor();
    let last = (high / step - 1e-9).ceil().max(first + 1.0);
    (0..=(last - first) as usize).map(|i| ((first + i as f64) * step).clamp(-f64::MAX, f64::MAX)).collect()
}

/// 1, 2 and 5 times the powers of ten that enclose `low..high`, both above 0; the powers alone over a wide range.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let leading: &[f64] = if last - first > 3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    // Over a very wide range not every power, either.
    let every = ((last - first) as usize).div_ceil(9).max(1);
    let last = first + ((last - first) as usize).next_multiple_of(every) as i32;
    let all: Vec<f64> = (first..=last)
        .step_by(every)
        .flat_map(|power| {
            leading.iter().map(move |m| (m * 10f64.powi(power)).clamp(f64::MIN_POSITIVE, f64::MAX))
        })
        .collect();
    let start = all.iter().rposition(|tick| *tick <= low * (1.0 + 1e-9)).unwrap_or(0);
    let end = all.iter().position(|tick| *tick >= high * (1.0 - 1e-9)).unwrap_or(all.len() - 1);
    if start < end { all[start..=end].to_vec() } else { vec![low / 2.0, high * 2.0] }
}

/// Epochs to name: the first, round ones, never two too close.
pub fn epoch_ticks(last: u32) -> Vec<u32> {
    let step = round_step(f64::from(last.max(1)), 5.0).max(1.0).ceil() as u32;
    let round = (1..=last / step).map(|i| i * step).filter(|epoch| *epoch > 1);
    std::iter::once(1).chain(round).collect()
}
