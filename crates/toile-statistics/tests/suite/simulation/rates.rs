//! How often verdicts and intervals err.

use toile_statistics::planning::{SeedsMore, seeds_more};
use toile_statistics::verdict::Diverged;
use toile_statistics::{Rule, Verdict, difference, verdict};

use super::latent::{Fit, Latent};
use super::normals::{Normals, below};
use super::world::{Scenario, World};

pub(crate) const ALPHA: f64 = 0.05;

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) images: usize,
    /// Seeds of each model at the first look.
    pub(crate) seeds: usize,
    /// Looks at most; after each undecided one, seeds are added as advised.
    pub(crate) looks: u32,
    /// Whether each model has seeds of its own.
    pub(crate) own_seeds: bool,
    pub(crate) repetitions: u32,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    pub(crate) repetitions: u32,
    /// Studies in which any pair was called better or worse at any look.
    pub(crate) claims: u32,
    /// Studies in which the first pair's interval at level 1 - [`ALPHA`], at the first look, missed the
    /// truth.
    pub(crate) missed: u32,
}

impl Rates {
    pub(crate) fn claimed(&self) -> f64 {
        f64::from(self.claims) / f64::from(self.repetitions)
    }

    pub(crate) fn coverage(&self) -> f64 {
        1.0 - f64::from(self.missed) / f64::from(self.repetitions)
    }

    /// Standard deviation of a share that is `rate` in truth.
    pub(crate) fn deviation(&self, rate: f64) -> f64 {
        (rate * (1.0 - rate) / f64::from(self.repetitions)).sqrt()
    }
}

/// Studies without a difference, with so many models: the first recipe again and again, the second again and
/// again; then recipes with difficulties of their own but the same accuracy: of the first's kind, of the
/// second's, and of both.
pub(crate) fn without_difference(fit: &Fit, models: usize) -> Vec<Scenario> {
    let [first, second] = fit.models;
    let mixed = [first.with_accuracy(below(second.threshold())), second];
    let make = |name: &str, kinds: [Latent; 2], correlation: f64| Scenario {
        name: name.to_owned(),
        models: (0..models).map(|number| kinds[number % 2]).collect(),
        correlation,
    };
    vec![
        make("first recipe twice", [first; 2], 1.0),
        make("second recipe twice", [second; 2], 1.0),
        make("equally good, of the first's kind", [first; 2], fit.correlation),
        make("equally good, of the second's kind", [second; 2], fit.correlation),
        make("equally good, of both kinds", mixed, fit.correlation),
    ]
}

/// The two models as they are.
pub(crate) fn as_fitted(fit: &Fit) -> Scenario {
    Scenario { name: "as fitted".to_owned(), models: fit.models.to_vec(), correlation: fit.correlation }
}

/// Seeds that a study never goes beyond.
const SEEDS_MAX: usize = 24;

/// Simulates and counts.
pub(crate) fn measure(scenario: &Scenario, normals: &Normals, setup: Setup, stream: u32) -> Rates {
    let mut rates = Rates::default();
    for repetition in 0..setup.repetitions {
        let world = World::new(scenario, normals, [repetition, stream], setup.images);
        let (claims, missed) = study(&world, scenario, setup);
        rates.repetitions += 1;
        rates.claims += u32::from(claims);
        rates.missed += u32::from(missed);
    }
    rates
}

fn study(world: &World<'_>, scenario: &Scenario, setup: Setup) -> (bool, bool) {
    let models = scenario.models.len();
    let truth = below(scenario.models[1].threshold()) - below(scenario.models[0].threshold());
    let mut seeds = setup.seeds;
    let mut missed = false;
    for look in 1..=setup.looks {
        let samples: Vec<_> = (0..models)
            .map(|model| world.sample(model, if setup.own_seeds { 1000 * model as u32 } else { 0 }, seeds))
            .collect();
        let pairs = models * (models - 1) / 2;
        let rule = Rule { alpha: ALPHA, pairs, look, margin: None, higher_is_better: true };
        let mut more = 0;
        for second in 0..models {
            for first in 0..second {
                let found = difference(&samples[first], &samples[second]).unwrap();
                if (look, first, second) == (1, 0, 1) {
                    missed = !found.interval(ALPHA).contains(truth);
                }
                if matches!(
                    verdict(Some(&found), &rule, Diverged::default()),
                    Verdict::Better | Verdict::Worse
                ) {
                    return (true, missed);
                }
                if look < setup.looks {
                    more = more.max(match seeds_more(&found, &Rule { look: look + 1, ..rule }) {
                        SeedsMore::Seeds(more) => more,
                        // Someone goes on against the advice.
                        _ => 3,
                    });
                }
            }
        }
        if seeds >= SEEDS_MAX {
            break;
        }
        seeds = (seeds + more).min(SEEDS_MAX);
    }
    (false, missed)
}
