//! The page's script: its files, joined.

/// Each file's name and text, in the order in which they are joined. What a file uses while it is read stands before
/// it.
pub(crate) const FILES: [(&str, &str); 13] = [
    ("weights.js", include_str!("js/weights.js")),
    ("convolution.js", include_str!("js/convolution.js")),
    ("pooling.js", include_str!("js/pooling.js")),
    ("layers.js", include_str!("js/layers.js")),
    ("network.js", include_str!("js/network.js")),
    ("resample.js", include_str!("js/resample.js")),
    ("picture.js", include_str!("js/picture.js")),
    ("occlusion.js", include_str!("js/occlusion.js")),
    ("pad.js", include_str!("js/pad.js")),
    ("camera.js", include_str!("js/camera.js")),
    ("sources.js", include_str!("js/sources.js")),
    ("answer.js", include_str!("js/answer.js")),
    ("matrix.js", include_str!("js/matrix.js")),
];

/// What brings them together.
const PAGE: &str = include_str!("js/page.js");

/// The whole script. Its names are its own.
pub(crate) fn text() -> String {
    let parts = FILES.iter().map(|(_, text)| *text).chain([PAGE]);
    format!("\"use strict\";\n(() => {{\n{}}})();\n", parts.collect::<Vec<_>>().join("\n"))
}
