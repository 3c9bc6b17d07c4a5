//! From a checked study to folders of results.

mod continued;
mod cost;
mod engine;
mod failures;
mod files;
mod fixture;
mod resume;
mod silenced;
