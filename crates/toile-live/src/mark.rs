//! Whose page it is: a mark in its head, to see whether the run is still the one that the page was made of.

use toile_store::{Evaluation, RunId, sha256};

/// Name of the `meta` element that holds it.
pub(crate) const NAME: &str = "toile-run";

/// Bytes at the start of a page within which its mark stands.
pub const HEAD_BYTES: usize = 4096;

/// What a run is told by: its name, the epoch of its weights, and what they made of every test image.
pub fn mark(run: &RunId, evaluation: &Evaluation) -> String {
    let Evaluation { weights, epoch, confusion, .. } = evaluation;
    let mut text = format!("{run}\n{weights} {epoch}\n");
    for (truth, predicted, images) in confusion.cells() {
        text += &format!("{truth} {predicted} {images}\n");
    }
    sha256(text.as_bytes())
}

/// The mark in the head of a page; `None` where there is none.
pub fn mark_in(head: &str) -> Option<&str> {
    let (_, rest) = head.split_once(&format!("<meta name=\"{NAME}\" content=\""))?;
    rest.split_once('"').map(|(mark, _)| mark)
}
