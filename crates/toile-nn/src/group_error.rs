//! Why groups of parameters do not fit a network.

/// A group that does not fit the network. Groups are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupError {
    /// No layer with parameters has this name.
    UnknownLayer {
        /// Which group.
        group: usize,
        /// The name.
        layer: String,
        /// Those that there are.
        layers: Vec<String>,
    },
    /// No trained parameter is meant.
    NoMatch {
        /// Which group.
        group: usize,
        /// What it selects by.
        select: String,
        /// The pattern of names in it.
        name: Option<String>,
        /// The trained parameters.
        names: Vec<String>,
    },
    /// Groups before it have all that it selects.
    Taken {
        /// Which group.
        group: usize,
    },
    /// An optimizer for matrices would get a parameter that is none.
    NoMatrix {
        /// Whose optimizer it is; the training's, if no group's.
        group: Option<usize>,
        /// Its name.
        optimizer: &'static str,
        /// The parameter.
        parameter: String,
    },
    /// Nothing is left to train.
    AllFrozen {
        /// The last group that freezes anything.
        group: usize,
    },
}

impl GroupError {
    /// The group that is wrong; none where it is what the groups leave over.
    pub fn group(&self) -> Option<usize> {
        match *self {
            GroupError::UnknownLayer { group, .. }
            | GroupError::NoMatch { group, .. }
            | GroupError::Taken { group }
            | GroupError::AllFrozen { group } => Some(group),
            GroupError::NoMatrix { group, .. } => group,
        }
    }

    /// What is wrong.
    pub fn message(&self) -> String {
        match self {
            GroupError::UnknownLayer { layer, .. } => {
                format!("the network has no layer `{layer}` with parameters")
            }
            GroupError::NoMatch { select, .. } => {
                format!("no parameter of the network is meant by {select}")
            }
            GroupError::Taken { .. } => "the groups before it have all parameters that it selects".into(),
            GroupError::NoMatrix { optimizer, parameter, .. } => {
                format!("{optimizer} is for matrices, and {parameter} is none")
            }
            GroupError::AllFrozen { .. } => "every parameter is frozen, and nothing is left to train".into(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            GroupError::UnknownLayer { layers: names, .. } | GroupError::NoMatch { names, .. } => {
                format!("the network has {}", some_of(names))
            }
            GroupError::Taken { .. } => {
                "a parameter belongs to the first group that selects it: move this one up, or remove it"
                    .into()
            }
            GroupError::NoMatrix { .. } => "give biases and norms a group with another optimizer".into(),
            GroupError::AllFrozen { .. } => "freeze fewer".into(),
        }
    }
}

/// Of many names the first few.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown}, and {} more", names.len() - SHOWN) } else { shown }
}

impl std::fmt::Display for GroupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(group) = self.group() {
            write!(f, "parameter group {}: ", group + 1)?;
        }
        write!(f, "{} ({})", self.message(), self.help())
    }
}

impl std::error::Error for GroupError {}
