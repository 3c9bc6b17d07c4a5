//! A study's work in units that can be done anywhere, in any order: a run each, or several of which each goes on from the
//! end of the one before. Which there are, and their numbers, depend on the study alone and not on what is done already.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::Serialize;
use toile_store::RunId;

use super::error::RunError;
use crate::study::Model;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkUnit {
    /// Its number, from 1.
    pub number: usize,
    /// Its runs, each of which goes on from the end of the one before.
    pub runs: Vec<RunId>,
}

/// The part of a study that a process does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// All of it.
    #[default]
    All,
    /// Nothing: only what is known is gathered.
    Nothing,
    /// The units of these numbers.
    Units(Vec<RangeInclusive<usize>>),
    /// Of so many shares this one, counted from 1: each of the `of`th units from the `number`th on.
    Shard {
        /// Which.
        number: usize,
        /// Of how many.
        of: usize,
    },
}

/// The units of these models with these seeds, in the order of models and seeds.
pub fn units(models: &[&Model], seeds: &[u64]) -> Vec<WorkUnit> {
    let mut places: Vec<usize> = (0..models.len()).collect();
    // A shorter training stands before a longer one, whatever their order in the study; else the order stays.
    places.sort_by_key(|&place| models[place].recipe.length());
    let mut chains: Vec<Vec<usize>> = Vec::new();
    for place in places {
        let before = longest_before(models, place);
        match chains.iter_mut().find(|chain| before.is_some() && chain.last().copied() == before) {
            Some(chain) => chain.push(place),
            None => chains.push(vec![place]),
        }
    }
    chains.sort_by_key(|chain| chain[0]);
    let run = |place: &usize, seed| RunId { model: models[*place].name.clone(), seed };
    let of_seed = |chain: &Vec<usize>, seed| chain.iter().map(|place| run(place, seed)).collect();
    let all = chains.iter().flat_map(|chain| seeds.iter().map(move |&seed| of_seed(chain, seed)));
    all.enumerate().map(|(place, runs)| WorkUnit { number: place + 1, runs }).collect()
}

/// The longest training that this one passes through.
fn longest_before(models: &[&Model], place: usize) -> Option<usize> {
    let recipe = &models[place].recipe;
    let shorter = (0..models.len()).filter(|&other| recipe.passes_through(&models[other].recipe));
    // The last of equals counts where `max_by_key` chooses; here the first of the study is meant, as in its runs.
    shorter.rev().max_by_key(|&other| models[other].recipe.length())
}

impl Share {
    /// Whether other processes do the rest.
    pub fn is_part(&self) -> bool {
        matches!(self, Share::Units(_) | Share::Shard { .. })
    }

    /// Those of the units that are in it.
    ///
    /// # Errors
    /// Numbers of units that there are not.
    pub fn of<'a>(&self, units: &'a [WorkUnit]) -> Result<Vec<&'a WorkUnit>, RunError> {
        if let Share::Units(ranges) = self
            && let Some(last) =
                ranges.iter().map(|range| *range.end()).max().filter(|last| *last > units.len())
        {
            let there = units.len();
            return Err(RunError::Setting(format!(
                "there is no unit {last}: the work has {there}; `toile plan` lists those of `toile run`, --dry-run those of \
                 other commands"
            )));
        }
        let wanted = |unit: &&WorkUnit| match self {
            Share::All => true,
            Share::Nothing => false,
            Share::Units(ranges) => ranges.iter().any(|range| range.contains(&unit.number)),
            Share::Shard { number, of } => (unit.number - 1) % of == number - 1,
        };
        Ok(units.iter().filter(wanted).collect())
    }

    /// The runs of its units; `None` where all are in it.
    ///
    /// # Errors
    /// Numbers of units that there are not.
    pub(super) fn runs(&self, models: &[&Model], seeds: &[u64]) -> Result<Option<BTreeSet<RunId>>, RunError> {
        if *self == Share::All {
            return Ok(None);
        }
        let units = units(models, seeds);
        Ok(Some(self.of(&units)?.into_iter().flat_map(|unit| unit.runs.clone()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study_file;

    #[test]
    fn runs_that_share_a_beginning_are_one_unit() {
        let study = study_file::load("baseline-vs-better").unwrap();
        let named = |names: &[&str]| -> Vec<&Model> {
            names.iter().map(|name| study.models.iter().find(|m| m.name == *name).unwrap()).collect()
        };
        let told = |names: &[&str], seeds: &[u64]| -> Vec<String> {
            let of = |unit: &WorkUnit| {
                let runs: Vec<String> =
                    unit.runs.iter().map(|run| format!("{}@{}", run.model, run.seed)).collect();
                format!("{} {}", unit.number, runs.join("+"))
            };
            units(&named(names), seeds).iter().map(of).collect()
        };
        assert_eq!(
            told(&["better", "baseline-40", "baseline"], &[0, 5]),
            ["1 better@0", "2 better@5", "3 baseline@0+baseline-40@0", "4 baseline@5+baseline-40@5"]
        );
        assert_eq!(told(&["baseline-40"], &[1]), ["1 baseline-40@1"]);
    }

    #[test]
    fn shares_are_whole_and_do_not_overlap() {
        let unit = |number| WorkUnit { number, runs: vec![RunId { model: "a".into(), seed: number as u64 }] };
        let units: Vec<WorkUnit> = (1..=7).map(unit).collect();
        let numbers = |share: Share| -> Vec<usize> {
            share.of(&units).unwrap().iter().map(|unit| unit.number).collect()
        };
        assert_eq!(numbers(Share::Shard { number: 1, of: 3 }), [1, 4, 7]);
        assert_eq!(numbers(Share::Shard { number: 3, of: 3 }), [3, 6]);
        assert_eq!(numbers(Share::Shard { number: 9, of: 9 }), [0; 0]);
        assert_eq!(numbers(Share::Units(vec![2..=3, 6..=6])), [2, 3, 6]);
        assert_eq!(numbers(Share::All).len(), 7);
        assert_eq!(numbers(Share::Nothing), [0; 0]);
        let error = Share::Units(vec![5..=8]).of(&units).unwrap_err().to_string();
        assert!(error.contains("no unit 8: the work has 7"), "{error}");
    }
}
