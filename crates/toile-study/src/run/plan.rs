//! What there is to do: every run asked for, checked against its data and against what its folder holds,
//! before the first one starts.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use toile_nn::description::Network;
use toile_pixels::augment::Augmenter;

use super::batch_split::BatchSplit;
use super::chain;
use super::data::Data;
use super::error::RunError;
use super::job::{Fitted, Job};
use super::options::Options;
use super::parts::{Parts, depend_on_seed, parts};
use super::start::{Start, start};
use crate::provenance::provenance;
use crate::recipe::{Normalization, Validation};
use crate::study::{Model, Study};
use toile_store::{RunFolder, RunId};

/// The models asked for: those named, or all that are not on request. Needs no data, so that it can come
/// before anything is fetched.
///
/// # Errors
/// A name that the study does not have, no model or no seed left, a seed that is there twice.
pub fn select<'a>(study: &'a Study, names: Option<&[String]>) -> Result<Vec<&'a Model>, RunError> {
    let mut seen = BTreeSet::new();
    if let Some(seed) = study.seeds.iter().find(|seed| !seen.insert(**seed)) {
        return Err(RunError::Setting(format!("the seed {seed} is there twice; name each seed once")));
    }
    for name in names.unwrap_or_default() {
        if !study.models.iter().any(|model| model.name == *name) {
            let known = study.models.iter().map(|model| model.name.clone()).collect();
            return Err(RunError::UnknownModel { study: study.name.clone(), name: name.clone(), known });
        }
    }
    let wanted = |model: &&Model| names.map_or(!model.on_request, |names| names.contains(&model.name));
    let models: Vec<&Model> = study.models.iter().filter(wanted).collect();
    if models.is_empty() || study.seeds.is_empty() {
        return Err(RunError::Setting("there is nothing to run: no model, or no seed, is left".into()));
    }
    Ok(models)
}

/// The runs to do, in the order of models and seeds, and the number of those already over. What is planned is light:
/// there may be tens of thousands.
pub(crate) fn plan<'a>(
    study: &'a Study,
    models: &[&'a Model],
    data: Data<'_>,
    options: &Options,
) -> Result<(Vec<Job<'a>>, usize), RunError> {
    let (mut jobs, mut done) = (Vec::new(), 0);
    let share = options.share.runs(models, &study.seeds)?;
    let is_in_share = |model: &Model, seed| {
        let run = RunId { model: model.name.clone(), seed };
        share.as_ref().is_none_or(|share| share.contains(&run))
    };
    for model in models {
        let mut seeds = study.seeds.iter().copied().filter(|&seed| is_in_share(model, seed)).peekable();
        if seeds.peek().is_none() {
            continue;
        }
        let fitting = Fitting::new(study, model, data)?;
        for seed in seeds {
            match job(study, &fitting, seed, data, options)? {
                Some(job) => jobs.push(job),
                None => done += 1,
            }
        }
    }
    let planned: BTreeSet<RunId> = jobs.iter().map(|job: &Job<'_>| job.id.clone()).collect();
    for job in jobs.iter_mut().filter(|job| job.planned_at.is_none()) {
        job.shorter = chain::shorter(study, job.model, job.id.seed, (&options.out, data), &planned);
    }
    Ok((jobs, done))
}

/// Finds out again where the run starts, now that it is this process's: another may have gone on with it since it was
/// planned. False where it is over.
pub(super) fn refresh(job: &mut Job<'_>, data: Data<'_>) -> Result<bool, RunError> {
    match start(job.model, &job.folder, data, true)? {
        Start::Over => return Ok(false),
        Start::Afresh => {}
        Start::Checkpoint(checkpoint) => job.checkpoint = Some(*checkpoint),
        Start::Trained(trained) => job.trained = Some(*trained),
    }
    job.parts = parts(&job.model.recipe, job.id.seed, data).map_err(|problem| unfit(job.model, problem))?;
    Ok(true)
}

/// A run, or `None` where it is over.
fn job<'a>(
    study: &'a Study,
    fitting: &Fitting<'a>,
    seed: u64,
    data: Data<'_>,
    options: &Options,
) -> Result<Option<Job<'a>>, RunError> {
    let model = fitting.model;
    let folder = RunFolder::new(&options.out, &model.name, seed);
    let start = start(model, &folder, data, options.resume)?;
    if matches!(start, Start::Over) {
        if study.validation().is_some() {
            folder.remove_checkpoint();
        }
        return Ok(None);
    }
    let planned_at = match start {
        Start::Over | Start::Afresh => None,
        Start::Checkpoint(checkpoint) => Some(checkpoint.position),
        Start::Trained(trained) => Some(trained.position),
    };
    Ok(Some(Job { planned_at, ..fitting.job(folder, data)? }))
}

/// Fits a model's runs to the data.
pub(super) struct Fitting<'a> {
    study: &'a Study,
    model: &'a Model,
    network: Arc<Network>,
    /// Where it is the same for all seeds.
    of_all: OnceCell<Arc<Fitted>>,
}

impl<'a> Fitting<'a> {
    pub(super) fn new(study: &'a Study, model: &'a Model, data: Data<'_>) -> Result<Self, RunError> {
        let network = Arc::new(fitting_network(model, data)?);
        Ok(Fitting { study, model, network, of_all: OnceCell::new() })
    }

    /// A run as it is where nothing is done of it.
    pub(super) fn job(&self, folder: RunFolder, data: Data<'_>) -> Result<Job<'a>, RunError> {
        let seed = folder.id().seed;
        let fitted = match self.of_all.get() {
            Some(fitted) => fitted.clone(),
            None => Arc::new(self.fitted(seed, data)?),
        };
        if !depend_on_seed(&self.model.recipe) {
            let _ = self.of_all.set(fitted.clone());
        }
        Ok(Job {
            study: self.study,
            model: self.model,
            id: folder.id().clone(),
            folder,
            fitted,
            provenance: provenance(self.model, seed, data),
            planned_at: None,
            parts: Parts::default(),
            checkpoint: None,
            trained: None,
            shorter: None,
        })
    }

    fn fitted(&self, seed: u64, data: Data<'_>) -> Result<Fitted, RunError> {
        let Fitting { study, model, network, .. } = self;
        let Parts { train, validation, test } =
            parts(&model.recipe, seed, data).map_err(|problem| unfit(model, problem))?;
        if train.is_empty() || (study.validation().is_some() && validation.is_empty()) {
            let share = study.validation().map_or(0.0, Validation::share);
            let problem = format!(
                "validation = {share} leaves {} images to train on, {} held out; choose a larger share, as 0.1",
                train.len(),
                validation.len()
            );
            return Err(unfit(model, problem));
        }
        let scale = model.recipe.normalization.on(data.train, &train);
        let normalizer = scale.normalizer().map_err(|e| unfit(model, e.to_string()))?;
        let augmenter = Augmenter::new(&model.recipe.augment, data.train.image_shape);
        let augmenter = augmenter.map_err(|e| unfit(model, e.to_string()))?;
        let labels = train.iter().map(|&image| data.train.labels[image as usize]);
        let class_weights = model.recipe.class_weights.on(&data.train.class_names, labels);
        let class_weights = class_weights.map_err(|e| unfit(model, e.to_string()))?;
        let whole = BatchSplit { images: train.len(), batch_size: model.recipe.batch_size };
        whole.check(network).map_err(|problem| unfit(model, problem))?;
        let sizes = Parts { train, validation, test }.sizes();
        Ok(Fitted { network: network.clone(), scale, normalizer, augmenter, class_weights, sizes })
    }
}

pub(super) fn unfit(model: &Model, problem: String) -> RunError {
    RunError::Unfit { model: model.name.clone(), dataset: model.recipe.dataset.clone(), problem }
}

/// The network of a model on this data.
pub(super) fn fitting_network(model: &Model, data: Data<'_>) -> Result<Network, RunError> {
    let Data { train, test, .. } = data;
    let recipe = &model.recipe;
    let channels = match &recipe.normalization {
        Normalization::Fixed(scale) => scale.mean.len(),
        Normalization::Dataset => train.image_shape[0],
    };
    let problem = if train.is_empty() || test.is_empty() {
        "it has no images".to_owned()
    } else if train.class_names != test.class_names {
        "its training and test images have other class names".to_owned()
    } else if train.image_shape != test.image_shape {
        format!("its training images are {:?}, its test images {:?}", train.image_shape, test.image_shape)
    } else if channels != train.image_shape[0] {
        format!("it is normalised with {channels} means, the images have {} channels", train.image_shape[0])
    } else if recipe.epochs == 0 || recipe.batch_size == 0 {
        "epochs and batch_size are to be 1 or more".to_owned()
    } else {
        return data.network(model);
    };
    Err(unfit(model, problem))
}
