//! Loads a trained model and says what is in a picture. An argument names the folder of a run, as
//! `runs/baseline-vs-better/better/seed-0`; without one, a model is trained and saved first.

use toile::{Model, Recipe, layers, layers::*};

fn main() -> Result<(), toile::Error> {
    let data = toile::data::load("fashion-mnist-small")?;
    let path =
        std::env::args_os().nth(1).map_or_else(|| std::env::temp_dir().join("model.safetensors"), Into::into);
    if !path.exists() {
        let layers = layers![Flatten, Linear::new(10), LogSoftmax];
        toile::train(&Recipe { layers, ..Recipe::default() }, &data.train, 0)?.save(&path)?;
    }
    let found = Model::load(&path)?.predict(data.test.image(0))?;
    println!("{}, {:.0} %", found[0].name, 100.0 * found[0].probabilities[found[0].class]);
    Ok(())
}
