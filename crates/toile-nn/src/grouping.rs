//! The groups of a training on a network.

use crate::description::Network;
use crate::executor::Training;
use crate::graph::parameter::Parameter;
use crate::group_error::GroupError;
use crate::groups::{ParameterGroup, ParameterKind, Treatment};
use crate::optimizer::Optimizer;
use crate::updates::{Policy, Updates, size};

impl Training {
    /// Whether its groups of parameters fit a network.
    ///
    /// # Errors
    /// They do not.
    pub fn check(&self, network: &Network) -> Result<(), GroupError> {
        self.updates(network).map(drop)
    }

    /// Values that are remembered of a network's parameters between steps; none where the groups do not fit it.
    pub fn remembered(&self, network: &Network) -> u64 {
        let Ok(updates) = self.updates(network) else { return 0 };
        let all = network.parameters.iter().enumerate();
        all.map(|(index, parameter)| (updates.states(index).len() * parameter.len()) as u64).sum()
    }

    /// How each parameter of a network follows its gradient.
    ///
    /// # Errors
    /// Groups that do not fit the network.
    pub(crate) fn updates(&self, network: &Network) -> Result<Updates, GroupError> {
        let kinds = kinds(network);
        let groups = &self.groups.list;
        let mut policies = vec![Policy { optimizer: self.optimizer, lr: None }];
        let mut of: Vec<_> = network.parameters.iter().map(|p| p.trained().then_some(0)).collect();
        let mut taken = vec![false; network.parameters.len()];
        for (index, group) in groups.iter().enumerate() {
            let chosen = chosen(network, &kinds, index, group)?;
            let fresh: Vec<usize> = chosen.into_iter().filter(|&parameter| !taken[parameter]).collect();
            if fresh.is_empty() {
                return Err(GroupError::Taken { group: index });
            }
            let policy = policy(self.optimizer, group.treatment).map(|policy| {
                policies.push(policy);
                policies.len() - 1
            });
            for parameter in fresh {
                taken[parameter] = true;
                of[parameter] = policy;
                // Where a group has no optimizer of its own, it is the training's that does not fit.
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
        Ok(Updates::new(policies, of, self.groups.base))
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
        && trained().all(|(_, parameter)| parameter.layer() != layer)
    {
        let mut layers: Vec<String> = trained().map(|(_, parameter)| parameter.layer().to_string()).collect();
        layers.dedup();
        return Err(GroupError::UnknownLayer { group, layer: layer.clone(), layers });
    }
    let holds = |&(index, parameter): &(usize, &Parameter)| of.select.holds(parameter, kinds[index]);
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
