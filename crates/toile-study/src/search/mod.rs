//! Trying settings of a model on images held out of training: which are tried, which go on, and what the best is worth.
//!
//! ```text
//! Axis (what --vary says) -> settings (a grid, or draws) -> candidates (models) -> rungs of runs -> Search (evidence)
//! ```
//!
//! The runs of all candidates lie in one folder, `sweep/<model>/` of the study's results, each candidate under a name made
//! of the digest of its recipe: whoever widens a search, or asks again, keeps what is trained. Test images choose nothing.

mod candidates;
mod draw;
mod folder;
mod held_out;
mod judge;
mod ladder;
mod rates;
mod rungs;
mod space;
mod tuned;

pub use candidates::{Candidate, SearchError, VALIDATION, candidates, rung};
pub use draw::{grid, random};
pub use folder::{earlier_candidates, folder};
pub use held_out::{HeldOutRun, measure};
pub use judge::{Judged, Searched, judge, promoted};
pub use ladder::{Ladder, certain};
pub use rates::rates;
pub use rungs::{Halving, Rung, rungs};
pub use space::{Axis, Range, Scale, Values};
pub use tuned::tuned_model;
