//! How each parameter of a network follows its gradient.

use toile_kernels::muon::{MuonStep, Size};
use toile_kernels::optimizer::Rule;
use toile_kernels::real::Real;

use crate::graph::parameter::Parameter;
use crate::optimizer::Optimizer;

/// An optimizer with its rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Policy {
    pub(crate) optimizer: Optimizer,
    /// Its base rate; the training's, if none.
    pub(crate) lr: Option<f64>,
}

/// A step's place in a training.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The training's rate.
    pub(crate) learning_rate: f64,
    /// From 1.
    pub(crate) step: u64,
}

/// How each parameter of a network follows its gradient.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Updates {
    /// The training's own, then one a group that is not frozen.
    policies: Vec<Policy>,
    /// Which of them each parameter follows; none of what nothing changes.
    of: Vec<Option<usize>>,
    base: f64,
}

impl Updates {
    /// The training's policy, then those of groups; which of them each parameter follows; the training's base rate.
    pub(crate) fn new(policies: Vec<Policy>, of: Vec<Option<usize>>, base: f64) -> Updates {
        Updates { policies, of, base }
    }

    /// Whether anything changes a parameter, by its index in the network.
    pub(crate) fn learns(&self, parameter: usize) -> bool {
        self.of[parameter].is_some()
    }

    /// The same of all parameters.
    pub(crate) fn learning(&self) -> Vec<bool> {
        self.of.iter().map(Option::is_some).collect()
    }

    /// The names of what is remembered of a parameter.
    pub(crate) fn states(&self, parameter: usize) -> &'static [&'static str] {
        self.of[parameter].map_or(&[], |policy| self.policies[policy].optimizer.states())
    }

    /// How many buffers its rule takes: its states, and what it leaves for a matrix's step.
    pub(crate) fn buffers(&self, parameter: usize) -> usize {
        let rule = |policy: usize| self.policies[policy].optimizer.rule::<f32>(self.base, 1);
        self.of[parameter].map_or(0, |policy| rule(policy).states())
    }

    /// Number of different rules.
    pub(crate) fn rules_len(&self) -> usize {
        self.policies.len()
    }

    /// The rules of a step, for [`Updates::rule_of`]. `rules` keeps its room.
    pub(crate) fn write_rules<T: Real>(&self, at: Moment, rules: &mut Vec<Rule<T>>) {
        rules.clear();
        rules
            .extend(self.policies.iter().map(|policy| policy.optimizer.rule(self.rate(policy, at), at.step)));
    }

    /// The rule of a parameter.
    pub(crate) fn rule_of<T: Real>(&self, parameter: usize, rules: &[Rule<T>]) -> Rule<T> {
        self.of[parameter].map_or(Rule::Frozen, |policy| rules[policy])
    }

    /// What follows for a whole matrix, and its size; `parameter` is by its index in the network, where it is
    /// `described`.
    pub(crate) fn matrix_step(
        &self,
        parameter: usize,
        described: &Parameter,
        at: Moment,
    ) -> Option<(MuonStep, Size)> {
        let policy = &self.policies[self.of[parameter]?];
        let size = size(described)?;
        Some((policy.optimizer.matrix_step(self.rate(policy, at), size)?, size))
    }

    /// Its size, where there is such a step.
    pub(crate) fn matrix(&self, parameter: usize, described: &Parameter) -> Option<Size> {
        let start = Moment { learning_rate: self.base, step: 1 };
        self.matrix_step(parameter, described, start).map(|(_, size)| size)
    }

    /// A group's rate is to its base as the training's is to the training's.
    fn rate(&self, policy: &Policy, at: Moment) -> f64 {
        policy.lr.map_or(at.learning_rate, |lr| lr * (at.learning_rate / self.base))
    }
}

/// A weight as a matrix: what feeds an output is a row. None of what has a value a channel.
pub(crate) fn size(parameter: &Parameter) -> Option<Size> {
    match parameter.shape[..] {
        [rows, _, ..] => Some(Size { rows, columns: parameter.len() / rows.max(1) }),
        _ => None,
    }
}
