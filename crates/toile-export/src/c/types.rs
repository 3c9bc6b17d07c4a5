//! The types of constants.

/// By their names. None has another before it.
const TYPES: [(&str, &str); 5] = [
    ("convolution_shape", include_str!("convolution_shape.c")),
    ("window_shape", include_str!("window_shape.c")),
    ("convolution_values", include_str!("int8/convolution_values.c")),
    ("sum_values", include_str!("int8/sum_values.c")),
    ("product_values", include_str!("int8/product_values.c")),
];

/// Those that a text has constants of.
pub(super) fn of(constants: &str) -> String {
    let is_there = |name: &str| constants.contains(&format!("static const {name} "));
    TYPES.iter().filter(|(name, _)| is_there(name)).map(|(_, text)| format!("{text}\n")).collect()
}
