//! Trying settings on images held out: what decides, and what does not.

use toile_study::evidence::search::{Method, Search, SearchRung};
use toile_study::evidence::sweep::Sweep;
use toile_study::recipe::{JudgedBy, Validation};
use toile_study::search::{
    Axis, Candidate, HeldOutRun, Judged, Searched, candidates, grid, judge, rates, tuned_model,
};
use toile_study::study::{Model, Study};
use toile_study::study_file::{Source, resolved};

use crate::bound::{hold_out, parse};

fn quick() -> (Source, Study) {
    let source = Source::open("quick").unwrap();
    let study = source.study().unwrap();
    (source, study)
}

/// The candidates of a model at these rates, two epochs each and a quarter held out; the model as it is comes first.
fn at_rates(source: &Source, study: &Study, model: &Model, rates: &str) -> Vec<Candidate> {
    let settings = grid(&[Axis::read(&format!("lr={rates}")).unwrap()]).unwrap();
    candidates((source, study, model), &settings, 0.25, Some(2)).unwrap()
}

#[test]
fn a_candidate_is_a_recipe_of_its_own() {
    let (source, mut study) = quick();
    let model = study.models[1].clone();
    let own = model.recipe.learning_rate.base;
    let found = at_rates(&source, &study, &model, &format!("0.3,1e-7,{own}"));
    let rates: Vec<f64> = found.iter().map(|of| of.model.recipe.learning_rate.base).collect();
    assert_eq!(rates, [own, 0.3, 1e-7], "the model's own rate is the model as it is");
    let mut names: Vec<&str> = found.iter().map(|of| of.model.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 3);
    // Its runs end at the last epoch, as those of the study do, unless the study holds out images to choose one.
    assert!(found.iter().all(|of| of.model.recipe.judged_by == JudgedBy::HeldOutLast));
    hold_out(&mut study, Some(0.1));
    let held_out = study.models[1].clone();
    let chosen = at_rates(&source, &study, &held_out, "0.3");
    assert!(chosen.iter().all(|of| of.model.recipe.judged_by == JudgedBy::HeldOut));
    for of in found.iter().chain(&chosen) {
        let study = Study { models: vec![of.model.clone()], ..study.clone() };
        let again = parse(&resolved(&study, &of.model), "resolved.toml").unwrap();
        assert_eq!((again.validation(), again.models[0].recipe.epochs), (Some(Validation::Share(0.25)), 2));
        assert_eq!(again.models[0].recipe, of.model.recipe);
    }
}

/// So many of 100 images right, and the loss; `None` where the run diverged.
type Run = Option<(usize, f64)>;

fn measured(runs: &[Run]) -> Vec<HeldOutRun> {
    let of = |(seed, run): (usize, &Run)| HeldOutRun {
        seed: seed as u64,
        correct: run.map(|(right, _)| (0..100).map(|image| image < right).collect()),
        loss: run.map(|(_, loss)| loss),
    };
    runs.iter().enumerate().map(of).collect()
}

/// A grid of rates alone.
fn of_rates(tried: &[Candidate]) -> Searched<'_> {
    Searched {
        varied: vec!["lr".into()],
        method: Method::Grid,
        eta: None,
        validation: 0.25,
        rungs: vec![SearchRung { epochs: None, candidates: tried.len() }],
        candidates: tried,
    }
}

/// What a sweep of the rates 0.1, 0.2, ... says with these runs, where the model's own rate is the one of this place.
fn judged_beside(own: usize, runs: &[Vec<Run>]) -> (Search, Sweep) {
    let (source, mut study) = quick();
    study.seeds = vec![0, 1];
    let rate = |place: usize| (place + 1) as f64 / 10.0;
    study.models[0].recipe.learning_rate.base = rate(own);
    let model = study.models[0].clone();
    let mut tried = vec![Candidate { settings: vec![], model: model.clone(), is_asked: true }];
    let others: Vec<usize> = (0..runs.len()).filter(|&place| place != own).collect();
    if !others.is_empty() {
        let others: Vec<String> = others.iter().map(|&place| rate(place).to_string()).collect();
        let others = at_rates(&source, &study, &model, &others.join(","));
        tried.extend(others.into_iter().filter(|of| !of.settings.is_empty()));
    }
    assert_eq!(tried.len(), runs.len());
    let of = of_rates(&tried);
    let of_candidates = std::iter::once(own).chain(others).map(|place| &runs[place]);
    let judged = tried.iter().zip(of_candidates).map(|(candidate, runs)| Judged {
        rung: 0,
        model: candidate.model.clone(),
        runs: measured(runs),
    });
    let found = judge(&study, &model, &of, &judged.collect::<Vec<_>>());
    let rates = rates(&model, &found, &tried).expect("nothing but the rate was varied");
    assert_eq!(rates.recipe, model.recipe.tuning_digest());
    let in_order: Vec<f64> = rates.rates.iter().map(|rate| rate.learning_rate).collect();
    assert_eq!(in_order, (0..runs.len()).map(rate).collect::<Vec<_>>());
    (found, rates)
}

/// The model's own rate is the lowest.
fn judged(runs: &[Vec<Run>]) -> (Search, Sweep) {
    judged_beside(0, runs)
}

#[test]
fn the_images_held_out_decide() {
    let (poor, good) = (Some((50, 1.0)), Some((80, 0.7)));
    let one = |run: Run| vec![run];
    // The best of the rates 0.1, 0.2, .., and whether it is the last one in its direction.
    for (runs, expected, at_edge) in [
        (vec![one(poor), one(good), one(Some((70, 0.9)))], Some(0.2), false),
        (vec![one(good), one(poor), one(poor)], Some(0.1), true),
        (vec![one(poor), one(poor), one(good)], Some(0.3), true),
        (vec![one(good)], Some(0.1), true),
        // Of equals the lower loss, then the first.
        (vec![one(poor), one(Some((80, 0.8))), one(good), one(poor)], Some(0.3), false),
        (vec![one(poor), one(good), one(good), one(poor)], Some(0.2), false),
        // A rate that diverged under one seed is out; beyond it there is nothing to look for.
        (vec![one(poor), one(good), one(None)], Some(0.2), false),
        (
            vec![vec![poor, poor], vec![Some((99, 0.1)), None], vec![good, good], vec![poor, poor]],
            Some(0.3),
            false,
        ),
        (vec![one(None), one(None)], None, false),
        // The mean over the seeds.
        (
            vec![
                vec![poor, poor],
                vec![Some((90, 0.5)), Some((50, 0.9))],
                vec![Some((72, 0.5)), Some((72, 0.9))],
                vec![poor, poor],
            ],
            Some(0.3),
            false,
        ),
    ] {
        let (found, rates) = judged(&runs);
        assert_eq!((rates.best, rates.at_edge), (expected, at_edge), "{runs:?}");
        let place = expected.map(|rate: f64| (rate * 10.0).round() as usize - 1);
        assert_eq!(found.best, place, "{runs:?}");
        let of_rates: Vec<Option<f64>> = rates.rates.iter().map(|rate| rate.validation_accuracy).collect();
        let of_search: Vec<Option<f64>> = found.candidates.iter().map(|of| of.validation_accuracy).collect();
        assert_eq!(of_rates, of_search);
    }
}

#[test]
fn the_model_as_it_is_has_its_place_among_the_rates() {
    let runs = [50, 60, 80, 70].map(|right| vec![Some((right, 1.0))]);
    let (found, rates) = judged_beside(2, &runs);
    assert_eq!((found.best, rates.best, rates.at_edge), (Some(0), Some(0.3), false));
    let (found, rates) = judged_beside(1, &runs);
    // As it is, 0.1, 0.3.
    assert_eq!((found.best, rates.best, rates.at_edge), (Some(2), Some(0.3), false));
    let accuracies: Vec<f64> = rates.rates.iter().map(|rate| rate.validation_accuracy.unwrap()).collect();
    assert_eq!(accuracies, [0.5, 0.6, 0.8, 0.7]);
}

/// A rate that the model happens to have, far from all that were asked for, is no neighbour of theirs.
#[test]
fn the_last_rate_in_a_direction_is_one_of_those_asked_for() {
    let (source, mut study) = quick();
    for (own, asked, best, at_edge) in [
        (0.001, "0.3,1,3", 0.3, true),
        (0.001, "0.3,1,3", 1.0, false),
        (0.001, "0.3,1,3", 3.0, true),
        // Asked for by name, it counts wherever it lies.
        (0.001, "0.001,0.3,1", 0.3, false),
        (0.1, "0.3,1,3", 0.3, false),
        (0.03, "0.3,1,3", 0.3, false),
        (100.0, "0.3,1,3", 3.0, true),
        (30.0, "0.3,1,3", 3.0, false),
        // The model itself is the best, between others and beyond them.
        (0.001, "0.3,1,3", 0.001, true),
        (0.5, "0.3,1,3", 0.5, false),
    ] {
        study.models[0].recipe.learning_rate.base = own;
        let model = study.models[0].clone();
        let tried = at_rates(&source, &study, &model, asked);
        let of = |candidate: &Candidate| {
            let right = if candidate.model.recipe.learning_rate.base == best { 80 } else { 50 };
            Judged { rung: 0, model: candidate.model.clone(), runs: measured(&[Some((right, 1.0))]) }
        };
        let judged: Vec<Judged> = tried.iter().map(of).collect();
        let searched = of_rates(&tried);
        let found = judge(&study, &model, &searched, &judged);
        let rates = rates(&model, &found, &tried).unwrap();
        assert_eq!(
            (rates.best, rates.at_edge),
            (Some(best), at_edge),
            "{own} beside {asked}, {best} the best"
        );
    }
}

/// Of other settings, or of candidates that were sorted out on the way, no rate is said to be tuned.
#[test]
fn a_rate_is_tuned_where_nothing_else_was_varied() {
    let (found, _) = judged(&[vec![Some((50, 1.0))], vec![Some((60, 1.0))]]);
    let (source, study) = quick();
    let tried = at_rates(&source, &study, &study.models[0], "0.2");
    for other in [
        Search { varied: vec!["lr".into(), "momentum".into()], ..found.clone() },
        Search { varied: vec!["momentum".into()], ..found.clone() },
        Search { eta: Some(2), ..found.clone() },
    ] {
        assert_eq!(rates(&study.models[0], &other, &tried), None);
    }
}

#[test]
fn the_tuned_model_can_be_put_into_the_study_file() {
    let source = Source::new(super::study_file::keys::EVERYTHING, "everything.toml");
    let study = source.study().unwrap();
    for model in &study.models {
        let tried = at_rates(&source, &study, model, "0.25");
        let table = tuned_model(&study, model, &tried[1], &["lr".into()]);
        let again = format!("{}\n{table}", super::study_file::keys::EVERYTHING);
        let again = parse(&again, "again.toml").unwrap_or_else(|error| panic!("{error}\n{table}"));
        let tuned = again.models.last().unwrap();
        assert_eq!(tuned.name, format!("{}-tuned", model.name));
        let mut expected = model.clone();
        expected.name.clone_from(&tuned.name);
        expected.recipe.learning_rate.base = 0.25;
        (expected.on_request, expected.published) = (false, None);
        assert_eq!(*tuned, expected);
    }
    let (source, study) = quick();
    let model = &study.models[1];
    let tried = at_rates(&source, &study, model, "0.01,0.02");
    let candidate = tried.iter().find(|of| of.model.recipe.learning_rate.base == 0.02).unwrap();
    let plain = tuned_model(&study, model, candidate, &["lr".into()]);
    let expected = "[model.better-tuned]\narchitecture = \"cnn\"\ndropout = 0.3\noptimizer = { Adam = { lr = 0.02 } }\n\
                    epochs = 6\nbatch_size = 16\n";
    assert_eq!(plain, expected);
    // Epochs are the sweep's own, unless they are what was tried.
    assert!(tuned_model(&study, model, candidate, &["epochs".into()]).contains("epochs = 2\n"));
}
