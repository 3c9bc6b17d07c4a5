//! Printers' colours.

/// Red, green and blue of cyan, magenta, yellow and black, where 255 is all ink: `(255 - C)(255 - K) / 255`, rounded to
/// the nearest, as Pillow's `convert("RGB")` has it without a colour profile.
pub(super) fn to_rgb([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let light = 255 - u32::from(black);
    [cyan, magenta, yellow].map(|ink| (((255 - u32::from(ink)) * light + 127) / 255) as u8)
}
