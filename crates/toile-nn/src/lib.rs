//! Networks of Toile: what a user describes, how it is checked, compiled and executed.
//!
//! A [`description::Network`] is a checked list of layers. Two executors run it: the plain one, layer
//! by layer with reference kernels (small, readable, the oracle), and the planned one (fused, threaded,
//! vectorised). This crate never sees a file, a data set or a study.

mod algorithms;
pub mod average;
pub mod clip;
pub mod description;
pub mod engine;
pub mod executor;
mod fusion;
mod graph;
mod group_error;
mod grouping;
pub mod groups;
pub mod initialisation;
pub mod largest;
mod layers;
pub mod optimizer;
mod order;
pub mod plain;
pub mod schedule;
pub mod setting;
pub mod state;
mod updates;
