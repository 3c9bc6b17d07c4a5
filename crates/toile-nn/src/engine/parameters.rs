//! Parameters as the kernels want them, and their way to and from PyTorch's layout.

use std::sync::Arc;

use toile_kernels::average;
use toile_kernels::buffer::{Buffer, OutOfMemory};
use toile_kernels::optimizer::{Parameter, STATES_MAX};
use toile_kernels::team::Team;

use crate::executor::AverageStep;
use crate::graph::parameter::Parameter as Described;
use crate::state::{StateDict, Tensor};

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
    /// A moving average of the values; empty where none is kept.
    average: Buffer,
    packing: Arc<dyn Packing>,
    /// Another number whenever the values may have changed.
    version: u64,
}

impl Slot {
    /// For a kernel that updates it.
    pub(crate) fn parameter(&mut self) -> Parameter<'_> {
        self.version += 1;
        Parameter { values: &mut self.values, states: self.states.each_mut().map(|state| &mut state[..]) }
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
    /// Zeros, packed so, each with as many states as the optimizer keeps, and with an average where that is kept.
    pub(super) fn new(
        described: &[Described],
        packings: Vec<Arc<dyn Packing>>,
        states: usize,
        keeps_average: bool,
    ) -> Result<Parameters, OutOfMemory> {
        let slot = |(parameter, packing): (&Described, Arc<dyn Packing>)| {
            let len = |i: usize| if parameter.trained() && i < states { packing.len() } else { 0 };
            let mut states: [Buffer; STATES_MAX] = Default::default();
            for (i, state) in states.iter_mut().enumerate() {
                *state = Buffer::try_zeroed(len(i))?;
            }
            let average = if keeps_average { Buffer::try_zeroed(packing.len())? } else { Buffer::default() };
            Ok(Slot { values: Buffer::try_zeroed(packing.len())?, states, average, packing, version: 1 })
        };
        Ok(Parameters { slots: described.iter().zip(packings).map(slot).collect::<Result<_, _>>()? })
    }

    /// Gives each parameter the one state that `Rule::Record` writes.
    pub(super) fn make_recorders(&mut self) {
        for slot in &mut self.slots {
            slot.states = Default::default();
            slot.states[0] = Buffer::zeroed(slot.packing.len());
        }
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

    /// State `which` of each trained parameter, named with `suffix`.
    pub(super) fn state_tensors(
        &self,
        described: &[Described],
        which: usize,
        suffix: &str,
    ) -> StateDict<f32> {
        let mut state = StateDict { entries: vec![] };
        for (slot, parameter) in self.slots.iter().zip(described).filter(|(_, p)| p.trained()) {
            let values = slot.packing.unpack(&slot.states[which], parameter.len());
            state.push(format!("{}{suffix}", parameter.name), parameter.shape.clone(), values);
        }
        state
    }

    /// `state` has `kinds` tensors for each trained parameter, in the network's order.
    pub(super) fn load_states(&mut self, described: &[Described], state: &StateDict<f32>, kinds: usize) {
        let trained = self.slots.iter_mut().zip(described).filter(|(_, p)| p.trained());
        for (i, (slot, _)) in trained.enumerate() {
            for kind in 0..kinds {
                let (_, tensor) = &state.entries[i * kinds + kind];
                slot.packing.pack(&tensor.data, &mut slot.states[kind]);
            }
        }
    }
}
