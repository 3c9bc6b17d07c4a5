//! A training step allocates nothing once it runs (its own binary: it replaces the allocator).

#[path = "suite/networks.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the other test binary")]
mod networks;

use std::alloc::System;

use networks::{Data, networks};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, StepSettings, Training};
use toile_nn::optimizer::Adam;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn steps_after_the_second_allocate_nothing() {
    for (name, network) in networks() {
        let training = Training { optimizer: Adam::default().into(), label_smoothing: 0.0, seed: 1 };
        let mut engine =
            Engine::new(&network, training, EngineOptions { batch_size: 11, threads: 3, isa: None })
                .expect("memory and threads");
        let data = Data::new(&network, 1, 11);
        let mut step = || engine.train_step(data.batch(), StepSettings { epoch: 0, learning_rate: 0.001 });
        step();
        step();
        let region = Region::new(ALLOCATOR);
        for _ in 0..5 {
            step();
        }
        let change = region.change();
        assert_eq!(change.allocations + change.reallocations, 0, "{name}: {change:?}");
    }
}
