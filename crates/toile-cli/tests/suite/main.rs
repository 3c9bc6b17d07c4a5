//! Integration tests of the binary's crate: one module a subject.

mod arguments;
mod bits;
#[cfg(unix)]
mod browser;
mod calibrate;
mod cli;
mod compare;
mod devices;
mod docs_evidence;
mod documents;
mod ensembles;
mod eval;
mod explain;
mod export;
mod folds;
mod golden;
mod init;
mod inspect;
#[cfg(target_os = "linux")]
mod limits;
mod live;
mod manners;
mod markup;
mod on_dataset;
mod outline;
mod outputs;
#[cfg(unix)]
mod outside;
mod predict;
#[cfg(unix)]
mod predicting;
mod report;
mod run_names;
mod scale;
#[cfg(feature = "serve")]
mod serve;
mod shades;
mod shared_out;
mod show;
mod show_data;
#[cfg(unix)]
mod signals;
#[cfg(target_os = "linux")]
mod slurm;
#[cfg(unix)]
mod stand_in;
mod streams;
mod sweep;
mod table;
#[cfg(unix)]
mod tutorial;
