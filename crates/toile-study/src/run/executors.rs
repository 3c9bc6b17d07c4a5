//! The one place that makes executors.

use toile_nn::description::Network;
use toile_nn::engine::{Engine, EngineError, EngineOptions};
use toile_nn::executor::{Executor, Training};

use super::error::RunError;
use crate::memory::{self, Need, TooMuch};

/// What an executor is made for.
#[derive(Clone, Debug)]
pub struct Setup<'a> {
    /// The network, with the initial parameters of the training's seed.
    pub network: &'a Network,
    /// What stays the same over the training.
    pub training: Training,
    /// Most images of a training step.
    pub batch_size: usize,
    /// Threads it may use.
    pub threads: usize,
}

impl<'a> Setup<'a> {
    /// What it takes, where the largest set of images that is evaluated has so many.
    pub fn need(&self, evaluated: usize) -> Need<'a> {
        let &Setup { network, ref training, batch_size, threads } = self;
        Need { network, training: training.clone(), batch_size, threads, evaluated }
    }

    /// Checks that there is memory for it, by itself, before anything is allocated: running out of it ends a program
    /// without a word. `model` is who it is made for; `evaluated` as [`Setup::need`] takes it.
    ///
    /// # Errors
    /// There is not so much, with what fits.
    pub fn check_memory(&self, model: &str, evaluated: usize) -> Result<(), RunError> {
        self.check(evaluated).map_err(|problem| RunError::TooLarge { model: model.to_owned(), problem })
    }

    /// The same where it is not to be trained here: another recipe would be no remedy.
    ///
    /// # Errors
    /// There is not so much.
    pub fn check_room(&self, model: &str, evaluated: usize, what: &'static str) -> Result<(), RunError> {
        self.check(evaluated).map_err(|problem| RunError::NoRoom { model: model.to_owned(), what, problem })
    }

    fn check(&self, evaluated: usize) -> Result<(), TooMuch> {
        memory::check(&[self.need(evaluated)], 1, memory::limit())
    }
}

/// An executor, and what the receipt says of it.
pub struct Built {
    /// Ready for its first step.
    pub executor: Box<dyn Executor>,
    /// Instruction set it uses: `avx512bf16`, `avx512`, `avx2`, `scalar`.
    pub isa: String,
}

/// How a study gets its executors; called in the thread that uses what it makes.
pub type Executors<'a> = dyn Fn(Setup<'_>) -> Result<Built, EngineError> + Sync + 'a;

/// The planned engine on the machine's widest instruction set.
///
/// # Errors
/// Groups of parameters do not fit the network, there is no memory for it, or a thread is refused.
pub fn engine(setup: Setup<'_>) -> Result<Built, EngineError> {
    let Setup { network, training, batch_size, threads } = setup;
    let engine =
        Engine::new(network, training, EngineOptions { batch_size, threads, ..EngineOptions::default() })?;
    let isa = engine.isa().name().to_owned();
    Ok(Built { executor: Box::new(engine), isa })
}
