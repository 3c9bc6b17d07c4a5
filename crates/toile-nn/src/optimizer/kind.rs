//! What every optimizer tells about itself.

use toile_kernels::muon::{MuonStep, Size};
use toile_kernels::optimizer::Rule;
use toile_kernels::real::Real;

use crate::setting::{ReadSettings, Setting};

/// An optimizer. Its learning rate is not among its settings: that of a step comes from the schedule.
pub(crate) trait Kind: Sized + Default {
    /// Its name in PyTorch and in study files.
    const NAME: &'static str;
    /// The names of its settings but the learning rate, in the order of PyTorch's arguments.
    const KEYS: &'static [&'static str];
    /// PyTorch's default for the learning rate.
    const LEARNING_RATE: f64;

    /// Reads its settings.
    fn read<S: ReadSettings>(settings: &mut S) -> Result<Self, S::Error>;

    /// Its settings as data, those of `KEYS`.
    fn settings(&self) -> Vec<Setting>;

    /// What it remembers of each parameter, by PyTorch's names.
    fn states(&self) -> &'static [&'static str];

    /// Its weight decay, to change it.
    fn weight_decay(&mut self) -> &mut f64;

    /// The update of step `step`, from 1.
    fn rule<T: Real>(&self, learning_rate: f64, step: u64) -> Rule<T>;

    /// What follows for a whole matrix once the rule has been applied to its values; none where the rule is all.
    fn matrix_step(&self, _learning_rate: f64, _size: Size) -> Option<MuonStep> {
        None
    }
}
