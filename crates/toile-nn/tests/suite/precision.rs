//! The engine with products of bf16 against the plain executor: same bits everywhere.

use toile_kernels::isa::Isa;
use toile_kernels::precision::Precision;
use toile_nn::executor::{AverageStep, Executor, StatisticsBatch, StepSettings, Training};
use toile_nn::optimizer::{Adam, SGD};
use toile_nn::plain::PlainExecutor;

use crate::engine::{BATCHES, engine, same_bits, train};
use crate::networks::Data;
use crate::networks_of_bf16::networks_of_bf16;

#[test]
fn products_of_bf16_train_to_the_bits_of_the_plain_executor_and_are_evaluated_in_f32() {
    for (name, network) in networks_of_bf16() {
        let training = Training { label_smoothing: 0.1, ..Training::new(Adam::default(), 7) };
        let mut plain = PlainExecutor::<f32>::new(&network, training.clone());
        let losses = train(&mut plain, &network, &BATCHES);
        let single = network.clone().with_precision(Precision::F32);
        let mut of_f32 = engine(&single, &training, 1, Isa::best());
        assert_ne!(train(&mut of_f32, &single, &BATCHES), losses, "{name}: losses of f32");
        let data = Data::new(&network, 900, 70);
        let log_probabilities = |executor: &mut dyn Executor| {
            let mut all = vec![0.0; 70 * 5];
            executor.log_probabilities(data.pixels(), &mut all);
            all
        };
        of_f32.load_state_dict(&plain.state_dict()).expect("the same tensors");
        let expected = log_probabilities(&mut of_f32);
        assert_eq!(log_probabilities(&mut plain), expected, "{name}: evaluation of the plain executor");
        for isa in Isa::available() {
            for threads in [1, 3] {
                let what = format!("{name} {isa:?} {threads} threads");
                let mut planned = engine(&network, &training, threads, isa);
                assert_eq!(train(&mut planned, &network, &BATCHES), losses, "losses of {what}");
                same_bits(&planned.state_dict(), &plain.state_dict(), &what);
                assert_eq!(log_probabilities(&mut planned), expected, "evaluation of {what}");
            }
        }
    }
}

/// Each kind of pass has weights of its own made from the parameters: none of them may be those of a step before.
#[test]
fn steps_evaluations_and_renewed_statistics_of_bf16_take_turns() {
    for (name, network) in networks_of_bf16() {
        let training = Training {
            keeps_average: true,
            ..Training::new(SGD { momentum: 0.9, weight_decay: 0.01, nesterov: true }, 7)
        };
        let turns = |executor: &mut dyn Executor| {
            let mut seen = vec![];
            for turn in 0..3 {
                let data = Data::new(&network, 40 + turn, 11);
                let settings = StepSettings { epoch: 0, learning_rate: 0.05 };
                seen.push(executor.train_step(data.batch(), settings).loss_sum as f32);
                executor.average(AverageStep { share: 0.5, resets_weights: false });
                executor.exchange_average();
                let (images, image_ids) = (data.pixels(), data.batch().image_ids);
                executor.renew_statistics(StatisticsBatch { images, image_ids, epoch: 0, number: 1 });
                let mut out = [0.0; 11 * 5];
                executor.log_probabilities(data.pixels(), &mut out);
                seen.extend(out);
                executor.exchange_average();
                executor.log_probabilities(data.pixels(), &mut out);
                seen.extend(out);
            }
            seen
        };
        let mut plain = PlainExecutor::<f32>::new(&network, training.clone());
        let expected = turns(&mut plain);
        for isa in Isa::available() {
            let mut planned = engine(&network, &training, 2, isa);
            assert_eq!(turns(&mut planned), expected, "{name} {isa:?}");
            same_bits(&planned.state_dict(), &plain.state_dict(), &format!("{name} {isa:?}"));
        }
    }
}
