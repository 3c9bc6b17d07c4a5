//! Three seeds of each of two recipes, and which one is better: `cargo run --release -p toile --example compare`.

use toile::comparison::ComparisonSettings;
use toile::{Predictions, Recipe, layers, layers::*};

fn main() -> Result<(), toile::Error> {
    let data = toile::data::load("fashion-mnist-small")?;
    let runs = |epochs| -> Result<Vec<Predictions>, toile::Error> {
        let layers = layers![Flatten, Linear::new(10), LogSoftmax];
        let recipe = Recipe { layers, epochs, ..Recipe::default() };
        (0..3).map(|seed| toile::train(&recipe, &data.train, seed)?.predictions(&data.test)).collect()
    };
    let (short, long) = (("1 epoch", &runs(1)?[..]), ("20 epochs", &runs(20)?[..]));
    println!("{}", toile::compare(&ComparisonSettings::default(), short, long)?.sentence);
    Ok(())
}
