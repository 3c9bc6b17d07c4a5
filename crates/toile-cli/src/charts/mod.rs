//! Charts that stand alone, with their data: pure renderers, evidence in, text out.
//!
//! Each is one SVG with its own ground and both modes' colours, so that it can be read wherever it is embedded.

mod attribution;
mod csv;
mod silencing;
mod svg;

pub use attribution::attribution_svg;
pub use csv::{attribution_csv, silencing_csv};
pub use silencing::silencing_svg;
