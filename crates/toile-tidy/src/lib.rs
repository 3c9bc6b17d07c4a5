//! Reads Toile's own source, as far as the rules of the house need it: tokens, functions, imports between files.
//!
//! It reads what `cargo fmt` writes and is no Rust parser. `tests/tidy.rs` holds the rules.

pub mod files;
pub mod functions;
pub mod imports;
pub mod tokens;
