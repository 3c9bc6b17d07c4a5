//! Parameters as the kernels want them, and their way to and from PyTorch's layout.

use toile_kernels::buffer::Buffer;
use toile_kernels::conv2d::Conv2d;
use toile_kernels::linear::Linear;
use toile_kernels::optimizer::Parameter;

use super::plan::Plan;
use crate::description::Network;
use crate::state::{StateDict, Tensor};

/// How a parameter lies in memory.
#[derive(Clone, Copy, Debug)]
pub(super) enum Packing {
    /// Panels of output channels.
    Conv2d(Conv2d),
    /// Blocks of inputs.
    Linear(Linear),
    /// As in PyTorch, filled up with zeros to this length.
    Plain(usize),
}

impl Packing {
    fn len(&self) -> usize {
        match self {
            Packing::Conv2d(conv) => conv.weight_len(),
            Packing::Linear(linear) => linear.weight_len(),
            Packing::Plain(len) => *len,
        }
    }

    fn pack(&self, plain: &[f32], packed: &mut [f32]) {
        match self {
            Packing::Conv2d(conv) => conv.pack_weight(plain, packed),
            Packing::Linear(linear) => linear.pack_weight(plain, packed),
            Packing::Plain(_) => packed[..plain.len()].copy_from_slice(plain),
        }
    }

    fn unpack(&self, packed: &[f32], len: usize) -> Vec<f32> {
        match self {
            Packing::Conv2d(conv) => conv.unpack_weight(packed),
            Packing::Linear(linear) => linear.unpack_weight(packed),
            Packing::Plain(_) => packed[..len].to_vec(),
        }
    }
}

/// One parameter with what the optimizer remembers of it.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) values: Buffer,
    states: [Buffer; 2],
    packing: Packing,
    /// Another number whenever the values may have changed.
    version: u64,
}

impl Slot {
    /// For a kernel that updates it.
    pub(super) fn parameter(&mut self) -> Parameter<'_> {
        self.version += 1;
        let [first, second] = &mut self.states;
        Parameter { values: &mut self.values, states: [first, second] }
    }
}

/// What a stage derives from a parameter: renewed when the parameter has changed, and not before it is
/// needed.
#[derive(Debug)]
pub(super) struct Derived {
    values: Buffer,
    /// Of the parameter, when it was derived; 0 before.
    version: u64,
}

impl Derived {
    /// Nothing yet, in `len` places.
    pub(super) fn new(len: usize) -> Derived {
        Derived { values: Buffer::zeroed(len), version: 0 }
    }

    /// What `derive` makes of the slot's values.
    pub(super) fn of(&mut self, slot: &Slot, derive: impl FnOnce(&[f32], &mut [f32])) -> &[f32] {
        if self.version != slot.version {
            derive(&slot.values, &mut self.values);
            self.version = slot.version;
        }
        &self.values
    }
}

/// All parameters and buffers of a network, in its order.
#[derive(Clone, Debug)]
pub(super) struct Parameters {
    pub(super) slots: Vec<Slot>,
}

impl Parameters {
    pub(super) fn new(network: &Network, plan: &Plan, states: usize) -> Parameters {
        let slot = |(parameter, &packing): (&crate::description::Parameter, &Packing)| {
            let state = |i: usize| if parameter.trained() && i < states { packing.len() } else { 0 };
            Slot {
                values: Buffer::zeroed(packing.len()),
                states: [0, 1].map(|i| Buffer::zeroed(state(i))),
                packing,
                version: 1,
            }
        };
        Parameters { slots: network.parameters.iter().zip(&plan.packings).map(slot).collect() }
    }

    /// Gives each parameter the one state that `Rule::Record` writes.
    pub(super) fn make_recorders(&mut self) {
        for slot in &mut self.slots {
            slot.states = [Buffer::zeroed(slot.packing.len()), Buffer::default()];
        }
    }

    /// Takes over the buffers that no optimizer changes (running statistics).
    pub(super) fn take_untrained(&mut self, network: &Network, from: Parameters) {
        for ((slot, from), parameter) in self.slots.iter_mut().zip(from.slots).zip(&network.parameters) {
            if !parameter.trained() {
                slot.values = from.values;
            }
            slot.version = from.version;
        }
    }

    pub(super) fn values(&self, network: &Network) -> StateDict<f32> {
        let mut state = StateDict { entries: vec![] };
        for (slot, parameter) in self.slots.iter().zip(&network.parameters) {
            let values = slot.packing.unpack(&slot.values, parameter.len());
            state.push(parameter.name.clone(), parameter.shape.clone(), values);
        }
        state
    }

    /// `state` is in the network's order.
    pub(super) fn load_values(&mut self, state: &StateDict<f32>) {
        for (slot, (_, Tensor { data, .. })) in self.slots.iter_mut().zip(&state.entries) {
            slot.packing.pack(data, &mut slot.values);
            slot.version += 1;
        }
    }

    /// State `which` of each trained parameter, named with `suffix`.
    pub(super) fn state_tensors(&self, network: &Network, which: usize, suffix: &str) -> StateDict<f32> {
        let mut state = StateDict { entries: vec![] };
        for (slot, parameter) in self.slots.iter().zip(&network.parameters).filter(|(_, p)| p.trained()) {
            let values = slot.packing.unpack(&slot.states[which], parameter.len());
            state.push(format!("{}{suffix}", parameter.name), parameter.shape.clone(), values);
        }
        state
    }

    /// `state` has `kinds` tensors for each trained parameter, in the network's order.
    pub(super) fn load_states(&mut self, network: &Network, state: &StateDict<f32>, kinds: usize) {
        let trained = self.slots.iter_mut().zip(&network.parameters).filter(|(_, p)| p.trained());
        for (i, (slot, _)) in trained.enumerate() {
            for kind in 0..kinds {
                let (_, tensor) = &state.entries[i * kinds + kind];
                slot.packing.pack(&tensor.data, &mut slot.states[kind]);
            }
        }
    }
}
