//! What a person sees while something takes time. Everything here goes to stderr.

pub mod fetch;
