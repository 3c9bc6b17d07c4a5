//! Kubernetes: a manifest to be applied.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use toile_cluster::kubernetes::{Manifest, manifests};
use toile_cluster::packing::{Unit, pack};

use super::command::of_a_part;
use super::work::Work;
use crate::args::ClusterArgs;
use crate::command_line::quoted;
use crate::progress::say;
use crate::stdout::print;

/// Where the containers see the volume.
const MOUNTED_AT: &str = "/study";

/// An index a task, at most; Kubernetes takes a hundred thousand.
const TASKS_MAX: usize = 10_000;

/// Prints the manifest.
pub(super) fn run(args: &ClusterArgs, dry_run: bool, work: Work<'_>) -> anyhow::Result<ExitCode> {
    ensure!(
        dry_run,
        "Toile does not speak to Kubernetes: write the manifest with --on kubernetes --dry-run > job.yaml, and apply it \
         with kubectl apply -f job.yaml"
    );
    let words = as_text(of_a_part(std::env::args_os().skip(1)))?;
    let cpus = args.cpus_per_run.unwrap_or(1);
    let costs = work.costs(cpus)?;
    let units: Vec<Unit> =
        costs.iter().map(|cost| Unit { number: cost.unit.number, seconds: cost.seconds }).collect();
    let tasks = pack(&units, args.runs_per_task, TASKS_MAX).len();
    print(
        "the manifest",
        &manifests(&Manifest {
            study: &work.study.name,
            image: &args.image,
            volume_claim: &args.volume_claim,
            mounted_at: MOUNTED_AT,
            args: &words,
            tasks,
            max_running: args.max_running,
            cpus_per_run: cpus,
        }),
    );
    say(&format!(
        "paths in it are those of the volume {}, which the containers see as {MOUNTED_AT}: study, data and results \
         have to be there",
        args.volume_claim
    ));
    Ok(ExitCode::SUCCESS)
}

/// The words of a command as a manifest has them. It is text: what is not UTF-8 cannot stand in it, and with other
/// characters in its place it would name another folder.
fn as_text(words: Vec<OsString>) -> anyhow::Result<Vec<String>> {
    let text = |word: OsString| {
        word.to_str().map(str::to_owned).with_context(|| {
            format!(
                "the argument {} is not UTF-8, which a manifest for Kubernetes is; rename what it names",
                quoted(&word)
            )
        })
    };
    words.into_iter().map(text).collect()
}
