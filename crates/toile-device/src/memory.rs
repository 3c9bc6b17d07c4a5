//! Where each tensor lies in the one piece of memory that a device keeps for them.
//!
//! A tensor has its place from the step that writes it to the last one that reads it. The largest are placed first, each
//! as low as those that live at the same time allow. A step that works value by value writes over its input, if nobody
//! reads that later.

use std::collections::BTreeMap;

use crate::program::{Operation, Program, Step, TensorId};

/// Places of all tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Where each begins, in values.
    pub places: BTreeMap<TensorId, usize>,
    /// Values of the whole.
    pub len: usize,
}

/// Tensors that share a place, from the first step that one of them is needed for to the last.
#[derive(Clone, Debug)]
struct Room {
    tensors: Vec<TensorId>,
    len: usize,
    first: usize,
    last: usize,
}

impl Room {
    fn meets(&self, other: &Room) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Finds places for all tensors of a program.
pub fn plan(program: &Program) -> Memory {
    let mut rooms = rooms(program);
    rooms.sort_by_key(|room| (std::cmp::Reverse(room.len), room.first));
    let mut placed: Vec<(usize, Room)> = Vec::new();
    for room in rooms {
        let mut others: Vec<&(usize, Room)> = placed.iter().filter(|(_, other)| other.meets(&room)).collect();
        others.sort_by_key(|(place, _)| *place);
        let mut place = 0;
        for (start, other) in others {
            if place + room.len <= *start {
                break;
            }
            place = place.max(start + other.len);
        }
        placed.push((place, room));
    }
    let len = placed.iter().map(|(place, room)| place + room.len).max().unwrap_or(0);
    let places =
        placed.iter().flat_map(|(place, room)| room.tensors.iter().map(move |&tensor| (tensor, *place)));
    Memory { places: places.collect(), len }
}

/// Step 0 makes the image; the last one reads the logits.
fn rooms(program: &Program) -> Vec<Room> {
    let last_read = |tensor: TensorId| {
        let read = program.steps.iter().rposition(|step| step.inputs.contains(&tensor));
        if tensor == program.logits { program.steps.len() + 1 } else { read.map_or(0, |step| step + 1) }
    };
    let image = Room { tensors: vec![0], len: program.image_len(), first: 0, last: last_read(0) };
    let mut rooms = vec![image];
    for (index, step) in program.steps.iter().enumerate() {
        let (now, last) = (index + 1, last_read(step.output));
        let over = step.inputs.iter().find_map(|input| {
            let of_input = |room: &Room| room.tensors.contains(input) && room.last == now;
            may_write_over(step, *input).then(|| rooms.iter().position(of_input)).flatten()
        });
        match over {
            Some(room) => {
                rooms[room].tensors.push(step.output);
                rooms[room].last = last.max(now);
            }
            None => rooms.push(Room {
                tensors: vec![step.output],
                len: step.len(),
                first: now,
                last: last.max(now),
            }),
        }
    }
    rooms
}

/// A product's second input has other values than its output, unless it is of one pixel.
fn may_write_over(step: &Step, input: TensorId) -> bool {
    let is_first = step.inputs[0] == input;
    step.runs_in_place() && (is_first || matches!(step.operation, Operation::Sum { .. }))
}

#[cfg(test)]
mod tests {
    use toile_nn::description::{
        Conv2d, Flatten, GELU, Linear, LogSoftmax, MaxPool2d, ReLU, Residual, resolve,
    };
    use toile_nn::state::StateDict;

    use super::*;
    use crate::program::lower;

    fn program(layers: &[toile_nn::description::Layer]) -> Program {
        let network = resolve([1, 8, 8], layers, 3).unwrap();
        let mut weights = StateDict::default();
        for parameter in &network.parameters {
            weights.push(&parameter.name, parameter.shape.clone(), vec![0.5; parameter.len()]);
        }
        lower(&network, &weights)
    }

    #[test]
    fn two_buffers_are_enough_for_a_chain_and_pooling_is_done_on_the_way() {
        let conv = || Conv2d { padding: toile_nn::description::Pair::square(1), ..Conv2d::new(4, 3) };
        let chain = toile_nn::layers![
            conv(),
            ReLU,
            MaxPool2d::new(2),
            conv(),
            GELU { tanh: false },
            Flatten,
            Linear::new(3),
            LogSoftmax
        ];
        let program = program(&chain);
        let names: Vec<&str> = program.steps.iter().map(|step| &step.name[..]).collect();
        assert_eq!(names, ["conv1", "conv2", "gelu_5", "fc1"]);
        // The image beside the pooled 4x4x4, which is then beside its like; GELU works where its input lies.
        assert_eq!(plan(&program).len, 128);
    }

    #[test]
    fn no_tensor_lies_on_another_that_is_still_read() {
        let conv = || Conv2d { padding: toile_nn::description::Pair::square(1), ..Conv2d::new(4, 3) };
        let inner = Residual::new(toile_nn::layers![conv(), GELU { tanh: true }]);
        let outer = Residual::new(toile_nn::layers![conv(), inner, conv()]);
        let layers = toile_nn::layers![conv(), outer, MaxPool2d::new(3), Flatten, Linear::new(3), LogSoftmax];
        let program = program(&layers);
        let memory = plan(&program);
        let len = |tensor: TensorId| {
            let writer = program.steps.iter().find(|step| step.output == tensor);
            writer.map_or(program.image_len(), Step::len)
        };
        let range = |tensor: TensorId| memory.places[&tensor]..memory.places[&tensor] + len(tensor);
        let mut compared = 0;
        for (at, step) in program.steps.iter().enumerate() {
            let later = program.steps[at..].iter().flat_map(|step| &step.inputs);
            for &other in later.chain([&program.logits]).filter(|&&other| other < step.output) {
                let is_own = step.inputs.contains(&other)
                    && step.runs_in_place()
                    && !program.steps[at + 1..].iter().any(|later| later.inputs.contains(&other));
                let (written, kept) = (range(step.output), range(other));
                compared += 1;
                assert!(
                    is_own || written.end <= kept.start || kept.end <= written.start,
                    "{} on {other}",
                    step.name
                );
            }
        }
        assert!(compared > 10, "{compared}");
        // The outer and the inner skip, and what the convolution between them works on.
        assert_eq!(memory.len, 3 * 256);
    }
}
