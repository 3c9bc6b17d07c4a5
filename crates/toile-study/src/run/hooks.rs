//! Whom runs work with.

use std::sync::atomic::AtomicBool;

use super::event::Observer;
use super::executors::Executors;
use super::keeper::Keeper;

/// Whom runs work with.
#[derive(Clone, Copy)]
pub(crate) struct RunHooks<'a> {
    /// Makes executors.
    pub(crate) executors: &'a Executors<'a>,
    /// Told what happens.
    pub(crate) observer: &'a dyn Observer,
    /// Keeps what is known of the study up to date.
    pub(crate) keeper: &'a dyn Keeper,
    /// Set from anywhere to stop all runs at a checkpoint.
    pub(crate) stop: &'a AtomicBool,
}
