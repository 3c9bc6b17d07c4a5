//! Classes of unequal size: weights in the loss, images drawn class by class.

use toile_nn::executor::{Batch, Executor, Pixels, StepSettings, Training};
use toile_nn::plain::PlainExecutor;
use toile_study::images::Images;
use toile_study::recipe::{ClassWeights, Recipe, Sampler};
use toile_study::run::EpochOrder;

use super::fixture::{Bench, EPOCHS, Fault, STEPS, TRAIN_IMAGES, dataset, model, study};

/// 30 images of the first class, 8 of the second, 2 of the third.
fn bench(class_weights: &ClassWeights, sampler: Sampler) -> Bench {
    let mut study = study(vec![model("a")]);
    let recipe = &mut study.models[0].recipe;
    (recipe.class_weights, recipe.sampler) = (class_weights.clone(), sampler);
    let mut bench = Bench::new(study);
    let place = |image: u32| if image < 30 { 3 * image } else { 3 * image + 1 + image / 38 };
    bench.train = dataset(200, 1).subset(&(0..TRAIN_IMAGES as u32).map(place).collect::<Vec<_>>());
    assert_eq!(bench.train.class_counts(), [30, 8, 2]);
    bench
}

fn settings() -> [(ClassWeights, Sampler); 3] {
    let named = ClassWeights::Named([("bottom".into(), 8.0), ("middle".into(), 2.5)].into());
    [
        (ClassWeights::Balanced, Sampler::Shuffle),
        (ClassWeights::Equal, Sampler::Balanced),
        (named, Sampler::Balanced),
    ]
}

/// The one step of an epoch is that of an executor which is handed the weights and the order.
#[test]
fn weights_and_order_reach_the_executor() {
    for ((class_weights, sampler), expected) in settings().into_iter().zip([
        Some(vec![40.0 / 90.0, 40.0 / 24.0, 40.0 / 6.0]),
        None,
        Some(vec![1.0, 2.5, 8.0]),
    ]) {
        let mut bench = bench(&class_weights, sampler);
        let recipe = &mut bench.study.models[0].recipe;
        (recipe.epochs, recipe.batch_size) = (1, TRAIN_IMAGES);
        let recipe = recipe.clone();
        let row = bench.run().unwrap().results.models[0].runs[0].epochs[0].clone();

        let data = &bench.train;
        let network = recipe.network(data.image_shape, 3).unwrap();
        let training = Training { class_weights: expected, ..Training::new(recipe.optimizer, 0) };
        let mut executor = PlainExecutor::<f32>::new(&network, training);
        let all: Vec<u32> = (0..TRAIN_IMAGES as u32).collect();
        let order = EpochOrder::new(sampler, (0, 1), data, &all);
        let (indices, image_ids) = (order.images(0..TRAIN_IMAGES), order.identities(0..TRAIN_IMAGES));
        let mut labels = vec![0; TRAIN_IMAGES];
        data.gather_labels(indices, &mut labels);
        let normalizer = recipe.normalization.on(data, &all).normalizer().unwrap();
        let images = Images { dataset: data, indices, normalizer: &normalizer };
        let batch = Batch { images: Pixels::Rows(&images), labels: &labels, image_ids, mixed: None };
        let result = executor.train_step(batch, StepSettings { epoch: 0, learning_rate: 0.01 });
        let what = format!("{class_weights:?}, {sampler:?}");
        assert_eq!(row.train_loss, result.loss_sum / result.weight_sum, "{what}");
        assert_eq!(row.train_accuracy, result.correct as f64 / TRAIN_IMAGES as f64, "{what}");
        // What is reported on images that nothing is trained on has no weights.
        let run = &bench.test;
        let mut logp = vec![0.0; run.len() * 3];
        let all: Vec<u32> = (0..run.len() as u32).collect();
        let images = Images { dataset: run, indices: &all, normalizer: &normalizer };
        executor.log_probabilities(Pixels::Rows(&images), &mut logp);
        let losses =
            logp.chunks_exact(3).zip(&run.labels).map(|(row, &label)| -f64::from(row[label as usize]));
        assert!((row.test_loss.unwrap() - losses.sum::<f64>() / run.len() as f64).abs() < 1e-12, "{what}");
    }
}

#[test]
fn any_interruption_changes_no_bit() {
    let plain = bench(&ClassWeights::Equal, Sampler::Shuffle);
    plain.run().unwrap();
    for (class_weights, sampler) in settings() {
        let whole = bench(&class_weights, sampler);
        whole.run().unwrap();
        assert_ne!(whole.read("a/seed-0/results.csv"), plain.read("a/seed-0/results.csv"));
        for step in 1..STEPS * EPOCHS as usize {
            let mut interrupted = bench(&class_weights, sampler);
            assert!(interrupted.run_with(Fault::StopInStep(step), &()).unwrap().interrupted);
            interrupted.options.resume = true;
            interrupted.run().unwrap();
            assert!(whole.files() == interrupted.files(), "step {step}, {class_weights:?}, {sampler:?}");
        }
    }
}

#[test]
fn a_weight_of_a_class_that_there_is_not_is_refused() {
    let bench = bench(&ClassWeights::Named([("left".into(), 2.0)].into()), Sampler::Shuffle);
    let error = bench.run().unwrap_err().to_string();
    assert!(error.contains("names the class `left`"), "{error}");
}

#[test]
fn a_recipe_without_them_has_the_digest_it_had() {
    let recipe = model("a").recipe;
    let even = Recipe { class_weights: ClassWeights::Equal, sampler: Sampler::Shuffle, ..recipe.clone() };
    assert!(
        even.settings().iter().all(|s| s.text.is_none() || !["class_weights", "sampler"].contains(&&*s.key))
    );
    assert_ne!(Recipe { sampler: Sampler::Balanced, ..recipe.clone() }.digest(), recipe.digest());
}
