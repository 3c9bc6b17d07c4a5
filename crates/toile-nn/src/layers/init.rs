//! How a weight starts, under the names of `torch.nn.init`.

use crate::graph::parameter::Initial;
use crate::setting::{Bound, ReadSettings, Setting};

/// How a weight starts. A bias starts as without a setting.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Init {
    /// PyTorch's default: uniform within 1 / sqrt(inputs of one output).
    #[default]
    Default,
    /// Normal with deviation sqrt(2 / inputs of one output) (He et al. 2015).
    KaimingNormal,
    /// Uniform with the same deviation.
    KaimingUniform,
    /// Rows, or columns where there are fewer of them, that are orthogonal to each other and of length 1 (Saxe et al.
    /// 2014).
    Orthogonal,
    /// Of a convolution: the first filters, as many as there are channels on both sides, each pass a channel on
    /// (Zagoruyko and Komodakis 2017); of one in groups, those of each group, as with the argument `groups` of
    /// `torch.nn.init.dirac_`. Further ones start as without a setting, as in airbench (Jordan 2024); with `dirac_` they
    /// are 0.
    Dirac,
    /// 0.
    Zeros,
    /// Of a convolution of the images themselves: the principal components of the patches of training images, scaled to
    /// variance 1, and each of them negated (Page 2019, Jordan 2024).
    Whitening {
        /// Added to the variance of each component; 5e-4.
        eps: f64,
    },
}

/// What the start of a weight depends on beside its setting.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fan {
    /// Inputs of one output.
    pub(super) inputs: usize,
    /// Groups of a convolution, else 1.
    pub(super) groups: usize,
}

const EPS: f64 = 5e-4;
const LINEAR: &[&str] = &["default", "kaiming_normal", "kaiming_uniform", "orthogonal", "zeros"];
const CONVOLUTION: &[&str] =
    &["default", "kaiming_normal", "kaiming_uniform", "orthogonal", "zeros", "dirac", "whitening"];

impl Init {
    /// As `torch.nn.init` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Init::Default => "default",
            Init::KaimingNormal => "kaiming_normal",
            Init::KaimingUniform => "kaiming_uniform",
            Init::Orthogonal => "orthogonal",
            Init::Dirac => "dirac",
            Init::Zeros => "zeros",
            Init::Whitening { .. } => "whitening",
        }
    }

    /// The settings `init` and, for a convolution, `eps`.
    pub(super) fn read<S: ReadSettings>(settings: &mut S, of_images: bool) -> Result<Init, S::Error> {
        let word = settings.word("init", if of_images { CONVOLUTION } else { LINEAR })?;
        let init = match word {
            Some("kaiming_normal") => Init::KaimingNormal,
            Some("kaiming_uniform") => Init::KaimingUniform,
            Some("orthogonal") => Init::Orthogonal,
            Some("dirac") => Init::Dirac,
            Some("zeros") => Init::Zeros,
            Some("whitening") => Init::Whitening { eps: EPS },
            _ => Init::Default,
        };
        if !of_images {
            return Ok(init);
        }
        // Without the key it is the number that no key can give.
        let eps = settings.number("eps", Bound::POSITIVE, 0.0)?;
        match init {
            Init::Whitening { .. } if eps > 0.0 => Ok(Init::Whitening { eps }),
            _ if eps > 0.0 => {
                let help = "write init = \"whitening\" beside it, or remove it";
                Err(settings.refuse("eps", "eps belongs to init = \"whitening\"", help))
            }
            init => Ok(init),
        }
    }

    /// The settings as data: none where nothing is set.
    pub(super) fn settings(self) -> Vec<Setting> {
        match self {
            Init::Default => vec![],
            Init::Whitening { eps } => vec![Setting::new("init", self.name()), Setting::new("eps", eps)],
            init => vec![Setting::new("init", init.name())],
        }
    }

    /// What stands behind a layer in tables: nothing where nothing is set.
    pub(super) fn words(self, frozen: bool) -> String {
        let init = (self != Init::Default).then(|| self.name());
        let words: Vec<&str> = init.into_iter().chain(frozen.then_some("frozen")).collect();
        if words.is_empty() { String::new() } else { format!(" {}", words.join(", ")) }
    }

    /// What such a weight starts as.
    pub(super) fn initial(self, Fan { inputs: fan_in, groups }: Fan) -> Initial {
        match self {
            Init::Default => Initial::Uniform { fan_in },
            Init::KaimingNormal => Initial::KaimingNormal { fan_in },
            Init::KaimingUniform => Initial::KaimingUniform { fan_in },
            Init::Orthogonal => Initial::Orthogonal,
            Init::Dirac => Initial::Dirac { fan_in, groups },
            Init::Zeros => Initial::Zeros,
            Init::Whitening { eps } => Initial::Whitening { fan_in, eps },
        }
    }
}
