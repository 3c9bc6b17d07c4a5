//! What of a step waits until all gradients are known: clipping, and the steps of whole matrices.

use toile_kernels::buffer::{OutOfMemory, try_filled};
use toile_kernels::clip::{bound, scale};
use toile_kernels::muon::{self, Args, Scratch, Size};
use toile_kernels::optimizer::{Places, SUM_CHUNK, square_sum_of};
use toile_kernels::team::Team;

use super::parameters::Parameters;
use crate::clip::{Clip, factor};
use crate::description::Network;
use crate::updates::{Moment, Updates};

/// What a step ends with.
#[derive(Debug)]
pub(super) struct Finish {
    clip: Option<Clip>,
    /// Parameters whose updates wait for the clipping, by their index, in the network's order.
    waiting: Vec<usize>,
    /// Parameters that take steps of whole matrices.
    matrices: Vec<(usize, Size)>,
    /// Where the values of a parameter stand, of those for which it matters.
    places: Vec<Option<Places>>,
    sums: Vec<f64>,
    scratch: Scratch,
}

impl Finish {
    pub(super) fn new(
        network: &Network,
        updates: &Updates,
        clip: Option<Clip>,
        parameters: &Parameters,
    ) -> Result<Finish, OutOfMemory> {
        let all = || network.parameters.iter().enumerate();
        let learning = all().map(|(index, _)| index).filter(|&index| updates.learns(index));
        let waiting: Vec<usize> = if clip.is_some() { learning.collect() } else { vec![] };
        let matrices: Vec<(usize, Size)> =
            all().filter_map(|(index, described)| Some((index, updates.matrix(index, described)?))).collect();
        let has_norm = matches!(clip, Some(Clip::Norm(_)));
        let places = all().map(|(index, described)| {
            let wanted = (has_norm && updates.learns(index)) || matrices.iter().any(|(of, _)| *of == index);
            wanted.then(|| parameters.places(index, described.len())).transpose()
        });
        let places = places.collect::<Result<Vec<_>, _>>()?;
        let longest = if has_norm { network.parameters.iter().map(|p| p.len()).max() } else { None };
        let sums = try_filled(0.0, longest.unwrap_or(0).div_ceil(SUM_CHUNK))?;
        let sizes: Vec<Size> = matrices.iter().map(|(_, size)| *size).collect();
        let scratch = Scratch::new(&sizes)?;
        Ok(Finish { clip, waiting, matrices, places, sums, scratch })
    }

    /// Ends a step whose gradients are known.
    pub(super) fn run(
        &mut self,
        team: &mut Team,
        network: &Network,
        updates: &Updates,
        parameters: &mut Parameters,
        at: Moment,
    ) {
        self.clip(team, parameters);
        for &parameter in &self.waiting {
            parameters.slots[parameter].update(team);
        }
        for &(parameter, _) in &self.matrices {
            let described = &network.parameters[parameter];
            let step = updates.matrix_step(parameter, described, at);
            let (step, size) = step.expect("a step for a matrix");
            let places = self.places[parameter].as_ref().expect("a matrix's places are known");
            let (weight, direction) = parameters.slots[parameter].matrix();
            muon::step(team, Args { step, size, places, weight, direction, scratch: &mut self.scratch });
        }
    }

    /// As [`Clip::apply`], over packed gradients. What fills them up is 0 and stays it, unless all becomes NaN.
    fn clip(&mut self, team: &mut Team, parameters: &mut Parameters) {
        match self.clip {
            None => {}
            Some(Clip::Norm(most)) => {
                let sum = self.waiting.iter().fold(0.0, |sum, &parameter| {
                    let places = self.places[parameter].as_ref().expect("a norm's places are known");
                    sum + square_sum_of(team, &parameters.slots[parameter].gradient, places, &mut self.sums)
                });
                let Some(factor) = factor(most, sum) else { return };
                for &parameter in &self.waiting {
                    scale(team, factor as f32, &mut parameters.slots[parameter].gradient);
                }
            }
            Some(Clip::Value(most)) => {
                for &parameter in &self.waiting {
                    bound(team, most as f32, &mut parameters.slots[parameter].gradient);
                }
            }
        }
    }
}
