//! What evens out classes of unequal size: weights in the loss, or images drawn class by class.

use std::collections::BTreeMap;
use std::fmt;

/// How much the images of each class count in the loss that is minimised.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ClassWeights {
    /// All alike.
    #[default]
    Equal,
    /// n / (classes * count): n images trained on, `count` of them of the class, `classes` that have any. scikit-learn's
    /// `class_weight = "balanced"`.
    Balanced,
    /// These, by the names of classes; a class that is not among them weighs 1.
    Named(BTreeMap<String, f64>),
}

/// Which images an epoch draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampler {
    /// Each once, in random order.
    #[default]
    Shuffle,
    /// As many as there are, with replacement, each class as likely as any other: PyTorch's `WeightedRandomSampler` with
    /// one over the size of an image's class for its weight.
    Balanced,
}

impl ClassWeights {
    /// A weight a class for images of these labels; `None` where all count alike. A class without an image weighs 1.
    ///
    /// # Errors
    /// A weight for a class that there is not.
    pub fn on(
        &self,
        class_names: &[String],
        labels: impl IntoIterator<Item = u32>,
    ) -> Result<Option<Vec<f32>>, UnknownClass> {
        let mut weights = vec![1.0f32; class_names.len()];
        match self {
            ClassWeights::Equal => return Ok(None),
            ClassWeights::Balanced => {
                let mut counts = vec![0u64; class_names.len()];
                labels.into_iter().for_each(|label| counts[label as usize] += 1);
                let images: u64 = counts.iter().sum();
                let classes = counts.iter().filter(|&&count| count > 0).count();
                for (weight, &count) in weights.iter_mut().zip(&counts).filter(|(_, count)| **count > 0) {
                    *weight = (images as f64 / (classes as f64 * count as f64)) as f32;
                }
            }
            ClassWeights::Named(named) => {
                for (name, weight) in named {
                    let class = class_names.iter().position(|known| known == name);
                    weights[class.ok_or_else(|| UnknownClass(name.clone()))?] = *weight as f32;
                }
            }
        }
        Ok(Some(weights))
    }
}

/// A weight for a class that the data set does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownClass(pub String);

impl fmt::Display for UnknownClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "class_weights names the class `{}`, which it does not have; take the name out of class_weights",
            self.0
        )
    }
}

impl std::error::Error for UnknownClass {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_follow_the_images_trained_on() {
        let names = ["a", "b", "c", "d"].map(String::from);
        let named = |list: &[(&str, f64)]| {
            ClassWeights::Named(list.iter().map(|(name, weight)| ((*name).to_string(), *weight)).collect())
        };
        let labels = [0, 0, 0, 0, 1, 1, 3, 0];
        // scikit-learn's compute_class_weight("balanced", classes=[0, 1, 3], y=labels) gives the same for a, b and d.
        let balanced = vec![8.0 / (3.0 * 5.0), 8.0 / (3.0 * 2.0), 1.0, 8.0 / 3.0];
        for (weights, expected) in [
            (ClassWeights::Equal, Ok(None)),
            (ClassWeights::Balanced, Ok(Some(balanced))),
            (named(&[("b", 2.5), ("d", 0.5)]), Ok(Some(vec![1.0, 2.5, 1.0, 0.5]))),
            (named(&[("e", 2.0)]), Err(UnknownClass("e".into()))),
        ] {
            assert_eq!(weights.on(&names, labels), expected, "{weights:?}");
        }
    }
}
