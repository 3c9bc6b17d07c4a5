//! Integration tests of `toile-study`, one module a subject.

mod evidence;
mod file;
mod findings;
mod networks;
mod run;
