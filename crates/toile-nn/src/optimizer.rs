//! Optimizers and their settings, with PyTorch's names and defaults.

/// How parameters follow their gradients. The learning rate of a step comes from the schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// Stochastic gradient descent.
    SGD {
        /// Weight of the velocity; 0.
        momentum: f64,
        /// L2 penalty, added to the gradient; 0.
        weight_decay: f64,
        /// Nesterov's look-ahead; false.
        nesterov: bool,
    },
    /// Adam (Kingma and Ba 2015, algorithm 1); weight decay is added to the gradient.
    Adam(AdamSettings),
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2).
    AdamW(AdamSettings),
}

/// Settings of Adam and AdamW.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamSettings {
    /// Decay of the two moments; (0.9, 0.999).
    pub betas: (f64, f64),
    /// Added to the root of the second moment; 1e-8.
    pub eps: f64,
    /// 0 for Adam, 0.01 for AdamW.
    pub weight_decay: f64,
}
