//! Nothing: the measurements are in `benches/` and `examples/`. A crate of their own, so that tests do not build what they
//! need.
