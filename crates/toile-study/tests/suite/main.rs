//! Integration tests of `toile-study`, one module a subject.

mod evidence;
mod explained;
mod factors;
mod file;
mod findings;
mod networks;
mod run;
mod silence;
mod sweep;
