//! Networks that stay ready, alone and together.

use std::ops::ControlFlow;

use toile::comparison::ComparisonSettings;
use toile::data::Dataset;
use toile::pictures::Picture;
use toile::{Ensemble, Evaluation, Images, Model, Predictions, Recipe, layers, layers::*};

fn data(classes: [&str; 2]) -> Dataset {
    let pixels: Vec<u8> = (0..20u32 * 6).map(|i| (i * i * 37 % 251) as u8).collect();
    let labels = (0..20).map(|image| image % 2).collect();
    Dataset::new([1, 2, 3], pixels, labels, classes.map(str::to_owned).to_vec())
}

fn model(data: &Dataset, seed: u64) -> Model {
    let layers = layers![Flatten, Linear::new(2), LogSoftmax];
    let recipe = Recipe { layers, epochs: 1, batch_size: 4, ..Recipe::default() };
    toile::train(&recipe, data, seed).unwrap()
}

#[test]
fn several_networks_answer_with_the_mean_of_their_probabilities() {
    let data = data(["a", "b"]);
    let models: Vec<Model> = (0..3).map(|seed| model(&data, seed)).collect();
    let mut together = Ensemble::new(models.clone()).unwrap().predictor().unwrap();
    let found = together.log_probabilities(&data.pixels).unwrap();
    let each: Vec<Vec<f32>> =
        models.iter().map(|model| model.predictions(&data).unwrap().log_probabilities).collect();
    for (place, found) in found.iter().enumerate() {
        let mean = each.iter().map(|of| f64::from(of[place]).exp()).sum::<f64>() / 3.0;
        assert!(
            (f64::from(*found) - mean.ln()).abs() <= 1e-7 * (1.0 + mean.ln().abs()),
            "{found}: {}",
            mean.ln()
        );
    }
    assert_eq!(together.log_probabilities(&data.pixels).unwrap(), found, "it can be asked again");
    assert_eq!(together.log_probabilities(&data.pixels[6..12]).unwrap(), found[2..4], "in other company");
    assert!(together.log_probabilities(&[]).unwrap().is_empty());
    assert!(together.predict(&data.pixels[..7]).unwrap_err().to_string().contains("7 bytes"));
    // Of one network, its own bits.
    let mut alone = Ensemble::new(models[1..2].to_vec()).unwrap().predictor().unwrap();
    assert_eq!(alone.log_probabilities(&data.pixels).unwrap(), each[1]);
}

#[test]
fn an_ensemble_is_measured_and_compared_as_a_network_is() {
    let data = data(["a", "b"]);
    let models: Vec<Model> = (0..6).map(|seed| model(&data, seed)).collect();
    let pairs: Vec<Ensemble> = models.chunks(2).map(|pair| Ensemble::new(pair.to_vec()).unwrap()).collect();
    let together: Vec<Predictions> = pairs.iter().map(|pair| pair.predictions(&data).unwrap()).collect();
    for (pair, found) in pairs.iter().zip(&together) {
        let mut predictor = pair.predictor().unwrap();
        assert_eq!(found.log_probabilities, predictor.log_probabilities(&data.pixels).unwrap());
        assert_eq!((found.seed, &found.labels), (pair.models()[0].seed(), &data.labels));
        let Evaluation { accuracy, loss, confusion } = pair.evaluate(&data).unwrap();
        assert_eq!((accuracy, loss, confusion), (found.accuracy(), found.nll(), found.confusion()));
    }
    // Of one model, what it says itself.
    let alone = Ensemble::new(models[..1].to_vec()).unwrap();
    assert_eq!(alone.predictions(&data).unwrap(), models[0].predictions(&data).unwrap());
    assert_eq!(alone.evaluate(&data).unwrap(), models[0].evaluate(&data).unwrap());
    let single: Vec<Predictions> =
        models.iter().step_by(2).map(|model| model.predictions(&data).unwrap()).collect();
    let settings = ComparisonSettings::default();
    let found = toile::compare(&settings, ("alone", &single), ("two", &together)).unwrap();
    let mean = |of: &[Predictions]| of.iter().map(Predictions::accuracy).sum::<f64>() / of.len() as f64;
    let difference = mean(&together) - mean(&single);
    let found = found.difference.expect("three runs of each");
    assert!((found.value - difference).abs() < 1e-12, "{found:?} {difference}");
    let mut other = data.clone();
    other.class_names.reverse();
    assert!(pairs[0].evaluate(&other).unwrap_err().to_string().contains("the model knows"));
}

#[test]
fn values_that_are_normalized_already_give_the_bits_of_the_bytes() {
    let pixels: Vec<u8> = (0..8u32 * 24).map(|i| (i * i * 37 % 251) as u8).collect();
    let labels = (0..8).map(|image| image % 2).collect();
    let data = Dataset::new([3, 2, 4], pixels, labels, ["a", "b"].map(str::to_owned).to_vec());
    let layers = layers![Conv2d::new(4, 2), ReLU, Flatten, Linear::new(2), LogSoftmax];
    let recipe = Recipe { layers, epochs: 1, batch_size: 4, ..Recipe::default() };
    let model = toile::train(&recipe, &data, 0).unwrap();
    let toile::Normalization::Fixed(scale) = &model.recipe().normalization else { panic!("by the data set") };
    let mut rows = vec![0.0; data.pixels.len()];
    scale.normalizer().unwrap().apply(&data.pixels, &mut rows);
    // From [image][row][column][channel] to [image][channel][row][column].
    let planes: Vec<f32> = (0..rows.len())
        .map(|at| {
            let (image, channel, pixel) = (at / 24, at / 8 % 3, at % 8);
            rows[image * 24 + pixel * 3 + channel]
        })
        .collect();
    let mut predictor = Ensemble::new(vec![model]).unwrap().predictor_on(1).unwrap();
    let of_bytes = predictor.log_probabilities_of(Images::Bytes(&data.pixels)).unwrap();
    assert_eq!(predictor.log_probabilities_of(Images::Normalized(&planes)).unwrap(), of_bytes);
    assert_ne!(predictor.log_probabilities_of(Images::Normalized(&rows)).unwrap(), of_bytes);
    let problem = predictor.answers_of(Images::Normalized(&planes[1..])).unwrap_err().to_string();
    assert!(problem.contains("191 values are no whole images of 24 values"), "{problem}");
}

#[test]
fn networks_that_do_not_belong_together_are_refused() {
    let [one, other] = [["a", "b"], ["b", "a"]].map(|classes| model(&data(classes), 0));
    let problem = Ensemble::new(vec![one, other]).unwrap_err().to_string();
    assert!(problem.contains("knows other classes"), "{problem}");
    assert!(Ensemble::new(Vec::new()).is_err());
}

#[test]
fn answers_come_in_order_until_nobody_wants_more() {
    let model = model(&data(["a", "b"]), 0);
    let mut predictor = Ensemble::new(vec![model]).unwrap().predictor().unwrap();
    let pictures: Vec<Picture> = (0..1000).map(|_| Picture::Bytes(b"no picture".to_vec())).collect();
    let mut seen = Vec::new();
    predictor
        .predict_pictures(&pictures, |place, answer| {
            assert!(answer.is_err());
            seen.push(place);
            if place == 600 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(seen, (0..=600).collect::<Vec<_>>());
}
