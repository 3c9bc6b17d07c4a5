//! Successive halving without waiting: a candidate goes on as soon as nothing that is still unknown could keep it back.
//!
//! ASHA (Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020, section 3.1) promotes a candidate that is in
//! the top 1/eta of those of its rung that are over *so far*. Nobody waits then, but who goes on depends on which training
//! was faster, and sometimes the wrong one does. Here it goes on once it is in the top 1/eta of the *complete* rung, whatever
//! the others come to: with u of them unknown and p places, the best p - u of the known ones. So the last trainings of a rung
//! are not waited for, what goes on is what would go on if they were, and nothing is trained in vain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use toile_store::{RunFolder, RunId, StoreError};

use super::candidates::{Candidate, SearchError, rung};
use super::held_out::{HeldOutRun, of_model};
use super::judge::promoted;
use super::rungs::Rung;
use crate::run::Ready;
use crate::study::Study;

/// A search by successive halving under way. The first candidate is the model as it is: it takes part in every rung and
/// takes nobody's place.
pub struct Ladder {
    out: PathBuf,
    seeds: Vec<u64>,
    rungs: Vec<Rung>,
    /// The candidates as they are in each rung.
    studies: Vec<Study>,
    places: BTreeMap<String, At>,
    standing: Mutex<Standing>,
}

/// A candidate in a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At {
    rung: usize,
    place: usize,
}

/// What is known, `[rung][place]`.
struct Standing {
    begun: Vec<Vec<bool>>,
    runs: Vec<Vec<Option<Vec<HeldOutRun>>>>,
}

impl Ladder {
    /// Of these candidates of a study, whose runs lie below `out`.
    ///
    /// # Errors
    /// Epochs that a candidate does not allow.
    pub fn new(
        study: &Study,
        candidates: &[Candidate],
        rungs: &[Rung],
        out: &Path,
    ) -> Result<Ladder, SearchError> {
        let all: Vec<&Candidate> = candidates.iter().collect();
        let studies: Vec<Study> =
            rungs.iter().map(|step| rung(study, &all, Some(step.epochs))).collect::<Result<_, _>>()?;
        let of_rung = |(rung, study): (usize, &Study)| {
            let names = study.models.iter().map(|model| model.name.clone());
            names.enumerate().map(move |(place, name)| (name, At { rung, place })).collect::<Vec<_>>()
        };
        let places = studies.iter().enumerate().flat_map(of_rung).collect();
        let standing = Standing {
            begun: vec![vec![false; candidates.len()]; rungs.len()],
            runs: vec![vec![None; candidates.len()]; rungs.len()],
        };
        Ok(Ladder {
            out: out.to_owned(),
            seeds: study.seeds.clone(),
            rungs: rungs.to_vec(),
            studies,
            places,
            standing: Mutex::new(standing),
        })
    }

    /// Every candidate in every rung, as one study: those that are never ready are never run.
    pub fn study(&self) -> Study {
        let models = self.studies.iter().flat_map(|study| study.models.clone()).collect();
        Study { models, ..self.studies[0].clone() }
    }

    fn name(&self, At { rung, place }: At) -> &str {
        &self.studies[rung].models[place].name
    }

    /// What a candidate came to; `None` while a run of it is not over.
    fn over(&self, at: At) -> Result<Option<Vec<HeldOutRun>>, StoreError> {
        let name = self.name(at);
        let is_over = |seed: &u64| RunFolder::new(&self.out, name, *seed).evaluation().exists();
        match self.seeds.iter().all(is_over) {
            true => of_model(&self.studies[at.rung].models[at.place], &self.seeds, &self.out).map(Some),
            false => Ok(None),
        }
    }
}

impl Ready for Ladder {
    fn ready(&self, over: Option<&RunId>) -> Result<Vec<String>, StoreError> {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut begun = Vec::new();
        let mut unseen: Vec<At> = match over {
            Some(run) => self.places.get(&run.model).copied().into_iter().collect(),
            None => {
                begun = standing.begin();
                begun.clone()
            }
        };
        while !unseen.is_empty() {
            for at in unseen {
                standing.runs[at.rung][at.place] = self.over(at)?;
            }
            unseen = standing.go_on(&self.rungs);
            begun.extend(&unseen);
        }
        Ok(begun.into_iter().map(|at| self.name(at).to_owned()).collect())
    }

    fn runs_max(&self) -> usize {
        self.rungs.iter().map(|rung| rung.candidates + 1).sum::<usize>() * self.seeds.len()
    }
}

impl Standing {
    /// All candidates begin in the first rung, and the model as it is in each.
    fn begin(&mut self) -> Vec<At> {
        let candidates = self.begun[0].len();
        let first = (0..candidates).map(|place| At { rung: 0, place });
        let begun: Vec<At> = first.chain((1..self.begun.len()).map(|rung| At { rung, place: 0 })).collect();
        begun.iter().for_each(|at| self.begun[at.rung][at.place] = true);
        begun
    }

    /// Those that are certain to go on by now and have not begun.
    fn go_on(&mut self, rungs: &[Rung]) -> Vec<At> {
        let mut begun = Vec::new();
        // Whether all that come into the rung have begun there.
        let mut is_full = true;
        for rung in 0..rungs.len() - 1 {
            let has_begun = (1..self.begun[rung].len()).filter(|&place| self.begun[rung][place]).count();
            let taking_part = if is_full { has_begun } else { rungs[rung].candidates };
            let (places, known): (Vec<usize>, Vec<Vec<HeldOutRun>>) = (1..)
                .zip(&self.runs[rung][1..])
                .filter_map(|(place, runs)| Some((place, runs.clone()?)))
                .unzip();
            let unknown = taking_part - known.len();
            for at in certain(&known, unknown, rungs[rung + 1].candidates) {
                let (next, place) = (rung + 1, places[at]);
                if !std::mem::replace(&mut self.begun[next][place], true) {
                    begun.push(At { rung: next, place });
                }
            }
            is_full = is_full && unknown == 0;
        }
        begun
    }
}

/// The places of those among the known of a rung that are among its best `places`, whatever the `unknown` ones come to;
/// best first.
pub fn certain(known: &[Vec<HeldOutRun>], unknown: usize, places: usize) -> Vec<usize> {
    promoted(known, places.saturating_sub(unknown))
}

#[cfg(test)]
mod tests {
    use toile_testing::Chance;

    use super::*;

    /// A run with so many of four images right, or one that diverged.
    fn result(chance: &mut Chance) -> Vec<HeldOutRun> {
        let right = chance.below(6);
        let loss = [0.5, 0.25][chance.below(2)];
        match right {
            5 => vec![HeldOutRun { seed: 0, correct: None, loss: None }],
            right => vec![of(right, loss)],
        }
    }

    fn of(right: usize, loss: f64) -> HeldOutRun {
        HeldOutRun { seed: 0, correct: Some((0..4).map(|image| image < right).collect()), loss: Some(loss) }
    }

    fn shuffled(chance: &mut Chance, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        (1..count).rev().for_each(|at| order.swap(at, chance.below(at + 1)));
        order
    }

    #[test]
    fn what_is_certain_is_what_no_result_could_change() {
        for case in 0..500 {
            let chance = &mut Chance::new(1, case);
            let (count, places) = (1 + chance.below(9), 1 + chance.below(4));
            let all: Vec<Vec<HeldOutRun>> = (0..count).map(|_| result(chance)).collect();
            let complete = promoted(&all, places);
            let order = shuffled(chance, count);
            for arrived in 0..=count {
                let mut known: Vec<usize> = order[..arrived].to_vec();
                known.sort_unstable();
                let runs: Vec<Vec<HeldOutRun>> = known.iter().map(|&at| all[at].clone()).collect();
                let found: Vec<usize> =
                    certain(&runs, count - arrived, places).into_iter().map(|at| known[at]).collect();
                assert!(found.iter().all(|at| complete.contains(at)), "case {case}: {found:?} {complete:?}");
                // No more could be certain: were all others the best that can be, these alone would go on.
                let best = |at: usize| if known.contains(&at) { all[at].clone() } else { vec![of(4, 0.0)] };
                let worst_case: Vec<Vec<HeldOutRun>> = (0..count).map(best).collect();
                let mut held_off = promoted(&worst_case, places);
                held_off.retain(|at| known.contains(at));
                assert_eq!(found, held_off, "case {case}");
            }
            assert_eq!(certain(&all, 0, places), complete);
        }
    }

    /// Who is in each rung where each is over before the next begins.
    fn synchronous(rungs: &[Rung], results: &[Vec<Vec<HeldOutRun>>]) -> Vec<Vec<usize>> {
        let mut places: Vec<usize> = (1..results[0].len()).collect();
        let mut all = Vec::new();
        for (number, of_rung) in results.iter().enumerate() {
            all.push(places.clone());
            let Some(next) = rungs.get(number + 1) else { break };
            let runs: Vec<Vec<HeldOutRun>> = places.iter().map(|&place| of_rung[place].clone()).collect();
            let mut next: Vec<usize> =
                promoted(&runs, next.candidates).into_iter().map(|at| places[at]).collect();
            next.sort_unstable();
            places = next;
        }
        all
    }

    #[test]
    fn any_order_of_arrival_leads_to_the_same_rungs() {
        let (mut early, mut waited) = (0, 0);
        for case in 0..300 {
            let chance = &mut Chance::new(2, case);
            let count = 3 + chance.below(25);
            let halving = super::super::Halving { eta: 2 + chance.below(2) as u32, epochs_min: 1 };
            let rungs = super::super::rungs(count - 1, 27, Some(halving));
            let results: Vec<Vec<Vec<HeldOutRun>>> =
                rungs.iter().map(|_| (0..count).map(|_| result(chance)).collect()).collect();
            let mut standing = Standing {
                begun: vec![vec![false; count]; rungs.len()],
                runs: vec![vec![None; count]; rungs.len()],
            };
            let mut under_way = standing.begin();
            while !under_way.is_empty() {
                // Whoever of those under way happens to be over first.
                let at = under_way.swap_remove(chance.below(under_way.len()));
                standing.runs[at.rung][at.place] = Some(results[at.rung][at.place].clone());
                let others = under_way.iter().any(|other| other.rung == at.rung && other.place > 0);
                let next = standing.go_on(&rungs);
                *(if others { &mut early } else { &mut waited }) += next.len();
                under_way.extend(next);
            }
            let begun = |of_rung: &Vec<bool>| (1..count).filter(|&place| of_rung[place]).collect::<Vec<_>>();
            let found: Vec<Vec<usize>> = standing.begun.iter().map(begun).collect();
            assert_eq!(found, synchronous(&rungs, &results), "case {case}");
        }
        assert!(early > waited / 4, "{early} went on before their rung was over, {waited} did not");
    }
}
