//! What matters of the correctness of two models over seeds and images.

use serde::{Deserialize, Serialize};

/// Moments of two models' correctness, each with several seeds on the same images.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Moments {
    /// Where they come from.
    pub(crate) name: String,
    /// Test images.
    pub(crate) images: usize,
    /// Share of right images, by model.
    pub(crate) accuracy: [f64; 2],
    /// Standard deviation of the accuracy over the seeds, on these images.
    pub(crate) seed_deviation: [f64; 2],
    /// Share of images on which two seeds of a model are both right or both wrong.
    pub(crate) agreement_of_seeds: [f64; 2],
    /// The same for two models, each with a seed of its own.
    pub(crate) agreement_of_models: f64,
}

impl Moments {
    /// Measures `correct[model][seed][image]`; at least two seeds each.
    pub(crate) fn of(name: &str, correct: [&[Vec<bool>]; 2]) -> Moments {
        let images = correct[0][0].len();
        for model in correct {
            assert!(model.len() >= 2, "two seeds of each model, or nothing is known of seeds");
            assert!(model.iter().all(|row| row.len() == images), "the same images in every run");
        }
        let share = |count: usize| count as f64 / images as f64;
        let accuracies = |model: &[Vec<bool>]| -> Vec<f64> {
            model.iter().map(|row| share(row.iter().filter(|&&is| is).count())).collect()
        };
        let agreement = |a: &[bool], b: &[bool]| share(a.iter().zip(b).filter(|(a, b)| a == b).count());
        let over = |model: &[Vec<bool>]| toile_statistics::OverSeeds::of(&accuracies(model)).unwrap();
        Moments {
            name: name.to_owned(),
            images,
            accuracy: correct.map(|model| over(model).mean),
            seed_deviation: correct.map(|model| over(model).deviation.unwrap()),
            agreement_of_seeds: correct.map(|model| {
                let pairs = (0..model.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
                mean(pairs.map(|(a, b)| agreement(&model[a], &model[b])))
            }),
            agreement_of_models: mean(correct[0].iter().enumerate().flat_map(|(a, first)| {
                let others = correct[1].iter().enumerate().filter(move |(b, _)| a != *b);
                others.map(move |(_, second)| agreement(first, second))
            })),
        }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
    sum / f64::from(count)
}
