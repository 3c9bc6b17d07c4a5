//! Runs done as soon as they can be, of a study whose models are not all known to be run beforehand. The files above the
//! runs are left to whoever conducts what has become known.

use super::collect::before;
use super::error::ConductError;
use super::share::{OfRuns, ShareOutcome};
use super::study::StudyHooks;
use crate::run::hooks::RunHooks;
use crate::run::jobs::{self, Done};
use crate::run::ready::{Ready, Supply};
use crate::run::{Data, Options, RunError, RunId, plan};
use crate::study::Study;

/// Does the runs of the models that are ready, and of those that become ready while they are done, in this process alone.
///
/// # Errors
/// Whatever is found before the first run starts; what breaks a single run is in the [`ShareOutcome`].
pub fn run_ready(
    study: &Study,
    data: Data<'_>,
    options: &Options,
    hooks: StudyHooks<'_>,
    ready: &dyn Ready,
) -> Result<ShareOutcome, ConductError> {
    let data = data.of(study);
    let _lock = jobs::lock(&options.out)?;
    let planned = |names: Vec<String>| match names.is_empty() {
        true => Ok((Vec::new(), 0)),
        false => plan::plan(study, &plan::select(study, Some(&names))?, data, options),
    };
    let (jobs, already_done) = planned(ready.ready(None)?)?;
    before(study, &options.out)?;
    let runs = jobs.len() + already_done;
    let after = |over: &RunId| -> Result<_, RunError> { Ok(planned(ready.ready(Some(over))?)?.0) };
    let supply = Supply { most: ready.runs_max().saturating_sub(runs), after: &after };
    let StudyHooks { executors, observer, renderer, stop } = hooks;
    let Done { failures, interrupted, held } = if jobs.is_empty() {
        Done::default()
    } else {
        let keeper = &OfRuns(renderer);
        let hooks = RunHooks { executors, observer, keeper, stop };
        jobs::run_all(jobs, already_done, data, options, hooks, Some(supply))?
    };
    Ok(ShareOutcome { runs, already_done, held, interrupted, failures })
}
