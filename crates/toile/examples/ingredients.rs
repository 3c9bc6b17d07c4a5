//! Ingredients of short trainings in one recipe: a first convolution that whitens patches and stays as it is, Muon
//! for the others, clipped gradients, an average of the weights, several looks at each image that is judged:
//! `cargo run --release -p toile --example ingredients`.

use toile::optimizer::{Muon, SGD};
use toile::{Average, Clip, ParameterGroup, Recipe, Selection, TestTimeAugmentation, Treatment};
use toile::{layers, layers::*, schedule::LearningRate};

fn main() -> Result<(), toile::Error> {
    let data = toile::data::load("fashion-mnist-small")?;
    let whitening = Conv2d { init: Init::Whitening { eps: 5e-4 }, frozen: true, ..Conv2d::new(18, 3) };
    let conv = |channels| Conv2d { init: Init::Orthogonal, bias: false, ..Conv2d::new(channels, 3) };
    let norm = BatchNorm2d { affine: Affine::Bias, ..BatchNorm2d::default() };
    let pool = MaxPool2d::new(2);
    let mut layers = layers![whitening, ReLU, conv(16), pool, norm, ReLU, conv(32), pool, norm, ReLU];
    layers.extend(layers![Flatten, Linear::new(10), Scale { value: 0.125 }, LogSoftmax]);
    // What no group selects follows the recipe's optimizer. The frozen weight follows none.
    let select = Selection { name: Some("conv*.weight".into()), ..Selection::default() };
    let treatment = Treatment::Own { optimizer: Muon::default().into(), lr: 0.02 };
    let recipe = Recipe {
        layers,
        optimizer: SGD { momentum: 0.9, ..SGD::default() }.into(),
        learning_rate: LearningRate { warmup_epochs: 1, ..LearningRate::constant(0.1) },
        parameter_groups: vec![ParameterGroup { select, treatment }],
        clip: Some(Clip::Norm(1.0)),
        average: Some(Average::Ema { decay: 0.9, every: 1, warmup: true }),
        test_time_augmentation: Some(TestTimeAugmentation { flip: true, shifts: 1 }),
        batch_size: 32,
        ..Recipe::default()
    };
    let model = toile::train(&recipe, &data.train, 0)?;
    println!("accuracy {:.1} %", 100.0 * model.evaluate(&data.test)?.accuracy);
    Ok(())
}
