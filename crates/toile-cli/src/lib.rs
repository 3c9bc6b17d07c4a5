//! The face of Toile: what the binary shows and writes.

#![allow(rustdoc::invalid_html_tags, reason = "help for a terminal, where <name> stands for a name")]

pub mod args;
mod bar;
pub mod command_line;
pub mod commands;
mod events;
pub mod exit;
pub mod inspection;
mod kept;
pub mod label_errors;
pub mod live;
pub mod outputs;
mod page;
pub mod program;
pub mod progress;
pub mod report;
mod sheet;
pub mod stdout;
pub mod stop;
pub mod table;
pub mod terminal;
