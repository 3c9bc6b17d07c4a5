//! Runs by the names that people type: a folder or a file, `study/model`, `study/model@3`, `study/model@all`.

use std::path::{Path, PathBuf};

use toile_store::{RunFolder, StoredRun, seed_of};

use super::{Trained, TrainedError, open, read};
use crate::evidence::contenders::models_in;
use crate::numbers::joined;
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
        At::Model { folder, which: Which::All } => Err(TrainedError::Name {
            name: name.into(),
            problem: "this needs one network".into(),
            remedy: format!("choose a seed, as {}@{}", base(name), seeds_over(&folder)?[0]),
        }),
        At::Model { folder, which } => run_of(name, &folder, &which),
    }
}

/// As [`named`], and `study/model@all`: all finished runs of a model, by seed. They take the same images and know the
/// same classes.
///
/// # Errors
/// As [`named`]; runs that do not belong together.
pub fn all_named(name: &str) -> Result<Vec<Trained>, TrainedError> {
    let At::Model { folder, which: Which::All } = at(name)? else { return Ok(vec![named(name)?]) };
    let runs = runs_over(&folder)?.iter().map(|run| open(run)).collect::<Result<Vec<_>, _>>()?;
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
/// A name that nothing answers to.
pub fn all_located(name: &str) -> Result<Vec<PathBuf>, TrainedError> {
    match at(name)? {
        At::Model { folder, which: Which::All } => runs_over(&folder),
        _ => Ok(vec![located(name)?]),
    }
}

fn runs_over(folder: &Path) -> Result<Vec<PathBuf>, TrainedError> {
    Ok(seeds_over(folder)?.into_iter().map(|seed| run_folder(folder, seed)).collect())
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
    let over = seeds_over(folder)?;
    let seed = match which {
        Which::Seed(seed) => *seed,
        Which::Lowest | Which::All => over[0],
    };
    if !over.contains(&seed) {
        let seeds: Vec<String> = over.iter().map(u64::to_string).collect();
        let remedy = format!("it has {}", joined(&seeds));
        let problem = format!("it has no finished run with seed {seed}");
        return Err(TrainedError::Name { name: name.into(), problem, remedy });
    }
    Ok(run_folder(folder, seed))
}

fn run_folder(folder: &Path, seed: u64) -> PathBuf {
    folder.join(format!("seed-{seed}"))
}

/// Seeds of a model's finished runs, from the lowest; one at least.
fn seeds_over(folder: &Path) -> Result<Vec<u64>, TrainedError> {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut seeds: Vec<u64> = names.filter_map(|entry| seed_of(entry.file_name().to_str()?)).collect();
    seeds.sort_unstable();
    let mut over = Vec::new();
    for &seed in &seeds {
        let Some(run) = RunFolder::at(&run_folder(folder, seed)) else { continue };
        if StoredRun::open(&run)?.is_some_and(|run| run.results.status == RunStatus::Finished) {
            over.push(seed);
        }
    }
    if over.is_empty() {
        let (problem, remedy) = match seeds.is_empty() {
            true => {
                ("it holds no run", "name a model's folder as `toile run` leaves it, runs/<study>/<model>")
            }
            false => ("none of its runs is finished", "go on with `toile run ... --resume`"),
        };
        let name = folder.display().to_string();
        return Err(TrainedError::Name { name, problem: problem.into(), remedy: remedy.into() });
    }
    Ok(over)
}
