//! A network with a residual block, described in code and as in a study file.

use toile::{description, layers, layers::*};

fn main() -> Result<(), toile::Error> {
    let conv = || Conv2d { padding: Pair::square(1), ..Conv2d::new(16, 3) };
    let block = Residual::new(layers![conv(), BatchNorm2d::default(), ReLU, conv(), BatchNorm2d::default()]);
    let layers =
        layers![conv(), ReLU, block, ReLU, AdaptiveAvgPool2d::new(1), Flatten, Linear::new(10), LogSoftmax];
    let network = description::resolve([1, 28, 28], &layers, 10)?;
    println!("{} parameters", network.parameter_count());
    let same = toile::layers_from_toml(
        "layers = [\"Flatten\", { Linear = { out_features = 10 } }, \"LogSoftmax\"]",
    )?;
    assert_eq!(same, layers![Flatten, Linear::new(10), LogSoftmax]);
    Ok(())
}
