//! Parameters as the kernels want them, and their way to and from PyTorch's layout.

use std::sync::Arc;

use toile_kernels::average;
use toile_kernels::buffer::{Buffer, OutOfMemory};
use toile_kernels::optimizer::{Parameter, Partials, Places, Rule, STATES_MAX, update};
use toile_kernels::team::Team;

use crate::executor::AverageStep;
use crate::graph::parameter::Parameter as Described;
use crate::state::{StateDict, Tensor};
use crate::updates::Updates;

/// How a parameter lies in memory.
pub(crate) trait Packing: std::fmt::Debug + Send + Sync {
    /// Values it takes, filling included.
    fn len(&self) -> usize;

    /// From PyTorch's layout.
    fn pack(&self, plain: &[f32], packed: &mut [f32]);

    /// To PyTorch's layout, where it has `len` values.
    fn unpack(&self, packed: &[f32], len: usize) -> Vec<f32>;
}

/// As in PyTorch, filled up with zeros to this length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unchanged {
    pub(crate) len: usize,
}

impl Packing for Unchanged {
    fn len(&self) -> usize {
        self.len
    }

    fn pack(&self, plain: &[f32], packed: &mut [f32]) {
        packed[..plain.len()].copy_from_slice(plain);
    }

    fn unpack(&self, packed: &[f32], len: usize) -> Vec<f32> {
        packed[..len].to_vec()
    }
}

/// One parameter with what the optimizer remembers of it.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) values: Buffer,
    states: [Buffer; STATES_MAX],
    /// Its gradient, where the update waits for the others'; else empty.
    pub(super) gradient: Buffer,
    /// How it follows its gradient in the step at hand.
    pub(super) rule: Rule,
    /// A moving average of the values; empty where none is kept.
    average: Buffer,
    packing: Arc<dyn Packing>,
    /// Another number whenever the values may have changed.
    version: u64,
}

impl Slot {
    /// Whether a kernel that makes its gradient changes the values too.
    pub(crate) fn changes_at_once(&self) -> bool {
        self.gradient.is_empty() && self.rule.changes_parameter()
    }

    /// For a kernel that updates it, or keeps its gradient where the update has to wait.
    pub(crate) fn parameter(&mut self) -> Parameter<'_> {
        if self.rule == Rule::Frozen || self.gradient.is_empty() {
            return self.updated().0;
        }
        let states = [&mut self.gradient[..], &mut [], &mut []];
        Parameter { values: &mut self.values, states, rule: Rule::Record }
    }

    /// The update that waited.
    pub(super) fn update(&mut self, team: &mut Team) {
        let (parameter, gradient) = self.updated();
        let stride = gradient.len();
        update(team, parameter, Partials { values: gradient, groups: 1, stride, offset: 0 });
    }

    /// The values of a matrix, and the direction that its rule has left.
    pub(super) fn matrix(&mut self) -> (&mut [f32], &[f32]) {
        self.version += 1;
        (&mut self.values, &self.states[1])
    }

    fn updated(&mut self) -> (Parameter<'_>, &[f32]) {
        let rule = self.rule;
        if rule != Rule::Frozen {
            self.version += 1;
        }
        let states = self.states.each_mut().map(|state| &mut state[..]);
        (Parameter { values: &mut self.values, states, rule }, &self.gradient)
    }
}

impl Slot {
    /// Moves the average towards the values.
    fn average(&mut self, team: &mut Team, step: AverageStep) {
        if self.average.is_empty() {
            return;
        }
        average::toward(team, step.share as f32, &mut self.average, &self.values);
        if step.resets_weights {
            self.values.copy_from_slice(&self.average);
            self.version += 1;
        }
    }
}

/// What a stage derives from a parameter: renewed when the parameter has changed, and not before it is
/// needed.
#[derive(Debug)]
pub(crate) struct Derived {
    values: Buffer,
    /// Of the parameter, when it was derived; 0 before.
    version: u64,
}

impl Derived {
    /// Nothing yet, in `len` places.
    pub(crate) fn new(len: usize) -> Result<Derived, OutOfMemory> {
        Ok(Derived { values: Buffer::try_zeroed(len)?, version: 0 })
    }

    /// What `derive` makes of the slot's values.
    pub(crate) fn of(&mut self, slot: &Slot, derive: impl FnOnce(&[f32], &mut [f32])) -> &[f32] {
        if self.version != slot.version {
            derive(&slot.values, &mut self.values);
            self.version = slot.version;
        }
        &self.values
    }
}

/// All parameters and buffers of a network, in its order.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    pub(crate) slots: Vec<Slot>,
}

impl Parameters {
    /// Zeros, packed so, each with the buffers of its rule, one for its gradient where updates wait, and an average where
    /// that is kept.
    pub(super) fn new(
        packings: Vec<Arc<dyn Packing>>,
        updates: &Updates,
        waits: bool,
        keeps_average: bool,
    ) -> Result<Parameters, OutOfMemory> {
        let slot = |(index, packing): (usize, Arc<dyn Packing>)| {
            let len = |i: usize| if i < updates.buffers(index) { packing.len() } else { 0 };
            let learns = updates.learns(index);
            let gradient = Buffer::try_zeroed(if waits && learns { packing.len() } else { 0 })?;
            let rule = if learns { Rule::Record } else { Rule::Frozen };
            let mut states: [Buffer; STATES_MAX] = Default::default();
            for (i, state) in states.iter_mut().enumerate() {
                *state = Buffer::try_zeroed(len(i))?;
            }
            let values = Buffer::try_zeroed(packing.len())?;
            let average = if keeps_average { Buffer::try_zeroed(packing.len())? } else { Buffer::default() };
            Ok(Slot { values, states, gradient, rule, average, packing, version: 1 })
        };
        Ok(Parameters { slots: packings.into_iter().enumerate().map(slot).collect::<Result<_, _>>()? })
    }

    /// Lets each parameter keep its gradient.
    pub(super) fn make_recorders(&mut self) {
        for slot in &mut self.slots {
            slot.gradient = Buffer::zeroed(slot.packing.len());
        }
    }

    /// Sets how each parameter follows its gradient in the step at hand.
    pub(super) fn set_rules(&mut self, updates: &Updates, rules: &[Rule]) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            slot.rule = updates.rule_of(index, rules);
        }
    }

    /// Where the `len` values of a parameter stand.
    pub(super) fn places(&self, parameter: usize, len: usize) -> Result<Places, OutOfMemory> {
        let packing = &self.slots[parameter].packing;
        Places::new(len, packing.len(), |packed| packing.unpack(packed, len))
    }

    /// Takes over the buffers that no optimizer changes (running statistics).
    pub(super) fn take_untrained(&mut self, described: &[Described], from: Parameters) {
        for ((slot, from), parameter) in self.slots.iter_mut().zip(from.slots).zip(described) {
            if !parameter.trained() {
                slot.values = from.values;
            }
            slot.version = from.version;
        }
    }

    pub(super) fn values(&self, described: &[Described]) -> StateDict<f32> {
        let mut state = StateDict { entries: vec![] };
        for (slot, parameter) in self.slots.iter().zip(described) {
            let values = slot.packing.unpack(&slot.values, parameter.len());
            state.push(parameter.name.clone(), parameter.shape.clone(), values);
        }
        state
    }

    /// `state` is in the network's order. An average that is kept starts from it.
    pub(super) fn load_values(&mut self, state: &StateDict<f32>) {
        for (slot, (_, Tensor { data, .. })) in self.slots.iter_mut().zip(&state.entries) {
            slot.packing.pack(data, &mut slot.values);
            slot.version += 1;
            if !slot.average.is_empty() {
                slot.average.copy_from_slice(&slot.values);
            }
        }
    }

    /// Moves the average, where one is kept.
    pub(super) fn average(&mut self, team: &mut Team, step: AverageStep) {
        self.slots.iter_mut().for_each(|slot| slot.average(team, step));
    }

    /// Exchanges values and average, where one is kept.
    pub(super) fn exchange_average(&mut self) {
        for slot in self.slots.iter_mut().filter(|slot| !slot.average.is_empty()) {
            std::mem::swap(&mut slot.values, &mut slot.average);
            slot.version += 1;
        }
    }

    /// The average of each, in PyTorch's layout.
    pub(super) fn average_values(&self, described: &[Described]) -> StateDict<f32> {
        let mut state = StateDict { entries: vec![] };
        for (slot, parameter) in self.slots.iter().zip(described) {
            let values = slot.packing.unpack(&slot.average, parameter.len());
            state.push(parameter.name.clone(), parameter.shape.clone(), values);
        }
        state
    }

    /// `state` is in the network's order, and an average is kept.
    pub(super) fn load_average(&mut self, state: &StateDict<f32>) {
        for (slot, (_, Tensor { data, .. })) in self.slots.iter_mut().zip(&state.entries) {
            slot.packing.pack(data, &mut slot.average);
        }
    }

    /// The gradients that parameters have kept.
    pub(super) fn gradients(&self, described: &[Described]) -> StateDict<f32> {
        let mut gradients = StateDict { entries: vec![] };
        for (slot, parameter) in self.slots.iter().zip(described).filter(|(s, _)| s.rule != Rule::Frozen) {
            let values = slot.packing.unpack(&slot.gradient, parameter.len());
            gradients.push(parameter.name.clone(), parameter.shape.clone(), values);
        }
        gradients
    }

    /// What is remembered of each parameter, a parameter's states together, named with the state's name behind.
    pub(super) fn states(&self, described: &[Described], updates: &Updates) -> StateDict<f32> {
        let mut states = StateDict { entries: vec![] };
        for (index, (slot, parameter)) in self.slots.iter().zip(described).enumerate() {
            for (name, state) in updates.states(index).iter().zip(&slot.states) {
                let values = slot.packing.unpack(state, parameter.len());
                states.push(format!("{}.{name}", parameter.name), parameter.shape.clone(), values);
            }
        }
        states
    }

    /// Takes over what [`Parameters::states`] gives.
    pub(super) fn load_states(&mut self, updates: &Updates, states: &StateDict<f32>) {
        let mut tensors = states.entries.iter();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let kept = slot.states.iter_mut().take(updates.states(index).len());
            for (state, (_, tensor)) in kept.zip(&mut tensors) {
                slot.packing.pack(&tensor.data, state);
            }
        }
    }
}
