//! The crate's integration tests: one module a subject.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod averages;
mod bounds;
mod description;
mod engine;
mod golden;
mod gradients;
mod groups;
mod initial;
mod largest;
mod modern;
mod names;
mod networks;
mod networks_of_bf16;
mod order;
mod placement;
mod plain;
mod precision;
mod schedule;
mod sensitivity;
