//! Array files: NumPy's, IDX pairs, CIFAR's batches.

mod bad;
mod damage;
mod files;
mod sound;
