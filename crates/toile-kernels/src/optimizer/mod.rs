//! Parameter updates, fused behind whatever makes the gradient.
//!
//! **Formula.** SGD with momentum, Nesterov and weight decay as PyTorch's `torch.optim.SGD` (dampening
//! 0); Adam: Kingma and Ba 2015, algorithm 1; AdamW: Loshchilov and Hutter 2019, algorithm 2.
//!
//! **Layout.** Any: an update is element by element. Parameter, first and second state lie alike.
//!
//! **Order.** As [`reference`] fixes it.

pub mod reference;

use crate::LANES;
use crate::layout::product;
use crate::simd::{Simd, versions};
use crate::team::{Shares, Team};
use reference::{AdamStep, SgdStep};

/// One step's update with every scalar computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Stochastic gradient descent.
    Sgd(SgdStep<f32>),
    /// Adam and AdamW.
    Adam(AdamStep<f32>),
    /// Leaves the parameter alone and keeps the gradient as first state: for looking at gradients.
    Record,
}

impl Rule {
    /// How many states a parameter has.
    pub fn states(&self) -> usize {
        match self {
            Rule::Sgd(step) => usize::from(step.momentum != 0.0),
            Rule::Adam(_) => 2,
            Rule::Record => 1,
        }
    }
}

/// A parameter with its states, as pointers; states the rule does not have are never touched.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) parameter: *mut f32,
    pub(crate) first: *mut f32,
    pub(crate) second: *mut f32,
}

// SAFETY: like `Shares`, a slot is dereferenced only by kernels whose items write disjoint places.
unsafe impl Send for Slot {}
// SAFETY: like `Shares`, a slot is dereferenced only by kernels whose items write disjoint places.
unsafe impl Sync for Slot {}

impl Slot {
    /// The slot `offset` values further.
    #[inline(always)]
    pub(crate) fn at(self, offset: usize) -> Slot {
        let Slot { parameter, first, second } = self;
        Slot {
            parameter: parameter.wrapping_add(offset),
            first: first.wrapping_add(offset),
            second: second.wrapping_add(offset),
        }
    }
}

/// A parameter with its states.
#[derive(Debug)]
pub struct Parameter<'a> {
    /// The values.
    pub values: &'a mut [f32],
    /// First and second state; as long as the values where the rule has them, else empty.
    pub states: [&'a mut [f32]; 2],
}

impl Parameter<'_> {
    /// Checks the lengths; `what` names the parameter in the message.
    pub(crate) fn slot(&mut self, rule: &Rule, len: usize, what: &str) -> Slot {
        assert_eq!(self.values.len(), len, "{what}");
        for state in self.states.iter().take(rule.states()) {
            assert_eq!(state.len(), len, "a state of {what}");
        }
        let [first, second] = &mut self.states;
        Slot { parameter: self.values.as_mut_ptr(), first: first.as_mut_ptr(), second: second.as_mut_ptr() }
    }
}

/// Asks for the cache lines that updating at `slot` takes.
///
/// # Safety
/// As for [`Simd`]; the pointers need not be valid.
#[inline(always)]
pub(crate) unsafe fn prefetch<S: Simd>(rule: &Rule, slot: Slot) {
    // SAFETY: a hint, for any address; the caller vouches for the instruction set `S`.
    unsafe {
        S::prefetch(slot.parameter);
        if rule.states() > 0 {
            S::prefetch(slot.first);
        }
        if rule.states() > 1 {
            S::prefetch(slot.second);
        }
    }
}

/// Updates sixteen values (the first `lanes` of them) at `slot`.
#[inline(always)]
pub(crate) unsafe fn apply<S: Simd>(rule: &Rule, gradient: S::F, slot: Slot, lanes: usize) {
    // SAFETY: the caller vouches for `lanes` values behind each pointer the rule uses.
    unsafe {
        match *rule {
            Rule::Sgd(SgdStep { negative_rate, weight_decay, momentum, nesterov }) => {
                let w = S::load_first(slot.parameter, lanes);
                let mut step = gradient;
                if weight_decay != 0.0 {
                    step = S::fma(S::splat(weight_decay), w, step);
                }
                if momentum != 0.0 {
                    let mu = S::splat(momentum);
                    let velocity = S::fma(mu, S::load_first(slot.first, lanes), step);
                    S::store_first(slot.first, lanes, velocity);
                    step = if nesterov { S::fma(mu, velocity, step) } else { velocity };
                }
                S::store_first(slot.parameter, lanes, S::fma(S::splat(negative_rate), step, w));
            }
            Rule::Adam(AdamStep {
                beta1,
                one_minus_beta1,
                beta2,
                one_minus_beta2,
                root_correction,
                eps,
                negative_rate,
                weight_decay,
                shrink,
            }) => {
                let mut w = S::load_first(slot.parameter, lanes);
                let mut g = gradient;
                if weight_decay != 0.0 {
                    g = S::fma(S::splat(weight_decay), w, g);
                }
                if shrink != 1.0 {
                    w = S::mul(w, S::splat(shrink));
                }
                let m = S::load_first(slot.first, lanes);
                let m = S::fma(S::splat(beta1), m, S::mul(S::splat(one_minus_beta1), g));
                let v = S::load_first(slot.second, lanes);
                let v = S::fma(S::splat(beta2), v, S::mul(S::mul(S::splat(one_minus_beta2), g), g));
                S::store_first(slot.first, lanes, m);
                S::store_first(slot.second, lanes, v);
                let d = S::fma(S::sqrt(v), S::splat(root_correction), S::splat(eps));
                S::store_first(slot.parameter, lanes, S::fma(S::splat(negative_rate), S::div(m, d), w));
            }
            Rule::Record => S::store_first(slot.first, lanes, gradient),
        }
    }
}

/// Values a thread updates at a time.
const CHUNK: usize = 1024;

/// Partial gradients of a parameter among others, [group][stride].
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

/// Sums the groups in order, from +0, and updates with the sum.
pub fn update(team: &mut Team, rule: Rule, mut parameter: Parameter<'_>, from: Partials<'_>) {
    let Partials { values: partials, groups, stride, offset } = from;
    let len = parameter.values.len();
    assert!(groups > 0, "partial gradients of no group");
    let end = offset.checked_add(len).and_then(|end| product([groups - 1, stride]).checked_add(end));
    assert!(end.is_some_and(|end| end <= partials.len()), "partial gradients are too short");
    let slot = parameter.slot(&rule, len, "the parameter");
    let isa = team.isa();
    let from = Shares(partials.as_ptr().cast_mut());
    team.for_each(len.div_ceil(CHUNK), |_, chunk| {
        let start = chunk * CHUNK;
        let end = len.min(start + CHUNK);
        // SAFETY: lengths are checked above; an item updates its own chunk.
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
