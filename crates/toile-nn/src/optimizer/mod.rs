//! The optimizers with PyTorch's names and defaults, one file each. The list at the end of this file is the
//! only other place of this crate that names them; their arithmetic is `toile_kernels::optimizer`.

mod adam;
mod adamw;
mod kind;
mod muon;
mod nadam;
mod rmsprop;
mod sgd;

use toile_kernels::muon::{MuonStep, Size};
use toile_kernels::optimizer::Rule;
use toile_kernels::real::Real;

use crate::setting::{Bound, ReadSettings, Setting};
use kind::Kind;

pub use muon::AdjustLr;

/// The name of the learning rate, which every optimizer has, in front of its own settings.
const LR: &str = "lr";

/// Defines [`Optimizer`] from the list of optimizers.
macro_rules! registry {
    ($($module:ident::$kind:ident,)*) => {
        $(pub use $module::$kind;)*

        /// How parameters follow their gradients. The learning rate of a step comes from the schedule.
        #[derive(Clone, Copy, Debug, PartialEq)]
        #[allow(clippy::upper_case_acronyms, reason = "PyTorch's names")]
        pub enum Optimizer {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind($kind),)*
        }

        $(impl From<$kind> for Optimizer {
            fn from(optimizer: $kind) -> Optimizer {
                Optimizer::$kind(optimizer)
            }
        })*

        impl Optimizer {
            /// The names of all optimizers.
            pub const NAMES: &'static [&'static str] = &[$($kind::NAME),*];

            /// The names of an optimizer's settings, the learning rate first; `None` where there is none of
            /// this name.
            pub fn keys(name: &str) -> Option<Vec<&'static str>> {
                let own = match name {
                    $($kind::NAME => $kind::KEYS,)*
                    _ => return None,
                };
                Some([LR].into_iter().chain(own.iter().copied()).collect())
            }

            /// Reads the settings of an optimizer and its base learning rate; `None` where there is none of
            /// this name.
            pub fn read<S: ReadSettings>(
                name: &str,
                settings: &mut S,
            ) -> Option<Result<(Optimizer, f64), S::Error>> {
                let default = match name {
                    $($kind::NAME => $kind::LEARNING_RATE,)*
                    _ => return None,
                };
                let rate = match settings.number(LR, Bound::POSITIVE, default) {
                    Ok(rate) => rate,
                    Err(error) => return Some(Err(error)),
                };
                Some(match name {
                    $($kind::NAME => $kind::read(settings).map(|kind| (Optimizer::$kind(kind), rate)),)*
                    _ => return None,
                })
            }

            /// Its name, as PyTorch has it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Optimizer::$kind(_) => $kind::NAME,)*
                }
            }

            /// Its settings but the learning rate as data, in the order of PyTorch's arguments.
            pub fn settings(&self) -> Vec<Setting> {
                match self {
                    $(Optimizer::$kind(kind) => kind.settings(),)*
                }
            }

            /// The optimizer of the same name with its defaults.
            pub fn default_of(&self) -> Optimizer {
                match self {
                    $(Optimizer::$kind(_) => $kind::default().into(),)*
                }
            }

            /// What it remembers of each parameter, by PyTorch's names.
            pub fn states(&self) -> &'static [&'static str] {
                match self {
                    $(Optimizer::$kind(kind) => kind.states(),)*
                }
            }

            /// The same with another weight decay.
            #[must_use]
            pub fn with_weight_decay(mut self, weight_decay: f64) -> Optimizer {
                match &mut self {
                    $(Optimizer::$kind(kind) => *kind.weight_decay() = weight_decay,)*
                }
                self
            }

            /// What follows for a whole matrix once the rule has been applied to its values.
            pub(crate) fn matrix_step(&self, learning_rate: f64, size: Size) -> Option<MuonStep> {
                match self {
                    $(Optimizer::$kind(kind) => kind.matrix_step(learning_rate, size),)*
                }
            }

            /// The update of step `step`, from 1.
            pub(crate) fn rule<T: Real>(&self, learning_rate: f64, step: u64) -> Rule<T> {
                match self {
                    $(Optimizer::$kind(kind) => kind.rule(learning_rate, step),)*
                }
            }
        }
    };
}

impl Optimizer {
    /// Whether it takes weights as matrices, and nothing else.
    pub(crate) fn is_for_matrices(&self) -> bool {
        self.matrix_step(0.0, Size { rows: 1, columns: 1 }).is_some()
    }

    /// Those of its settings that are not defaults.
    pub fn options(&self) -> Vec<Setting> {
        let defaults = self.default_of().settings();
        self.settings().into_iter().filter(|setting| !defaults.contains(setting)).collect()
    }
}

// A line an optimizer, in the order in which messages list them.
registry! {
    sgd::SGD,
    adam::Adam,
    adamw::AdamW,
    rmsprop::RMSprop,
    nadam::NAdam,
    muon::Muon,
}
