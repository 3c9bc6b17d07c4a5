//! What measurements need beside what they measure; the measurements themselves are in `benches/` and `examples/`. A
//! crate of its own, so that tests do not build what it needs.

pub mod synthetic;
