//! Functions of a value by itself, in C.

use toile_device::program::Curve;
use toile_kernels::activation::Activation;

use super::text::float;

/// A function's name, which says its constant where it has one, and its text.
pub(super) fn function(curve: Curve) -> (String, String) {
    let (name, value) = match curve {
        Curve::Activation(activation) => of_activation(activation),
        Curve::Sigmoid => ("sigmoid".into(), "1.0f / (1.0f + expf(-x))".into()),
        Curve::Hardsigmoid => {
            ("hardsigmoid".into(), "x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : (x + 3.0f) / 6.0f".into())
        }
    };
    let text = format!("static float {name}(float x)\n{{\n    return {value};\n}}\n");
    (name, text)
}

fn of_activation(activation: Activation) -> (String, String) {
    let constant = |value: f64| float(value as f32);
    let (name, value) = match activation {
        Activation::ReLU => ("relu", "x > 0.0f ? x : 0.0f".to_owned()),
        Activation::LeakyReLU { negative_slope } => {
            let value = format!("x > 0.0f ? x : {} * x", constant(negative_slope));
            return (named("leaky_relu", negative_slope), value);
        }
        Activation::Scale { value } => {
            return (named("scale", value), format!("{} * x", constant(value)));
        }
        Activation::SiLU => ("silu", "x / (1.0f + expf(-x))".into()),
        Activation::Hardswish => {
            ("hardswish", "x <= -3.0f ? 0.0f : x >= 3.0f ? x : x * (x + 3.0f) / 6.0f".into())
        }
        Activation::GELU { tanh: false } => ("gelu", "0.5f * x * (1.0f + erff(x * 0.70710678f))".into()),
        Activation::GELU { tanh: true } => {
            ("gelu_of_tanh", "0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)))".into())
        }
    };
    (name.to_owned(), value)
}

/// `scale_0_5`, for another constant another name.
fn named(name: &str, value: f64) -> String {
    let digits = format!("{value:?}").replace('-', "minus_");
    let digits: String = digits.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("{name}_{digits}")
}
