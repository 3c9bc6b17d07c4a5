//! From a checked study to folders of results.

mod failures;
mod files;
mod fixture;
mod resume;
