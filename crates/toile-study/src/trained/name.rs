//! Runs by the names that people type: a folder or a file, `study/model`, `study/model@3`, `study/model@all`.

use std::path::{Path, PathBuf};

use toile_store::{RunFolder, StoredRun, ending};

use super::{Trained, TrainedError, open, read};
use crate::evidence::contenders::models_in;
use crate::evidence::words::seed_list;
use crate::numbers::joined;
use crate::provenance::{reference, unlike};
use crate::results::RunStatus;

/// Which of a model's runs.
enum Which {
    Lowest,
    Seed(u64),
    All,
}

/// The network of one run: its folder, or a file of weights that Toile wrote; a model's folder, or `study/model` for
/// `runs/study/model`, which is its finished run with the lowest seed; `@3` behind either for that seed.
///
/// # Errors
/// A name that nothing answers to, one of several runs, and what [`open`] and [`read`] refuse.
pub fn named(name: &str) -> Result<Trained, TrainedError> {
    let path = located(name)?;
    if path.is_file() { read(&path) } else { open(&path) }
}

/// Where the run lies that [`named`] opens: its folder, or a file of weights.
///
/// # Errors
/// A name that nothing answers to, and one of several runs.
pub fn located(name: &str) -> Result<PathBuf, TrainedError> {
    match at(name)? {
        At::File(path) | At::Run(path) => Ok(path),
        At::Model { folder, which: Which::All } => {
            let first = lowest_finished(&folder)?.ok_or_else(|| none_finished(&folder))?;
            Err(TrainedError::Name {
                name: name.into(),
                problem: "this needs one network".into(),
                remedy: format!("choose a seed, as {}@{}", base(name), first.id().seed),
            })
        }
        At::Model { folder, which } => run_of(name, &folder, &which),
    }
}

/// As [`named`], and `study/model@all`: all finished runs of a model, by seed. They are of one recipe and, as far as they
/// noted it, of the same data; they take the same images and know the same classes.
///
/// # Errors
/// As [`named`]; runs that do not belong together.
pub fn all_named(name: &str) -> Result<Vec<Trained>, TrainedError> {
    let At::Model { folder, which: Which::All } = at(name)? else { return Ok(vec![named(name)?]) };
    let runs = all_finished(name, &folder)?.iter().map(|run| open(run)).collect::<Result<Vec<_>, _>>()?;
    // Runs of earlier versions did not note their data.
    let like = |run: &Trained| {
        (&run.class_names, run.image_shape, run.preprocessing)
            == (&runs[0].class_names, runs[0].image_shape, runs[0].preprocessing)
    };
    match runs.iter().find(|run| !like(run)) {
        None => Ok(runs),
        Some(run) => Err(TrainedError::Name {
            name: name.into(),
            problem: format!(
                "seed {} was trained on other images or classes than seed {}",
                run.run.seed, runs[0].run.seed
            ),
            remedy: format!("choose one, as {}@{}", base(name), run.run.seed),
        }),
    }
}

/// Where the runs lie that [`all_named`] opens.
///
/// # Errors
/// A name that nothing answers to; runs of different recipes, or of different data.
pub fn all_located(name: &str) -> Result<Vec<PathBuf>, TrainedError> {
    match at(name)? {
        At::Model { folder, which: Which::All } => all_finished(name, &folder),
        _ => Ok(vec![located(name)?]),
    }
}

/// Where the finished runs lie that a name stands for, with `@all` each that there is: seeds of one recipe or not, for whoever looks
/// at each by itself.
///
/// # Errors
/// A name that nothing answers to.
pub fn each_located(name: &str) -> Result<Vec<PathBuf>, TrainedError> {
    match at(name)? {
        At::Model { folder, which: Which::All } => {
            let runs = finished(&folder).map(|run| Ok(run?.path().to_owned()));
            let runs = runs.collect::<Result<Vec<PathBuf>, TrainedError>>()?;
            if runs.is_empty() { Err(none_finished(&folder)) } else { Ok(runs) }
        }
        _ => Ok(vec![located(name)?]),
    }
}

/// The folders of a model's finished runs, one at least, which are seeds of one recipe on the same data: a folder may hold
/// others, as seeds are added after the study file has changed, and a mean of both would be of no model.
fn all_finished(name: &str, folder: &Path) -> Result<Vec<PathBuf>, TrainedError> {
    let mut runs = Vec::new();
    for run in finished(folder) {
        runs.extend(StoredRun::open(&run?)?);
    }
    let Some(first) = reference(&runs) else { return Err(none_finished(folder)) };
    let others: Vec<(u64, &str)> =
        runs.iter().filter_map(|run| Some((run.results.seed, unlike(first, run)?))).collect();
    let Some(&(_, how)) = others.first() else {
        return Ok(runs.iter().map(|run| run.folder.path().to_owned()).collect());
    };
    let seeds: Vec<u64> = others.iter().filter(|other| other.1 == how).map(|other| other.0).collect();
    let (seed, were) = (first.results.seed, if seeds.len() == 1 { "was" } else { "were" });
    Err(TrainedError::Name {
        name: name.into(),
        problem: format!("{} {were} trained {how} than seed {seed}", seed_list(&seeds)),
        remedy: format!("choose one run, as {}@{seed}, or move those away", base(name)),
    })
}

/// What a name stands for.
enum At {
    File(PathBuf),
    Run(PathBuf),
    Model { folder: PathBuf, which: Which },
}

fn at(name: &str) -> Result<At, TrainedError> {
    let path = Path::new(name);
    if path.is_file() {
        return Ok(At::File(path.to_owned()));
    }
    // A folder may have an @ in its name.
    let (base, which) = match (path.exists(), name.rsplit_once('@')) {
        (false, Some((base, which))) => (base, which_of(name, base, which)?),
        _ => (name, Which::Lowest),
    };
    let folder = match Path::new(base).is_dir() {
        true => PathBuf::from(base),
        false => Path::new("runs").join(base),
    };
    let refuse = |problem: String, remedy: String| TrainedError::Name { name: name.into(), problem, remedy };
    if base.is_empty() || !folder.is_dir() {
        let problem = match base {
            "" => "the name is empty".to_owned(),
            _ => format!("neither {base} nor {} is there", folder.display()),
        };
        return Err(refuse(
            problem,
            "name a run as study/model, study/model@SEED or by its folder, as `toile run` leaves it".into(),
        ));
    }
    let is_run = RunFolder::at(&folder).is_some_and(|run| run.config().exists() || run.evaluation().exists());
    if is_run {
        return match which {
            Which::Lowest => Ok(At::Run(folder)),
            Which::Seed(_) | Which::All => {
                Err(refuse("it is one run already".into(), format!("name it as {base}")))
            }
        };
    }
    let models = models_in(&folder);
    if !models.is_empty() {
        let examples: Vec<String> = models.iter().map(|model| format!("{base}/{model}")).collect();
        return Err(refuse("it is a study".into(), format!("name a model of it: {}", joined(&examples))));
    }
    Ok(At::Model { folder, which })
}

fn which_of(name: &str, base: &str, which: &str) -> Result<Which, TrainedError> {
    if which == "all" {
        return Ok(Which::All);
    }
    which.parse().map(Which::Seed).map_err(|_| TrainedError::Name {
        name: name.into(),
        problem: format!("@{which} is no seed"),
        remedy: format!("write a number or all, as {base}@0 or {base}@all"),
    })
}

/// The name of the model, without its seeds.
fn base(name: &str) -> &str {
    name.rsplit_once('@').map_or(name, |(base, _)| base)
}

fn run_of(name: &str, folder: &Path, which: &Which) -> Result<PathBuf, TrainedError> {
    let Which::Seed(seed) = *which else {
        let lowest = finished(folder).next().unwrap_or_else(|| Err(none_finished(folder)));
        return Ok(lowest?.path().to_owned());
    };
    // What became of the model's other runs is another matter.
    if let Some(run) = runs_in(folder).into_iter().find(|run| run.id().seed == seed)
        && is_finished(&run)?
    {
        return Ok(run.path().to_owned());
    }
    let seeds: Vec<String> = finished(folder).flatten().map(|run| run.id().seed.to_string()).collect();
    if seeds.is_empty() {
        return Err(none_finished(folder));
    }
    let remedy = format!("it has {}", joined(&seeds));
    let problem = format!("it has no finished run with seed {seed}");
    Err(TrainedError::Name { name: name.into(), problem, remedy })
}

/// The finished run of a model with the lowest seed.
///
/// # Errors
/// A run before it that cannot be read.
pub fn lowest_finished(folder: &Path) -> Result<Option<RunFolder>, TrainedError> {
    finished(folder).next().transpose()
}

/// The model's finished runs, by seed; each is looked at when it is asked for.
fn finished(folder: &Path) -> impl Iterator<Item = Result<RunFolder, TrainedError>> {
    runs_in(folder).into_iter().filter_map(|run| match is_finished(&run) {
        Ok(true) => Some(Ok(run)),
        Ok(false) => None,
        Err(error) => Some(Err(error)),
    })
}

fn is_finished(run: &RunFolder) -> Result<bool, TrainedError> {
    Ok(ending(run)?.is_some_and(|ending| ending.status == RunStatus::Finished))
}

/// All runs in a model's folder, by seed.
fn runs_in(folder: &Path) -> Vec<RunFolder> {
    // A folder may be named by a link, or as the one above.
    let found = folder.canonicalize().ok().and_then(|folder| {
        let (out, model) = (folder.parent()?, folder.file_name()?.to_str()?);
        Some(RunFolder::seeds(out, model).into_iter().map(|seed| RunFolder::new(out, model, seed)).collect())
    });
    found.unwrap_or_default()
}

fn none_finished(folder: &Path) -> TrainedError {
    let (problem, remedy) = match runs_in(folder).is_empty() {
        true => ("it holds no run", "name a model's folder as `toile run` leaves it, runs/<study>/<model>"),
        false => ("none of its runs is finished", "go on with `toile run ... --resume`"),
    };
    let name = folder.display().to_string();
    TrainedError::Name { name, problem: problem.into(), remedy: remedy.into() }
}
