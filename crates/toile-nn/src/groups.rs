//! Groups of parameters that are trained in a way of their own, as an optimizer's `param_groups` in PyTorch.

use crate::graph::parameter::Parameter;
pub use crate::group_error::GroupError;
use crate::optimizer::Optimizer;

/// Parameters that are trained in a way of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterGroup {
    /// Which.
    pub select: Selection,
    /// How.
    pub treatment: Treatment,
}

/// Which parameters: those for which all that is set holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Name of their layer in the state dict: `conv1`.
    pub layer: Option<String>,
    /// What they do in it.
    pub kind: Option<ParameterKind>,
    /// Their name in the state dict, in which `*` stands for any characters and `?` for any one: `bn*.bias`.
    pub name: Option<String>,
}

/// What a parameter does in its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// The matrix of a `Linear`, the kernels of a `Conv2d`.
    Weight,
    /// What they add.
    Bias,
    /// Scale or shift of a normalisation.
    Norm,
}

impl ParameterKind {
    /// All of them with their names.
    pub const NAMED: [(ParameterKind, &'static str); 3] =
        [(ParameterKind::Weight, "weight"), (ParameterKind::Bias, "bias"), (ParameterKind::Norm, "norm")];

    /// Its name in a study file.
    pub fn name(self) -> &'static str {
        ParameterKind::NAMED.into_iter().find(|(known, _)| *known == self).expect("all are in the list").1
    }
}

/// How the parameters of a group are trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Treatment {
    /// By the training's optimizer, with these in place of its own.
    Changed {
        /// Base learning rate. The rate of a step is to it as the training's is to the training's base rate, as
        /// PyTorch's schedulers do it.
        lr: Option<f64>,
        /// Weight decay.
        weight_decay: Option<f64>,
    },
    /// By an optimizer of their own.
    Own {
        /// Which.
        optimizer: Optimizer,
        /// Its base learning rate, which moves as that of `Changed`.
        lr: f64,
    },
    /// Not at all. The running statistics of a `BatchNorm2d` are no parameters, and move all the same.
    Frozen,
}

/// The groups of a training, in their order: a parameter belongs to the first that selects it.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    /// What a step's learning rate is where a schedule has not changed it: the base rate.
    pub base: f64,
    /// The groups.
    pub list: Vec<ParameterGroup>,
}

impl Default for Groups {
    fn default() -> Self {
        Groups { base: 1.0, list: vec![] }
    }
}

impl Selection {
    /// Whether this parameter, which is of this kind, is meant.
    pub fn holds(&self, parameter: &Parameter, kind: ParameterKind) -> bool {
        self.layer.as_ref().is_none_or(|layer| parameter.layer() == layer)
            && self.kind.is_none_or(|wanted| wanted == kind)
            && self.name.as_ref().is_none_or(|pattern| matches(pattern, &parameter.name))
    }
}

/// `layer conv1, kind bias`.
impl std::fmt::Display for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            self.layer.as_ref().map(|layer| format!("layer {layer}")),
            self.kind.map(|kind| format!("kind {}", kind.name())),
            self.name.as_ref().map(|name| format!("name {name}")),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// Whether a name fits a pattern with `*` and `?`.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where the last star stands, and up to where of the name it reaches so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == '?' || c == name[n] => (p, n) = (p + 1, n + 1),
            _ => {
                // The star takes one more character.
                let Some((at, reach)) = star else { return false };
                star = Some((at, reach + 1));
                (p, n) = (at + 1, reach + 1);
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}
