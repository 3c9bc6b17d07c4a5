//! What an engine takes is known before it is made, and a training step allocates nothing once it runs (their own
//! binary: it replaces the allocator).

#[path = "suite/networks.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the other test binary")]
mod networks;
#[path = "suite/networks_of_bf16.rs"]
#[allow(unreachable_pub, reason = "shared with the other test binary")]
mod networks_of_bf16;

use std::alloc::System;

use networks::{Data, networks};
use networks_of_bf16::networks_of_bf16;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use toile_nn::clip::Clip;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{AverageStep, Executor, StatisticsBatch, StepSettings, Training};
use toile_nn::groups::{Groups, ParameterGroup, ParameterKind, Selection, Treatment};
use toile_nn::optimizer::{Adam, Muon, SGD};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Beside its buffers: names, shapes, the stages themselves.
const SMALL_THINGS: u64 = 128 << 10;

/// Weights by Muon, the rest by Adam, and a bound on the gradients.
fn grouped() -> Training {
    let weights = ParameterGroup {
        select: Selection { kind: Some(ParameterKind::Weight), ..Selection::default() },
        treatment: Treatment::Own { optimizer: Muon::default().into(), lr: 0.02 },
    };
    Training {
        groups: Groups { base: 0.001, list: vec![weights] },
        clip: Some(Clip::Norm(1.0)),
        ..Training::new(Adam::default(), 1)
    }
}

/// One test, because the allocator counts for all threads, those that report another's end included.
#[test]
fn memory_is_foretold_and_then_enough() {
    an_engine_takes_what_was_foretold();
    steps_after_the_second_allocate_nothing();
}

fn an_engine_takes_what_was_foretold() {
    for (name, network) in networks().into_iter().chain(networks_of_bf16()) {
        let trainings = [Training::new(SGD::default(), 1), Training::new(Adam::default(), 1), grouped()];
        for (training, threads) in trainings.into_iter().zip([1, 3, 3]) {
            for batch_size in [11, 300] {
                // Every other of them keeps an average.
                let training = Training { keeps_average: threads == 3, ..training.clone() };
                let options = EngineOptions { batch_size, threads, ..EngineOptions::default() };
                let region = Region::new(ALLOCATOR);
                let foretold = Engine::bytes(&network, &training, options).expect("groups that fit");
                let change = region.change();
                assert!((change.bytes_allocated as u64) < SMALL_THINGS, "{name}: {change:?}");
                let taken_once = |training| {
                    let region = Region::new(ALLOCATOR);
                    let engine = Engine::new(&network, training, options).expect("memory and threads");
                    let change = region.change();
                    drop(engine);
                    (change.bytes_allocated - change.bytes_deallocated) as u64
                };
                // On a busy machine threads that have just been started still hold what they were started with.
                let taken_by =
                    |training: Training| (0..5).map(|_| taken_once(training.clone())).min().expect("five");
                let taken = taken_by(training.clone());
                // Of a small network that is less than the small things.
                let without = Training { keeps_average: false, ..training };
                let average = foretold - Engine::bytes(&network, &without, options).expect("groups that fit");
                let without = taken_by(without);
                assert!(taken.abs_diff(without + average) < 1024, "{name}: {average} of {taken} - {without}");
                let what = format!("{name}, {threads} threads, batches of {batch_size}: {foretold} foretold");
                assert!((foretold..foretold + SMALL_THINGS).contains(&taken), "{what}, {taken} taken");
            }
        }
    }
}

fn steps_after_the_second_allocate_nothing() {
    for (name, network) in networks().into_iter().chain(networks_of_bf16()) {
        for training in [Training::new(Adam::default(), 1), grouped()] {
            let training = Training { keeps_average: true, ..training };
            let options = EngineOptions { batch_size: 11, threads: 3, ..EngineOptions::default() };
            let mut engine = Engine::new(&network, training, options).expect("memory and threads");
            let data = Data::new(&network, 1, 11);
            let settings = StepSettings { epoch: 0, learning_rate: 0.001 };
            let mut step = || {
                engine.train_step(data.batch(), settings);
                engine.average(AverageStep { share: 0.5, resets_weights: true });
                engine.exchange_average();
                let (images, image_ids) = (data.pixels(), data.batch().image_ids);
                engine.renew_statistics(StatisticsBatch { images, image_ids, epoch: 0, number: 1 });
                engine.exchange_average();
            };
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
}
