//! The page's script: its files, joined.

/// The files in the order in which they are joined. What a file uses while it is read stands before it.
const FILES: [&str; 16] = [
    include_str!("js/weights.js"),
    include_str!("js/convolution.js"),
    include_str!("js/pooling.js"),
    include_str!("js/layers.js"),
    include_str!("js/network.js"),
    include_str!("js/resample.js"),
    include_str!("js/picture.js"),
    include_str!("js/occlusion.js"),
    include_str!("js/gradcam.js"),
    include_str!("js/pad.js"),
    include_str!("js/camera.js"),
    include_str!("js/sources.js"),
    include_str!("js/answer.js"),
    include_str!("js/examples.js"),
    include_str!("js/matrix.js"),
    // What brings them together.
    include_str!("js/page.js"),
];

/// Only in a page that a server hands out: no other holds a word that could ask anything.
const SERVER: &str = include_str!("js/server.js");

/// The whole script. Its names are its own.
pub(crate) fn text(has_server: bool) -> String {
    let server = if has_server { SERVER } else { "" };
    format!("\"use strict\";\n(() => {{\n{server}{}}})();\n", FILES.join("\n"))
}
