//! The frame of a line chart: where an epoch and a value lie, and round ticks for both.

use super::picture::{Anchor, Picture, Text};
use crate::report::palette::LIGHT;

/// A chart's field on the sheet, with its scales.
pub(super) struct Field {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// The last epoch; the first is 1.
    pub(super) epochs: u32,
    /// Round values that enclose all others, lowest first.
    pub(super) ticks: Vec<f64>,
}

impl Field {
    pub(super) fn x(&self, epoch: u32) -> f64 {
        let span = f64::from(self.epochs.max(2) - 1);
        self.left + f64::from(epoch.saturating_sub(1)) / span * (self.right - self.left)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        let (low, high) = (self.ticks[0], self.ticks[self.ticks.len() - 1]);
        self.bottom - (value - low) / (high - low) * (self.bottom - self.top)
    }

    /// Grid, axis and names of the ticks.
    pub(super) fn draw(&self, picture: &mut Picture, tick_text: fn(f64) -> String) {
        for tick in &self.ticks {
            let y = self.y(*tick);
            picture.line(&[(self.left, y), (self.right, y)], LIGHT.rule, 1.0);
            let name = Text::at(self.left - 8.0, y + 4.0, tick_text(*tick));
            picture.text(name.muted().sized(11.0).anchored(Anchor::End));
        }
        picture.line(&[(self.left, self.bottom), (self.right, self.bottom)], LIGHT.muted, 1.0);
        for epoch in epoch_ticks(self.epochs) {
            let x = self.x(epoch);
            picture.line(&[(x, self.bottom), (x, self.bottom + 4.0)], LIGHT.muted, 1.0);
            let name = Text::at(x, self.bottom + 18.0, epoch.to_string());
            picture.text(name.muted().sized(11.0).anchored(Anchor::Middle));
        }
        let name = Text::at((self.left + self.right) / 2.0, self.bottom + 36.0, "epoch");
        picture.text(name.muted().anchored(Anchor::Middle));
    }
}

/// At least two round values that enclose `low..=high`, about five.
pub(super) fn ticks(low: f64, high: f64) -> Vec<f64> {
    let step = step(high - low);
    let first = (low / step + 1e-9).floor();
    let last = (high / step - 1e-9).ceil().max(first + 1.0);
    (0..=(last - first) as usize).map(|i| (first + i as f64) * step).collect()
}

/// 1, 2, 2.5 or 5 times a power of ten, a fifth of the range or more.
fn step(range: f64) -> f64 {
    let rough = range / 5.0;
    if !rough.is_normal() || rough < 0.0 {
        return 1.0;
    }
    let power = 10f64.powi(rough.log10().floor() as i32);
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(rough)
}

/// The first epoch, and round ones after it.
fn epoch_ticks(last: u32) -> Vec<u32> {
    let step = step(f64::from(last)).ceil().max(1.0) as u32;
    let round = (1..=last / step).map(|i| i * step).filter(|epoch| *epoch > 1);
    std::iter::once(1).chain(round).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose() {
        assert_eq!(ticks(0.0, 2.3), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
        assert_eq!(ticks(0.5, 0.5), [0.0, 1.0], "an empty range still has an axis");
        let close = ticks(0.88, 0.93);
        assert!(close[0] <= 0.88 && close[close.len() - 1] >= 0.93 && close.len() <= 7, "{close:?}");
        assert_eq!(epoch_ticks(1), [1]);
        assert_eq!(epoch_ticks(3), [1, 2, 3]);
        assert_eq!(epoch_ticks(40), [1, 10, 20, 30, 40]);
    }
}
