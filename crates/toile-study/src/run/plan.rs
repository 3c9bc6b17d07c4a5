//! What there is to do: every run asked for, checked against its data and against what its folder holds,
//! before the first one starts.

use std::collections::BTreeSet;

use toile_data::{Normalizer, split};
use toile_nn::description::Network;

use super::chain;
use super::data::Data;
use super::error::RunError;
use super::job::Job;
use super::memory;
use super::options::Options;
use crate::recipe::{Recipe, RecipeSetting};
use crate::study::{Model, Study};
use crate::study_file;
use toile_store::Checkpoint;
use toile_store::RunFolder;
use toile_store::RunId;

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

/// The runs to do, in the order of models and seeds, and the number of those already over.
pub(crate) fn plan<'a>(
    study: &'a Study,
    models: &[&'a Model],
    data: Data<'_>,
    options: &Options,
) -> Result<(Vec<Job<'a>>, usize), RunError> {
    let (mut jobs, mut done) = (Vec::new(), 0);
    let memory = memory::of_this_machine();
    for model in models {
        let network = fitting_network(model, data)?;
        memory::check(&model.recipe, &network, memory)
            .map_err(|problem| RunError::TooLarge { model: model.name.clone(), problem })?;
        for &seed in &study.seeds {
            match job(study, (model, &network), seed, data, options)? {
                Some(job) => jobs.push(job),
                None => done += 1,
            }
        }
    }
    let planned: Vec<RunId> = jobs.iter().map(|job: &Job<'_>| job.id.clone()).collect();
    for job in jobs.iter_mut().filter(|job| job.checkpoint.is_none()) {
        job.shorter = chain::shorter(study, job.model, job.id.seed, &options.out, &planned)?;
    }
    Ok((jobs, done))
}

/// A run, or `None` where it is over.
fn job<'a>(
    study: &'a Study,
    (model, network): (&'a Model, &Network),
    seed: u64,
    data: Data<'_>,
    options: &Options,
) -> Result<Option<Job<'a>>, RunError> {
    let id = RunId { model: model.name.clone(), seed };
    let folder = RunFolder::new(&options.out, &model.name, seed);
    check_configuration(&folder, &id, model)?;
    if folder.ending()?.is_some() {
        if study.validation().is_some() {
            folder.remove_checkpoint();
        }
        return Ok(None);
    }
    let checkpoint = Checkpoint::read(&folder)?;
    if let Some(Checkpoint { position, data_digests, .. }) = &checkpoint {
        if !options.resume {
            let (epoch, steps_done) = (position.epoch + 1, position.step);
            let folder = folder.path().to_owned();
            return Err(RunError::Unfinished { run: id, folder, epoch, steps_done });
        }
        if data_digests != data.digests {
            return Err(folder
                .damaged(&folder.checkpoint(), "it was trained on other data of the same name")
                .into());
        }
    }
    let normalizer = Normalizer::new(&model.recipe.normalization.mean, &model.recipe.normalization.std)
        .map_err(|e| unfit(model, e.to_string()))?;
    let labels = &data.train.labels;
    let (train, validation) = match study.validation() {
        Some(share) => split::stratified(labels, data.train.class_names.len(), share, seed),
        None => ((0..labels.len() as u32).collect(), Vec::new()),
    };
    if train.is_empty() || (study.validation().is_some() && validation.is_empty()) {
        let share = study.validation().unwrap_or(0.0);
        let problem = format!(
            "validation = {share} leaves {} images to train on, {} held out; choose a larger share, as 0.1",
            train.len(),
            validation.len()
        );
        return Err(unfit(model, problem));
    }
    Ok(Some(Job {
        study,
        model,
        network: network.clone(),
        id,
        folder,
        normalizer,
        checkpoint,
        shorter: None,
        train,
        validation,
    }))
}

/// Refuses a folder that holds a run of the same name with other settings.
fn check_configuration(folder: &RunFolder, id: &RunId, model: &Model) -> Result<(), RunError> {
    let Some(config) = folder.read(&folder.config())? else { return Ok(()) };
    let there = study_file::recipe(&String::from_utf8_lossy(&config));
    let (difference, advice) = match &there {
        Some(there) if *there == model.recipe => return Ok(()),
        Some(there) => (difference(there, &model.recipe), longer_model(there, &model.recipe)),
        None => ("  its config.toml is not one that this version of Toile writes".into(), String::new()),
    };
    let folder = folder.path().to_owned();
    Err(RunError::OtherConfiguration { run: id.clone(), folder, difference, advice })
}

/// The settings in which two recipes differ, with both values; of long lists the lines that are in one of them only.
fn difference(there: &Recipe, here: &Recipe) -> String {
    const LINES_MAX: usize = 4;
    let only = |a: &str, b: &str, what: &str| -> Vec<String> {
        let lines = a.lines().filter(|line| !b.lines().any(|other| other == *line));
        lines.take(LINES_MAX).map(|line| format!("  {what}: {}", line.trim())).collect()
    };
    let mut shown = Vec::new();
    for (there, here) in there.differences(here) {
        let line = |setting: &RecipeSetting| setting.line().unwrap_or_else(|| format!("no {}", setting.key));
        let (lines_there, lines_here) = (line(&there), line(&here));
        let before = shown.len();
        shown.extend(only(&lines_there, &lines_here, "in the folder"));
        shown.extend(only(&lines_here, &lines_there, "in the study "));
        // The same lines in another order or number.
        if shown.len() == before {
            shown.push(format!("  in the folder: {} are {}", there.key, there.words));
            shown.push(format!("  in the study : {} are {}", here.key, here.words));
        }
    }
    shown.join("\n")
}

/// What to do where the study only asks for more epochs; empty where it asks for something else.
fn longer_model(there: &Recipe, here: &Recipe) -> String {
    if !here.passes_through(there) {
        return String::new();
    }
    format!(
        ".\nTo train it for {} epochs, add a model of these settings under a new name to the study: once the run of \
         {} epochs is finished, it goes on from the end of that one",
        here.epochs, there.epochs
    )
}

fn unfit(model: &Model, problem: String) -> RunError {
    RunError::Unfit { model: model.name.clone(), dataset: model.recipe.dataset.clone(), problem }
}

/// The network of a model on this data.
fn fitting_network(model: &Model, data: Data<'_>) -> Result<Network, RunError> {
    let Data { train, test, .. } = data;
    let recipe = &model.recipe;
    let channels = recipe.normalization.mean.len();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study_file;

    #[test]
    fn a_difference_shows_both_sides() {
        let here = study_file::load("quick").unwrap().models[0].recipe.clone();
        let there = Recipe { batch_size: 7, epochs: 1, ..here.clone() };
        let shown = difference(&there, &here);
        assert!(shown.contains("in the folder: batch_size = 7\n  in the study : batch_size = "), "{shown}");
        assert!(!shown.contains("optimizer"), "{shown}");
        let mut layers = here.layers.clone();
        layers.remove(1);
        let shown = difference(&Recipe { layers, ..here.clone() }, &here);
        // There are other lines of `"ReLU"`.
        assert!(shown.contains("in the folder: layers are Conv2d, MaxPool2d,"), "{shown}");
        assert!(shown.contains("in the study : layers are Conv2d, ReLU, MaxPool2d,"), "{shown}");
    }

    #[test]
    fn more_epochs_are_another_model_that_goes_on() {
        let there = study_file::load("quick").unwrap().models[0].recipe.clone();
        let here = |epochs| Recipe { epochs, ..there.clone() };
        let longer = longer_model(&there, &here(there.epochs + 4));
        assert!(longer.contains("under a new name") && longer.contains("goes on from the end"), "{longer}");
        assert_eq!(longer_model(&here(there.epochs + 4), &there), "");
        assert_eq!(longer_model(&there, &Recipe { batch_size: 7, ..here(there.epochs + 4) }), "");
    }
}
