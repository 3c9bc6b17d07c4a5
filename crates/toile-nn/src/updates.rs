//! How each parameter of a network follows its gradient: the groups of a training, resolved.

use toile_kernels::muon::{MuonStep, Size};
use toile_kernels::optimizer::Rule;
use toile_kernels::real::Real;

use crate::description::Network;
use crate::executor::Training;
use crate::graph::parameter::Parameter;
use crate::group_error::GroupError;
use crate::groups::{ParameterGroup, ParameterKind, Treatment, layer_of};
use crate::optimizer::Optimizer;

/// An optimizer with its rate.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Policy {
    optimizer: Optimizer,
    /// Its base rate; the training's, if none.
    lr: Option<f64>,
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
    /// # Errors
    /// Groups that do not fit the network.
    pub(crate) fn new(network: &Network, training: &Training) -> Result<Updates, GroupError> {
        let kinds = kinds(network);
        let groups = &training.groups.list;
        let mut policies = vec![Policy { optimizer: training.optimizer, lr: None }];
        let mut of: Vec<_> = network.parameters.iter().map(|p| p.trained().then_some(0)).collect();
        let mut taken = vec![false; network.parameters.len()];
        for (index, group) in groups.iter().enumerate() {
            let chosen = chosen(network, &kinds, index, group)?;
            let fresh: Vec<usize> = chosen.into_iter().filter(|&parameter| !taken[parameter]).collect();
            if fresh.is_empty() {
                return Err(GroupError::Taken { group: index });
            }
            let policy = policy(training.optimizer, group.treatment).map(|policy| {
                policies.push(policy);
                policies.len() - 1
            });
            for parameter in fresh {
                taken[parameter] = true;
                of[parameter] = policy;
                // A group without an optimizer of its own shares the blame for the training's with nobody.
                let own = matches!(group.treatment, Treatment::Own { .. }).then_some(index);
                check_matrix(&network.parameters[parameter], policy.map(|p| policies[p].optimizer), own)?;
            }
        }
        for (parameter, policy) in network.parameters.iter().zip(&of) {
            check_matrix(parameter, policy.map(|policy| policies[policy].optimizer), None)?;
        }
        if let Some(group) = groups.iter().rposition(|group| group.treatment == Treatment::Frozen)
            && of.iter().all(Option::is_none)
        {
            return Err(GroupError::AllFrozen { group });
        }
        Ok(Updates { policies, of, base: training.groups.base })
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
fn size(parameter: &Parameter) -> Option<Size> {
    match parameter.shape[..] {
        [rows, _, ..] => Some(Size { rows, columns: parameter.len() / rows.max(1) }),
        _ => None,
    }
}

fn policy(optimizer: Optimizer, treatment: Treatment) -> Option<Policy> {
    match treatment {
        Treatment::Changed { lr, weight_decay } => {
            let changed = weight_decay.map_or(optimizer, |decay| optimizer.with_weight_decay(decay));
            Some(Policy { optimizer: changed, lr })
        }
        Treatment::Own { optimizer, lr } => Some(Policy { optimizer, lr: Some(lr) }),
        Treatment::Frozen => None,
    }
}

fn check_matrix(
    parameter: &Parameter,
    optimizer: Option<Optimizer>,
    group: Option<usize>,
) -> Result<(), GroupError> {
    match optimizer.filter(|optimizer| optimizer.is_for_matrices() && size(parameter).is_none()) {
        Some(optimizer) => Err(GroupError::NoMatrix {
            group,
            optimizer: optimizer.name(),
            parameter: parameter.name.clone(),
        }),
        None => Ok(()),
    }
}

/// The trained parameters that a group selects.
fn chosen(
    network: &Network,
    kinds: &[ParameterKind],
    group: usize,
    of: &ParameterGroup,
) -> Result<Vec<usize>, GroupError> {
    let trained = || network.parameters.iter().enumerate().filter(|(_, parameter)| parameter.trained());
    if let Some(layer) = &of.select.layer
        && trained().all(|(_, parameter)| layer_of(&parameter.name) != layer)
    {
        let mut layers: Vec<String> = trained().map(|(_, p)| layer_of(&p.name).to_string()).collect();
        layers.dedup();
        return Err(GroupError::UnknownLayer { group, layer: layer.clone(), layers });
    }
    let holds = |&(index, parameter): &(usize, &Parameter)| of.select.holds(&parameter.name, kinds[index]);
    let chosen: Vec<usize> = trained().filter(holds).map(|(index, _)| index).collect();
    if chosen.is_empty() {
        let names = trained().map(|(_, parameter)| parameter.name.clone()).collect();
        let (select, name) = (of.select.to_string(), of.select.name.clone());
        return Err(GroupError::NoMatch { group, select, name, names });
    }
    Ok(chosen)
}

/// The kind of each parameter: a layer whose first has a value a channel is a normalisation.
fn kinds(network: &Network) -> Vec<ParameterKind> {
    let mut kinds = vec![ParameterKind::Norm; network.parameters.len()];
    for node in &network.nodes {
        let own = network.parameters_of(node);
        if own.first().is_some_and(|first| size(first).is_some()) {
            for (kind, parameter) in kinds[node.place.parameters.clone()].iter_mut().zip(own) {
                *kind = if size(parameter).is_some() { ParameterKind::Weight } else { ParameterKind::Bias };
            }
        }
    }
    kinds
}
