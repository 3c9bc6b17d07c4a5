//! The header: what a program that uses the network has to know.

use toile_study::trained::Trained;

use super::Size;
use super::text::{comment, guard, string};
use crate::facts::facts;

/// Bytes of a pointer on a device of 32 bits.
pub(super) const POINTER: usize = size_of::<u32>();

/// What stands in it, under a name without its ending.
pub(super) fn text(trained: &Trained, name: &str, size: Size) -> String {
    let [channels, height, width] = trained.image_shape;
    let classes = trained.class_names.len();
    let guard = guard(name);
    let names: String = trained
        .class_names
        .iter()
        .enumerate()
        .map(|(class, name)| format!(" *   {class}  {}\n", comment(name)))
        .collect();
    let Size { flash, ram } = size;
    format!(
        "{origin}#ifndef {guard}\n#define {guard}\n\n#include <stdint.h>\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n\
         #define TOILE_CHANNELS {channels}\n#define TOILE_HEIGHT {height}\n#define TOILE_WIDTH {width}\n\
         #define TOILE_CLASSES {classes}\n\n\
         /* The classes, in the order of the probabilities:\n{names} */\n\
         extern const char *const toile_class_names[TOILE_CLASSES];\n\n\
         /* What the network makes of an image: TOILE_HEIGHT * TOILE_WIDTH * TOILE_CHANNELS bytes from 0 to 255,\n \
         * [row][column][channel]. Writes TOILE_CLASSES probabilities and gives the most probable class.\n \
         * It keeps {ram} bytes of memory between its steps, so that only one call may run at a time, and {flash}\n \
         * bytes of constants. */\n\
         int toile_predict(const uint8_t *image, float *probabilities);\n\n\
         #ifdef __cplusplus\n}}\n#endif\n\n#endif\n",
        origin = origin(trained),
    )
}

/// A comment that says whose network it is.
pub(super) fn origin(trained: &Trained) -> String {
    let told = ["study", "model", "seed", "epoch", "dataset", "weights_sha256", "producer"];
    let lines = facts(trained).into_iter().filter(|(key, _)| told.contains(&key.as_str()));
    let lines: String = lines.map(|(key, text)| format!(" *   {key}: {}\n", comment(&text))).collect();
    format!("/* A network that Toile trained.\n{lines} */\n")
}

/// The names of the classes, as the source file has them.
pub(super) fn class_names(trained: &Trained) -> String {
    let names: String = trained.class_names.iter().map(|name| format!("    {},\n", string(name))).collect();
    format!("const char *const toile_class_names[TOILE_CLASSES] = {{\n{names}}};\n")
}

/// What they take: each its bytes with a zero behind them, and a pointer.
pub(super) fn bytes_of_class_names(trained: &Trained) -> usize {
    trained.class_names.iter().map(|name| name.len() + 1 + POINTER).sum()
}
