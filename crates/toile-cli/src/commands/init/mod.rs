//! `toile init`: a study file for somebody's own data, to begin with.

mod look;
pub(super) mod place;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use toile_data::source::{DataSource, Location};
use toile_data::{Dataset, DatasetInfo, LoadOptions, catalog};
use toile_nn::description::Network;
use toile_study::draft::{Subject, Target, TestImages, about, adapt, draft, name};
use toile_study::numbers::{counted, duration};
use toile_study::recipe::{Recipe, Validation};
use toile_study::run::{BatchSplit, RunError};
use toile_study::study::{Model, Study};
use toile_study::study_file::{self, BUILT_IN, Source};

use self::look::Look;
use super::{bench, shared};
use crate::progress::fetch::fetch_progress;
use crate::progress::remark;
use crate::stdout::print;

/// Writes a study file for your own data: two models that fit it, with comments
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  toile init photos                     photos.toml for a folder with a folder a class
  toile init photos --from ignite       the models of a built-in study on these pictures
  toile init --from quick               a copy of a built-in study, to be changed")]
pub struct InitArgs {
    /// A folder of pictures (several are one data set), a CSV table of pictures, a NumPy archive (.npz), a folder of
    /// IDX files or of CIFAR's batches, or a name of the catalogue
    #[arg(required_unless_present = "from")]
    pub data: Vec<PathBuf>,
    /// Take the models from this study: a built-in one, or the path of a file
    #[arg(long, value_name = "STUDY")]
    pub from: Option<String>,
    /// Where to write [default: the data's name with .toml, here]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long)]
    pub force: bool,
}

/// Runs of each model, to begin with.
const SEEDS: u64 = 3;
/// A study that would take longer begins with one run of each model.
const SECONDS_MAX: f64 = 1800.0;
/// How long a model's rate is measured.
const MEASURED: Duration = Duration::from_millis(400);
/// Images that are looked at for whether pixels are black and white alone.
const LOOKED_AT: usize = 1000;

/// Looks at the data, writes the file and says what it holds and how long it takes.
///
/// # Errors
/// Data that cannot be read, a study that does not fit it, and a file that is there already.
pub fn run(args: &InitArgs) -> anyhow::Result<ExitCode> {
    let found = if args.data.is_empty() { None } else { Some(place::source(&args.data)?) };
    let stem = match (&found, &args.from) {
        (Some(found), _) => name(&found.name),
        (None, Some(from)) => format!("my-{}", name(from)),
        (None, None) => bail!("name your data, as in: toile init photos"),
    };
    let path = args.output.clone().unwrap_or_else(|| format!("{stem}.toml").into());
    if path.exists() && !args.force {
        bail!(
            "{} is there already\n  Replace it with --force, or name another file with --output.",
            path.display()
        );
    }
    let data = found.map(|found| Data::open(found, &path)).transpose()?;
    let file = file_name(&path);
    let study_name = args.output.as_ref().map_or(stem, |_| name(&file_stem(&path)));
    let (text, study, estimate) = match (&args.from, &data) {
        (Some(from), data) => {
            let text = from_study(from, data.as_ref(), &study_name, &file)?;
            let study = checked(&text, &file, data.as_ref())
                .with_context(|| format!("the models of {from} do not fit this data as they are"))?;
            let estimate = Estimate::of(&study)?;
            (text, study, estimate)
        }
        (None, Some(data)) => drafted(data, &study_name, &file)?,
        (None, None) => bail!("name your data, as in: toile init photos"),
    };
    toile_study::atomic::write(&path, text.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))?;
    for problem in estimate.0.iter().filter_map(|(_, seconds)| seconds.as_ref().err()) {
        remark(&format!("{problem}; change it in {} before you train it", path.display()));
    }
    print("what was written", &summary(&path, &study, &estimate));
    Ok(ExitCode::SUCCESS)
}

/// Data that was opened, and how a study file says where it is.
struct Data {
    source: DataSource,
    info: DatasetInfo,
    class_sizes: [usize; 2],
    is_binary: bool,
    test_images: TestImages,
}

impl Data {
    fn open(mut found: DataSource, study_file: &Path) -> anyhow::Result<Data> {
        if found.location == Location::Catalog {
            let entry = catalog::find(&found.name).context("a name that was found in the catalogue")?;
            let info = entry.info();
            let of_class = info.train_images / info.class_names.len().max(1);
            let class_sizes = [of_class; 2];
            return Ok(Data {
                source: found,
                info,
                class_sizes,
                is_binary: false,
                test_images: TestImages::Named,
            });
        }
        let look = look::look(&found)?;
        if let Some(look) = &look {
            found.channels = Some(look.channels);
            found.image_size = Some(look.image_size);
        }
        let options = LoadOptions::default();
        let loaded = toile_data::open(&found, Path::new(""), &options, &mut fetch_progress())?;
        loaded.notes.iter().for_each(|note| remark(note));
        let folder = study_file.parent().unwrap_or(Path::new(""));
        let name = found.name.clone();
        let location = place::seen_from(folder, found.location)?;
        let counts = loaded.train.class_counts();
        let [smallest, largest] = [counts.iter().min(), counts.iter().max()].map(|n| n.copied().unwrap_or(0));
        Ok(Data {
            class_sizes: [smallest, largest],
            is_binary: is_binary(&loaded.train),
            test_images: test_images(look.as_ref(), &location),
            info: loaded.info(),
            source: DataSource { name, location, ..found },
        })
    }
}

/// Who says which images are tested, as far as a look at the files tells.
fn test_images(look: Option<&Look>, location: &Location) -> TestImages {
    let is_named = match (look, location) {
        (Some(look), _) => look.names_test_images,
        (None, Location::Npz(_)) => return TestImages::Unsaid,
        (None, location) => !matches!(location, Location::Arrays { test: None, .. }),
    };
    if is_named { TestImages::Named } else { TestImages::Chosen }
}

fn is_binary(images: &Dataset) -> bool {
    (0..images.len().min(LOOKED_AT))
        .all(|i| images.image(i as u32).iter().all(|&pixel| pixel == 0 || pixel == 255))
}

/// The drafted study, with fewer seeds where it would take long.
fn drafted(data: &Data, name: &str, file: &str) -> anyhow::Result<(String, Study, Estimate)> {
    let with = |seeds| {
        let text = draft(&Subject {
            name: name.to_owned(),
            file: file.to_owned(),
            source: &data.source,
            data: &data.info,
            class_sizes: data.class_sizes,
            is_binary: data.is_binary,
            test_images: data.test_images,
            seeds,
        });
        let study = checked(&text, file, Some(data))?;
        Ok::<_, anyhow::Error>((text, study))
    };
    let (text, study) = with(SEEDS)?;
    let estimate = Estimate::of(&study)?;
    if estimate.seconds(&study) <= SECONDS_MAX {
        return Ok((text, study, estimate));
    }
    let (text, study) = with(1)?;
    Ok((text, study, estimate))
}

/// The text of another study, turned to this data.
fn from_study(from: &str, data: Option<&Data>, name: &str, file: &str) -> anyhow::Result<String> {
    let built_in = BUILT_IN.iter().find(|study| study.name == from).map(|study| study.source.to_owned());
    let text = match (built_in, data) {
        (Some(text), _) => text,
        (None, Some(_)) => {
            // Read as a study first: whatever is wrong with it is told with its line.
            let source = Source::open(from)?;
            source.clone().parse()?;
            source.text().to_owned()
        }
        (None, None) => {
            let names: Vec<&str> = BUILT_IN.iter().map(|study| study.name).collect();
            bail!("no built-in study is called \"{from}\"; there are: {}", names.join(", "))
        }
    };
    let of_data = data.map(|data| (&data.source, &data.info));
    Ok(adapt(&text, from, Target { name, file, data: of_data }))
}

/// The study of a text, checked as `toile run` checks it.
fn checked(text: &str, file: &str, data: Option<&Data>) -> anyhow::Result<Study> {
    match data {
        Some(data) => Ok(study_file::parse(text, file)?.bind(&data.info)?),
        None => Ok(Source::new(text, file).study()?),
    }
}

/// Seconds a run of each model that is trained unasked takes, or why it cannot be trained here as it is.
struct Estimate(Vec<(String, Result<f64, RunError>)>);

impl Estimate {
    /// Measured on made-up images: a few steps of each model.
    fn of(study: &Study) -> anyhow::Result<Estimate> {
        let trained = study.models.iter().filter(|model| !model.on_request);
        let seconds = trained.map(|model| {
            let network = shared::network(study, model)?;
            let images = study.data.train_images as f64 * f64::from(model.recipe.epochs);
            let checked = check_batches(study, model, &network).map_err(anyhow::Error::from);
            let rate = checked.and_then(|()| bench::training_rate(model, &network, MEASURED));
            let seconds = match rate.map_err(|error| error.downcast::<RunError>()) {
                Ok(rate) => Ok(images / rate),
                // The file is there to be changed.
                Err(Ok(problem @ (RunError::TooLarge { .. } | RunError::Unfit { .. }))) => Err(problem),
                Err(Ok(problem)) => return Err(problem.into()),
                Err(Err(error)) => return Err(error),
            };
            Ok((model.name.clone(), seconds))
        });
        Ok(Estimate(seconds.collect::<anyhow::Result<_>>()?))
    }

    /// Of all runs.
    fn seconds(&self, study: &Study) -> f64 {
        self.0.iter().filter_map(|(_, seconds)| seconds.as_ref().ok()).sum::<f64>() * study.seeds.len() as f64
    }
}

/// Whether the model can be trained on every batch of an epoch, as `toile run` asks. How many images a share or folds leave
/// to train on, the labels decide: then only whole batches are checked here.
fn check_batches(study: &Study, model: &Model, network: &Network) -> Result<(), RunError> {
    let Recipe { batch_size, validation, cross_validation, dataset, .. } = &model.recipe;
    let takes_all = cross_validation.is_none() && !matches!(validation, Some(Validation::Share(_)));
    let checked = match takes_all {
        true => BatchSplit { images: study.data.train_images, batch_size: *batch_size }.check(network),
        false => network
            .check_batch(*batch_size)
            .map_err(|problem| format!("{problem}; choose a larger batch_size, or another layer")),
    };
    checked.map_err(|problem| RunError::Unfit {
        model: model.name.clone(),
        dataset: dataset.clone(),
        problem,
    })
}

fn summary(path: &Path, study: &Study, estimate: &Estimate) -> String {
    let mut text = format!("{}: {}\n", path.display(), about(&study.data));
    let width = estimate.0.iter().map(|(model, _)| model.len()).max().unwrap_or(0);
    for (model, seconds) in &estimate.0 {
        let _ = match seconds {
            Ok(seconds) => writeln!(text, "  {model:width$}  about {} a run", duration(*seconds)),
            Err(_) => writeln!(text, "  {model:width$}  cannot be trained as it is"),
        };
    }
    let runs = estimate.0.len() * study.seeds.len();
    let all = duration(estimate.seconds(study));
    let _ = writeln!(
        text,
        "  {}: about {all} on this machine, evaluation and report not counted",
        counted(runs, "run")
    );
    let _ = writeln!(text, "Train them with:\n  toile run {}", quoted(path));
    text
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains([' ', '\'', '"', '$', '&', '(', ')', ';']) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    text
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn file_stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
