//! Runs by name to models that answer.

use std::sync::Arc;

use toile::Ensemble;
use toile_protocol::ModelFacts;
use tokio::sync::mpsc::UnboundedSender;

use super::page::LivePage;
use super::{Inner, Model, Models, Version};
use crate::error::ServeError;
use crate::metrics::Metrics;
use crate::options::Options;
use crate::queue::Queue;
use crate::worker::{Answers, Worker};

/// The version that answers with the mean of the probabilities of all seeds.
const MEAN: &str = "all";

/// What workers are started with.
pub(crate) struct Making<'a> {
    pub(crate) options: &'a Options,
    pub(crate) metrics: &'a Arc<Metrics>,
    pub(crate) answers: &'a UnboundedSender<Answers>,
}

/// A version that is not made ready yet.
struct Read {
    model: String,
    version: String,
    /// The name of the run by itself, as the live page needs it.
    run: String,
    ensemble: Ensemble,
}

/// Loads runs by the names that people type, checks every file of them, and makes their networks ready.
///
/// # Errors
/// A run that is not there or is damaged, two that would have one name, and what [`Worker::start`] refuses.
pub(crate) fn load(runs: &[String], making: &Making<'_>) -> Result<Models, ServeError> {
    let mut models: Vec<Model> = Vec::new();
    for run in runs {
        for read in read(run, making.options.calibrated)? {
            add(&mut models, read, making)?;
        }
    }
    for model in &mut models {
        model.versions.sort_by_key(|version| {
            (version.name.parse::<u64>().is_err(), version.name.parse().unwrap_or(0_u64))
        });
        model.facts.versions = model.versions.iter().map(|version| version.name.clone()).collect();
    }
    Ok(Models { models })
}

/// The runs of a name: one, or with `@all` each of a model's and their mean.
fn read(run: &str, calibrated: bool) -> Result<Vec<Read>, ServeError> {
    let all = if calibrated { Ensemble::calibrated(run)? } else { Ensemble::named(run)? };
    let name = name_of(&all);
    let mut found = Vec::new();
    for model in all.models() {
        let version = model.seed().to_string();
        let run = match run.strip_suffix("@all") {
            Some(base) if all.models().len() > 1 => format!("{base}@{version}"),
            _ => run.to_owned(),
        };
        found.push(Read { model: name.clone(), version, run, ensemble: Ensemble::new(vec![model.clone()])? });
    }
    if found.len() > 1 {
        found.push(Read { model: name, version: MEAN.into(), run: found[0].run.clone(), ensemble: all });
    }
    Ok(found)
}

/// A model's name in addresses: study and model. It does not depend on what is served beside it.
fn name_of(ensemble: &Ensemble) -> String {
    let of = ensemble.first();
    let name =
        if of.study.is_empty() { of.run.model.clone() } else { format!("{}-{}", of.study, of.run.model) };
    // A file of weights may say anything.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.', '+'].contains(&c);
    name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}

fn add(models: &mut Vec<Model>, read: Read, making: &Making<'_>) -> Result<(), ServeError> {
    let Read { model: name, version, run, ensemble } = read;
    let ensemble = Arc::new(ensemble);
    let of = ensemble.first();
    let place = match models.iter().position(|model| model.facts.name == name) {
        Some(place) => place,
        None => {
            let facts = ModelFacts {
                name,
                versions: vec![],
                image_shape: of.image_shape,
                class_names: of.class_names.clone(),
                batch_max: making.options.limits.batch_images,
            };
            let address = format!("/v2/models/{}/versions/{version}/infer", facts.name);
            let page =
                LivePage::new(run.clone(), address, Arc::clone(&ensemble), Arc::clone(&making.options.page));
            models.push(Model { facts, versions: vec![], page: Arc::new(page) });
            models.len() - 1
        }
    };
    let model = &mut models[place];
    let facts = &model.facts;
    let name = &facts.name;
    if model.version(Some(&version)).is_some() {
        return Err(ServeError::Together(format!(
            "{run}: another run is {name}, version {version}, already; name each run once, and serve one of two of the same \
             study, model and seed"
        )));
    }
    if facts.image_shape != of.image_shape || facts.class_names != of.class_names {
        return Err(ServeError::Together(format!(
            "{run}: it takes other images or knows other classes than the other versions of {name}; serve one of them"
        )));
    }
    let preprocessing = of.preprocessing;
    let queue = Arc::new(Queue::new(making.options.limits.queue_images));
    let inner = Arc::new(Inner { queue: Arc::clone(&queue) });
    let (threads, metrics, answers) =
        (making.options.threads, Arc::clone(making.metrics), making.answers.clone());
    Worker { ensemble, threads, queue, answers, metrics }.start()?;
    model.versions.push(Version { name: version, inner, preprocessing });
    Ok(())
}
