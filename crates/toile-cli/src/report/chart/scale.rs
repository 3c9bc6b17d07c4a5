//! From values to pixels: round ticks, linear and logarithmic.

/// How values are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Scale {
    Linear,
    Log,
}

impl Scale {
    pub(in crate::report) fn name(self) -> &'static str {
        match self {
            Scale::Linear => "linear",
            Scale::Log => "log",
        }
    }

    /// Where a value stands between two others, 0 to 1.
    pub(super) fn share(self, value: f64, low: f64, high: f64) -> f64 {
        match self {
            Scale::Linear => (value - low) / (high - low),
            Scale::Log => (value / low).ln() / (high / low).ln(),
        }
    }

    pub(super) fn ticks(self, low: f64, high: f64) -> Vec<f64> {
        match self {
            Scale::Linear => ticks(low, high, 5.0),
            Scale::Log => log_ticks(low, high),
        }
    }
}

/// Steps of 1, 2, 2.5 or 5 times a power of ten; 0 if the range is empty.
fn round_step(range: f64, steps: f64) -> f64 {
    if range <= 0.0 || !range.is_finite() {
        return 0.0;
    }
    let rough = range / steps;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(rough)
}

/// Ticks at round values that enclose `low..high`.
pub(in crate::report) fn ticks(low: f64, high: f64, steps: f64) -> Vec<f64> {
    let step = round_step(high - low, steps);
    if step == 0.0 {
        return vec![low, low + 1.0];
    }
    let (first, last) = ((low / step + 1e-9).floor() as i64, (high / step - 1e-9).ceil() as i64);
    (first..=last).map(|i| i as f64 * step).collect()
}

/// 1, 2 and 5 times the powers of ten that enclose `low..high`, both above 0; the powers alone over a wide range.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let leading: &[f64] = if last - first > 3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all: Vec<f64> =
        (first..=last).flat_map(|power| leading.iter().map(move |m| m * 10f64.powi(power))).collect();
    let start = all.iter().rposition(|tick| *tick <= low * (1.0 + 1e-9)).unwrap_or(0);
    let end = all.iter().position(|tick| *tick >= high * (1.0 - 1e-9)).unwrap_or(all.len() - 1);
    if start < end { all[start..=end].to_vec() } else { vec![low / 2.0, high * 2.0] }
}

/// Epochs to name: the first, round ones, never two too close.
pub(in crate::report) fn epoch_ticks(last: u32) -> Vec<u32> {
    let step = round_step(f64::from(last), 5.0).max(1.0).ceil() as u32;
    let mut ticks: Vec<u32> = (1..=last / step).map(|i| i * step).collect();
    if ticks.first().is_none_or(|first| *first > 1) {
        ticks.insert(0, 1);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose() {
        assert_eq!(ticks(0.0, 2.3, 5.0), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
        assert_eq!(ticks(0.0, 1.0, 5.0).len(), 6);
        assert_eq!(ticks(0.5, 0.5, 5.0), [0.5, 1.5], "an empty range still has an axis");
        let close = ticks(0.88, 0.93, 5.0);
        assert!(close[0] <= 0.88 && *close.last().unwrap() >= 0.93 && close.len() <= 7, "{close:?}");
    }

    #[test]
    fn logarithmic_ticks_enclose_too() {
        assert_eq!(log_ticks(0.2, 2.3), [0.2, 0.5, 1.0, 2.0, 5.0]);
        assert_eq!(log_ticks(0.3, 0.3), [0.2, 0.5]);
        assert_eq!(log_ticks(0.2, 0.2), [0.1, 0.4], "an empty range on a tick");
        let wide = log_ticks(1e-6, 3.0);
        assert_eq!((wide[0], wide.len()), (1e-6, 8));
        assert_eq!(Scale::Log.share(1.0, 0.1, 10.0), 0.5);
    }

    #[test]
    fn epochs_are_whole_numbers() {
        assert_eq!(epoch_ticks(1), [1]);
        assert_eq!(epoch_ticks(3), [1, 2, 3]);
        assert_eq!(epoch_ticks(40), [1, 10, 20, 30, 40]);
        assert_eq!(epoch_ticks(12), [1, 3, 6, 9, 12]);
    }
}
