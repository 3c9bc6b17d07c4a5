//! Three seeds of each of two recipes, and which one is better: `cargo run --release -p toile --example compare`.

use toile::comparison::ComparisonSettings;
use toile::{Predictions, Recipe, layers, layers::*};

fn main() -> Result<(), toile::Error> {
    let data = toile::data::load("fashion-mnist-small")?;
    let short =
        Recipe { layers: layers![Flatten, Linear::new(10), LogSoftmax], epochs: 1, ..Recipe::default() };
    let long = Recipe { epochs: 20, ..short.clone() };
    let runs = |recipe: &Recipe| -> Result<Vec<Predictions>, toile::Error> {
        (0..3).map(|seed| toile::train(recipe, &data.train, seed)?.predictions(&data.test)).collect()
    };
    let found = toile::compare(
        &ComparisonSettings::default(),
        ("1 epoch", &runs(&short)?),
        ("20 epochs", &runs(&long)?),
    )?;
    println!("{}", found.sentence);
    Ok(())
}
