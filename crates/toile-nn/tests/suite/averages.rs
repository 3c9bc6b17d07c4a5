//! The average that an executor keeps: the same bits in both executors, for any threads and instruction set.

use toile_kernels::isa::Isa;
use toile_nn::average::{Average, StepsDone};
use toile_nn::description::Network;
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::{Executor, StatisticsBatch, StepSettings, Training};
use toile_nn::optimizer::SGD;
use toile_nn::plain::PlainExecutor;
use toile_nn::state::StateDict;

use crate::networks::{Data, networks};

const STEPS: u64 = 4;

fn training() -> Training {
    Training { keeps_average: true, ..Training::new(SGD { momentum: 0.9, ..SGD::default() }, 7) }
}

fn engine(network: &Network, threads: usize, isa: Isa) -> Engine {
    let options = EngineOptions { batch_size: 11, threads, isa: Some(isa) };
    Engine::new(network, training(), options).expect("memory and threads")
}

fn steps(executor: &mut dyn Executor, network: &Network, average: Average, steps: std::ops::Range<u64>) {
    for step in steps {
        let data = Data::new(network, 100 + step, if step == 1 { 5 } else { 11 });
        executor.train_step(data.batch(), StepSettings { epoch: 0, learning_rate: 0.01 });
        if let Some(step) = average.step(StepsDone { done: step + 1, steps: 2, epochs: 2 }) {
            executor.average(step);
        }
    }
}

/// Log-probabilities of some images.
fn evaluated(executor: &mut dyn Executor, network: &Network) -> StateDict<f32> {
    let data = Data::new(network, 900, 20);
    let mut out = vec![0.0; 20 * 5];
    executor.log_probabilities(data.pixels(), &mut out);
    let mut evaluated = StateDict::default();
    evaluated.push("evaluated", vec![20, 5], out);
    evaluated
}

/// Weights, average, and what is evaluated with statistics made anew; the weights are themselves again behind it.
fn looked_at(executor: &mut dyn Executor, network: &Network) -> Vec<StateDict<f32>> {
    let (weights, average) = (executor.state_dict(), executor.average_state().expect("one is kept"));
    executor.exchange_average();
    assert_eq!(executor.state_dict(), average, "exchanged");
    for number in 1..3 {
        let data = Data::new(network, 500 + number, 9);
        let images = data.pixels();
        executor.renew_statistics(StatisticsBatch {
            images,
            image_ids: data.batch().image_ids,
            epoch: 3,
            number,
        });
    }
    let renewed = executor.state_dict();
    let of_average = evaluated(executor, network);
    executor.exchange_average();
    assert_eq!(executor.state_dict(), weights, "exchanged twice");
    assert_eq!(executor.average_state().as_ref(), Some(&renewed), "what was exchanged is kept");
    vec![weights, average, renewed, of_average, evaluated(executor, network)]
}

#[test]
fn the_average_has_the_bits_of_the_plain_executor() {
    let all = [
        Average::Ema { decay: 0.75, every: 1, warmup: false },
        Average::Swa { start: 0.0 },
        Average::Lookahead { k: 3, alpha: 0.5, power: 1.0 },
    ];
    let wanted = ["batch norm", "partly learnt", "wide", "residual"];
    for (name, network) in networks().into_iter().filter(|(name, _)| wanted.contains(name)) {
        for average in all {
            let mut plain = PlainExecutor::<f32>::new(&network, training());
            steps(&mut plain, &network, average, 0..STEPS);
            let state = plain.optimizer_state();
            let expected = looked_at(&mut plain, &network);
            assert!(expected[0] != expected[1], "{name} {average:?}: an average that is none");
            for (isa, threads) in Isa::available().into_iter().map(|isa| (isa, 1)).chain([(Isa::best(), 3)]) {
                let what = format!("{name} {average:?} {isa:?} {threads}");
                // Another engine carries on in the middle.
                let (mut first, mut second) = (engine(&network, 1, isa), engine(&network, threads, isa));
                steps(&mut first, &network, average, 0..STEPS / 2 + 1);
                second.load_state_dict(&first.state_dict()).expect("it fits");
                second.load_optimizer_state(&first.optimizer_state()).expect("it fits");
                second.load_average_state(&first.average_state().expect("one is kept")).expect("it fits");
                steps(&mut second, &network, average, STEPS / 2 + 1..STEPS);
                assert_eq!(second.optimizer_state(), state, "{what}");
                assert!(looked_at(&mut second, &network) == expected, "{what}");
            }
        }
    }
}

#[test]
fn statistics_made_anew_are_the_mean_over_the_batches() {
    let (_, network) = networks().into_iter().find(|(name, _)| *name == "batch norm").expect("a network");
    let mut executor = PlainExecutor::<f32>::new(&network, training());
    let mut seen = |numbers: &[u64]| {
        for (number, batch) in (1..).zip(numbers) {
            let data = Data::new(&network, *batch, 9);
            let (images, image_ids) = (data.pixels(), data.batch().image_ids);
            executor.renew_statistics(StatisticsBatch { images, image_ids, epoch: 0, number });
        }
        executor.state_dict().get("bn1.running_mean").expect("it is there").data.clone()
    };
    let (one, other, both) = (seen(&[1]), seen(&[2]), seen(&[1, 2]));
    for ((one, other), both) in one.iter().zip(&other).zip(&both) {
        assert!(
            (f64::from(*both) - (f64::from(*one) + f64::from(*other)) / 2.0).abs() < 1e-6,
            "{one} {other} {both}"
        );
    }
    assert_ne!(one, other);
}
