//! A second runtime's opinion of an ONNX file, where this build has one.

use toile_export::onnx::Input;
use toile_study::trained::Trained;

#[cfg(not(feature = "tract"))]
use crate::progress::remark;
#[cfg(feature = "tract")]
use crate::progress::say;

/// Whether there is a second runtime in this build.
pub(super) const IS_THERE: bool = cfg!(feature = "tract");

/// How one gets a build that has it.
pub(super) const REMEDY: &str =
    "build one that has it: cargo install --path crates/toile-cli --features tract";

/// Tells what a second runtime says of a file's bytes; without one, that there is none.
///
/// # Errors
/// A file with other answers than Toile's.
#[cfg(not(feature = "tract"))]
pub(super) fn opinion(_file: &[u8], _trained: &Trained, _input: Input) -> anyhow::Result<()> {
    remark(&format!("no second runtime has run the file; {REMEDY}"));
    Ok(())
}

/// Tells what a second runtime says of a file's bytes.
///
/// # Errors
/// A file with other answers than Toile's.
#[cfg(feature = "tract")]
pub(super) fn opinion(file: &[u8], trained: &Trained, input: Input) -> anyhow::Result<()> {
    use toile_export::onnx::check;

    let (pixels, what) = images(trained);
    let check::Agreement { images, largest } = check::check(file, trained, input, &pixels)?;
    say(&format!(
        "checked: tract runs the file on {images} {what}; the largest difference of a log-probability is {largest:.1e}"
    ));
    Ok(())
}

/// How many images are enough to see a difference, without anybody having to wait.
#[cfg(feature = "tract")]
const IMAGES: usize = 256;

/// The first test images, where the data set is one of the catalogue and at hand; else noise.
#[cfg(feature = "tract")]
fn images(trained: &Trained) -> (Vec<u8>, &'static str) {
    use toile_data::{DataSource, LoadOptions, catalog};

    let at_hand = || {
        catalog::find(&trained.dataset)?;
        let options = LoadOptions { offline: true, ..LoadOptions::default() };
        let source = DataSource::named(&trained.dataset);
        let test = toile_data::open(&source, "".as_ref(), &options, &mut |_| {}).ok()?.test;
        let is_like = test.image_shape == trained.image_shape && !test.is_empty();
        is_like.then(|| {
            (0..test.len().min(IMAGES) as u32).flat_map(|index| test.image(index).to_vec()).collect()
        })
    };
    match at_hand() {
        Some(pixels) => (pixels, "test images"),
        None => (noise(IMAGES * trained.image_shape.iter().product::<usize>()), "images of noise"),
    }
}

/// Bytes without a pattern, the same each time: the high bits of a linear congruence (Knuth's MMIX).
#[cfg(feature = "tract")]
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..len).map(|_| next()).collect()
}
