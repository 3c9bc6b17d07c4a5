//! Where the values of a line chart lie on a sheet.

use crate::scale::Scale;

/// The field of a chart on a sheet, with its scales.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) first: f64,
    pub(super) last: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) scale: Scale,
}

impl Frame {
    pub(super) fn x(&self, x: f64) -> f64 {
        self.left + (x - self.first) / (self.last - self.first) * (self.right - self.left)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - self.scale.share(value, self.low, self.high) * (self.bottom - self.top)
    }
}
