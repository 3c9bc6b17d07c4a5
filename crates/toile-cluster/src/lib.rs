//! A study's work for the schedulers of many machines.
//!
//! The work comes as numbered units with the seconds that each takes. [`packing`] makes tasks of them, [`slurm`] and
//! [`kubernetes`] write what those schedulers are handed, and [`simulation`] says what a study will take on paper.
//! Scheduling, restarting and accounting are the schedulers' own: none of it is done here.
//!
//! This crate knows no study, no run and no terminal. What a task runs comes as a command line that is ready for a
//! shell.

pub mod kubernetes;
pub mod packing;
pub mod simulation;
pub mod slurm;
pub mod words;
