//! Trains a small network and says how well it does: `cargo run --release -p toile --example train`.

use toile::{Recipe, layers, layers::*};

fn main() -> Result<(), toile::Error> {
    let data = toile::data::load("fashion-mnist-small")?;
    let layers = layers![MaxPool2d::new(2), Flatten, Linear::new(32), ReLU, Linear::new(10), LogSoftmax];
    let recipe = Recipe { layers, epochs: 10, batch_size: 16, ..Recipe::default() };
    let model = toile::train(&recipe, &data.train, 0)?;
    println!("accuracy {:.1} %", 100.0 * model.evaluate(&data.test)?.accuracy);
    Ok(())
}
