//! The study file: built-in studies, every key, round trips, and what bad files are told.

mod bad_input;
mod built_in;
mod changed;
pub(super) mod keys;
mod round_trip;
mod variables;
