//! Whole steps or evaluation alone.

use serde::Serialize;

/// What is measured.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Forward, loss, backward and update.
    Train,
    /// Forward in evaluation mode.
    Infer,
}

/// Rounds that are measured.
pub(super) const ROUNDS: usize = 15;
