//! Integration tests of `toile-study`, one module a subject.

mod factors;
mod file;
mod findings;
mod networks;
mod run;
