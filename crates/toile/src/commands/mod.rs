//! A module a command.

pub mod data;
