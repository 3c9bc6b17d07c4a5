//! What can keep an engine from being made.

use std::error::Error;
use std::fmt;

use toile_kernels::buffer::OutOfMemory;
use toile_kernels::team::ThreadRefused;

use crate::groups::GroupError;

/// The machine does not give what an engine needs, or the training does not fit the network.
#[derive(Debug)]
pub enum EngineError {
    /// Groups of parameters do not fit the network.
    Groups(GroupError),
    /// There is no memory for a buffer.
    Memory(OutOfMemory),
    /// The operating system refuses a thread.
    Thread(ThreadRefused),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EngineError::Groups(error) => error.fmt(f),
            EngineError::Memory(error) => error.fmt(f),
            EngineError::Thread(error) => error.fmt(f),
        }
    }
}

impl Error for EngineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            EngineError::Groups(_) | EngineError::Memory(_) => None,
            EngineError::Thread(error) => error.source(),
        }
    }
}

impl From<GroupError> for EngineError {
    fn from(error: GroupError) -> EngineError {
        EngineError::Groups(error)
    }
}

impl From<OutOfMemory> for EngineError {
    fn from(error: OutOfMemory) -> EngineError {
        EngineError::Memory(error)
    }
}

impl From<ThreadRefused> for EngineError {
    fn from(error: ThreadRefused) -> EngineError {
        EngineError::Thread(error)
    }
}
