//! Figures somebody published for a model.

use serde::{Deserialize, Serialize};

/// Figures somebody published for a model; absent ones are unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// Who says so.
    pub source: String,
    /// Test accuracy, from 0 to 1.
    pub accuracy: Option<f64>,
    /// Mean training loss over the last epoch.
    pub training_loss: Option<f64>,
    /// Mean test loss after the last epoch.
    pub evaluation_loss: Option<f64>,
    /// Correctly classified test images of a class, as (`Shirt`, 769).
    pub correct_of_class: Vec<(String, u64)>,
    /// Rows true, columns predicted, in the order of the classes.
    pub confusion: Option<Vec<Vec<u64>>>,
}
