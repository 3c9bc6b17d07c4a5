//! What measurements need beside what they measure; the measurements themselves are in `benches/` and `examples/`. Tests
//! that need it as well build this library, and not the Criterion of the measurements.

pub mod synthetic;
