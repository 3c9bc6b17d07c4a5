//! A network with a residual block, described in code, and one read from a study file's words.

use toile::{description, layers, layers::*};

fn main() -> Result<(), toile::Error> {
    let conv = || Conv2d { padding: Pair::square(1), ..Conv2d::new(16, 3) };
    let block = Residual::new(layers![conv(), BatchNorm2d::default(), ReLU, conv(), BatchNorm2d::default()]);
    let mut layers = layers![conv(), ReLU, block, ReLU, AdaptiveAvgPool2d::new(1)];
    layers.extend(toile::layers_from_toml(
        "layers = [\"Flatten\", { Linear = { out_features = 10 } }, \"LogSoftmax\"]",
    )?);
    println!("{} parameters", description::resolve([1, 28, 28], &layers, 10)?.parameter_count());
    Ok(())
}
