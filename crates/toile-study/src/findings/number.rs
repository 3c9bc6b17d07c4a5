//! The numbers that a finding rests on.

use serde::Serialize;

use crate::numbers::{count, loss, loss_change, percent, points};

/// A number a finding rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Number {
    /// What it is: `test loss, last epoch`.
    pub name: String,
    /// In the unit's scale: shares and relative changes from 0 to 1.
    pub value: f64,
    /// How to read it.
    pub unit: Unit,
}

/// What a [`Number`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// From 0 to 1, shown in percent.
    Share,
    /// A difference of shares, shown in percentage points.
    Points,
    /// Mean negative log likelihood.
    Loss,
    /// A difference of losses.
    LossChange,
    /// Things counted.
    Count,
    /// An epoch, from 1.
    Epoch,
}

impl Number {
    /// The value for a reader: `69.18 %`, `+21.71 points`, `0.8106`, `1,000`.
    pub fn text(&self) -> String {
        match self.unit {
            Unit::Share => percent(self.value),
            Unit::Points => points(self.value),
            Unit::Loss => loss(self.value),
            Unit::LossChange => loss_change(self.value),
            Unit::Count | Unit::Epoch => count(self.value as u64),
        }
    }
}
