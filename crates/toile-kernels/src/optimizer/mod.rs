//! Parameter updates, fused behind whatever makes the gradient.
//!
//! **Formula, order.** One file a rule says and fixes it: first the plain loop over values, then the same
//! sixteen values at a time.
//!
//! **Layout.** Any: an update is element by element. Parameter and states lie alike.

mod adam;
mod direction;
mod moments;
mod nadam;
mod norm;
mod places;
mod rmsprop;
mod sgd;
mod slot;

pub use adam::{AdamStep, adam};
pub use direction::{DirectionStep, direction};
pub use moments::{AdamSettings, MomentsStep};
pub use nadam::{NadamSettings, NadamStep, nadam};
pub use norm::{SUM_CHUNK, square_sum, square_sum_of};
pub use places::Places;
pub use rmsprop::{RmspropStep, rmsprop};
pub use sgd::{SgdStep, sgd};
pub use slot::STATES_MAX;
pub(crate) use slot::Slot;

use crate::LANES;
use crate::layout::product;
use crate::real::Real;
use crate::simd::{Simd, prefetch, versions};
use crate::team::{Shares, Team};

/// One step's update with every scalar computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule<T = f32> {
    /// Stochastic gradient descent.
    Sgd(SgdStep<T>),
    /// Adam and AdamW.
    Adam(AdamStep<T>),
    /// NAdam.
    Nadam(NadamStep<T>),
    /// RMSprop.
    Rmsprop(RmspropStep<T>),
    /// The first half of Muon, which leaves the parameter to the second ([`crate::muon`]).
    Muon(DirectionStep<T>),
    /// Leaves the parameter alone and keeps the gradient as first state: for looking at gradients, and for updates
    /// that wait until all gradients are known.
    Record,
    /// Leaves the parameter alone. Kernels need not make its gradient.
    Frozen,
}

impl<T: Real> Rule<T> {
    /// How many states a parameter has.
    pub fn states(&self) -> usize {
        match self {
            Rule::Sgd(step) => usize::from(step.momentum != T::ZERO),
            Rule::Adam(_) | Rule::Nadam(_) | Rule::Muon(_) => 2,
            Rule::Rmsprop(step) => step.states(),
            Rule::Record => 1,
            Rule::Frozen => 0,
        }
    }

    /// Whether it changes the parameter where the gradient is made.
    pub fn changes_parameter(&self) -> bool {
        !matches!(self, Rule::Muon(_) | Rule::Record | Rule::Frozen)
    }

    /// Updates value by value: the specification. States that the rule does not have are empty.
    pub fn reference(&self, parameters: &mut [T], gradients: &[T], states: [&mut [T]; STATES_MAX]) {
        let [first, second, third] = states;
        match self {
            Rule::Sgd(step) => sgd(step, parameters, gradients, first),
            Rule::Adam(step) => adam(step, parameters, gradients, first, second),
            Rule::Nadam(step) => nadam(step, parameters, gradients, first, second),
            Rule::Rmsprop(step) => rmsprop(step, parameters, gradients, [first, second, third]),
            Rule::Muon(step) => direction(step, gradients, first, second),
            Rule::Record => first.copy_from_slice(gradients),
            Rule::Frozen => {}
        }
    }
}

/// A parameter with its states, and how it follows its gradient in this step.
#[derive(Debug)]
pub struct Parameter<'a> {
    /// The values.
    pub values: &'a mut [f32],
    /// The states; as long as the values where the rule has them, else empty.
    pub states: [&'a mut [f32]; STATES_MAX],
    /// The update of this step.
    pub rule: Rule,
}

impl Parameter<'_> {
    /// Checks the lengths; `what` names the parameter in the message.
    pub(crate) fn slot(&mut self, len: usize, what: &str) -> Slot {
        assert_eq!(self.values.len(), len, "{what}");
        for state in self.states.iter().take(self.rule.states()) {
            assert_eq!(state.len(), len, "a state of {what}");
        }
        let states = self.states.each_mut().map(|state| state.as_mut_ptr());
        Slot { parameter: self.values.as_mut_ptr(), states }
    }
}

/// Asks for the cache lines that updating at `slot` takes. The pointers need not be valid.
#[inline(always)]
pub(crate) fn prefetch_slot(rule: &Rule, slot: Slot) {
    prefetch(slot.parameter);
    for state in slot.states.into_iter().take(rule.states()) {
        prefetch(state);
    }
}

/// Updates sixteen values (the first `lanes` of them) at `slot`.
///
/// # Safety
/// As for [`Simd`]; the slot has `lanes` values behind each pointer that the rule uses.
#[inline(always)]
pub(crate) unsafe fn apply<S: Simd>(rule: &Rule, gradient: S::F, slot: Slot, lanes: usize) {
    // SAFETY: the caller's promise is handed on.
    unsafe {
        match rule {
            Rule::Sgd(step) => sgd::apply::<S>(step, gradient, slot, lanes),
            Rule::Adam(step) => adam::apply::<S>(step, gradient, slot, lanes),
            Rule::Nadam(step) => nadam::apply::<S>(step, gradient, slot, lanes),
            Rule::Rmsprop(step) => rmsprop::apply::<S>(step, gradient, slot, lanes),
            Rule::Muon(step) => direction::apply::<S>(step, gradient, slot, lanes),
            Rule::Record => S::store_first(slot.states[0], lanes, gradient),
            Rule::Frozen => {}
        }
    }
}

/// Values a thread updates at a time.
const CHUNK: usize = 1024;

/// Partial gradients of a parameter among others, `[group][stride]`.
#[derive(Clone, Copy, Debug)]
pub struct Partials<'a> {
    /// All groups.
    pub values: &'a [f32],
    /// Number of groups.
    pub groups: usize,
    /// Values of a group.
    pub stride: usize,
    /// Where the parameter starts in a group.
    pub offset: usize,
}

/// Sums the groups in order, from +0, and updates with the sum; of a frozen parameter nothing is read.
pub fn update(team: &mut Team, mut parameter: Parameter<'_>, from: Partials<'_>) {
    let rule = parameter.rule;
    if rule == Rule::Frozen {
        return;
    }
    let Partials { values: partials, groups, stride, offset } = from;
    let len = parameter.values.len();
    assert!(groups > 0, "partial gradients of no group");
    let end = offset.checked_add(len).and_then(|end| product([groups - 1, stride]).checked_add(end));
    assert!(end.is_some_and(|end| end <= partials.len()), "partial gradients are too short");
    let slot = parameter.slot(len, "the parameter");
    let isa = team.isa();
    let from = Shares(partials.as_ptr().cast_mut());
    team.for_each(len.div_ceil(CHUNK), |_, chunk| {
        let start = chunk * CHUNK;
        let end = len.min(start + CHUNK);
        // SAFETY: this function has checked the lengths above; an item updates its own chunk.
        unsafe {
            update_range(
                isa,
                rule,
                slot.at(start),
                from.at(offset + start).cast_const(),
                end - start,
                groups,
                stride,
            )
        }
    });
}

versions! {
    fn update_range<S>(rule: Rule, slot: Slot, partials: *const f32, len: usize, groups: usize, stride: usize) {
        let mut i = 0;
        while i < len {
            let lanes = (len - i).min(LANES);
            let mut sum = S::zero();
            for group in 0..groups {
                sum = S::add(sum, S::load_first(partials.add(group * stride + i), lanes));
            }
            apply::<S>(&rule, sum, slot.at(i), lanes);
            i += LANES;
        }
    }
}
