//! Integration tests of the binary's crate: one module a subject.

mod cli;
mod compare;
mod explain;
mod golden;
mod report;
mod table;
