//! Intervals of differences in macro F1 and calibration error, whose samples are jackknifed, by simulation.

use toile_kernels::random::philox4x32_10;
use toile_statistics::{Sample, difference};

const CLASSES: usize = 4;
const IMAGES: usize = 400;
const SEEDS: [u64; 4] = [0, 1, 2, 3];
const STUDIES: u32 = 600;
const ALPHA: f64 = 0.05;

/// Four uniform numbers in [0, 1) of a place.
fn uniform(study: u32, model: usize, seed: usize, image: usize) -> [f64; 4] {
    philox4x32_10([image as u32, seed as u32, model as u32, study], [11, 0])
        .map(|word| f64::from(word) / 4_294_967_296.0)
}

/// What one model does in a study: labels are the study's, predictions and confidences its own.
struct Runs {
    predictions: Vec<Vec<usize>>,
    confidence: Vec<Vec<f64>>,
    correct: Vec<Vec<bool>>,
}

/// All models are alike: each image has a difficulty to each model, each seed a quality, the rest is chance.
/// Right is less likely than the confidence says. Classes differ in size and in how well they are known.
fn runs(study: u32, model: usize, labels: &[usize]) -> Runs {
    let mut runs = Runs { predictions: Vec::new(), confidence: Vec::new(), correct: Vec::new() };
    for seed in 0..SEEDS.len() {
        let quality = 0.1 * uniform(study, model, 1000 + seed, 0)[0];
        let (mut predictions, mut confidence, mut correct) = (Vec::new(), Vec::new(), Vec::new());
        for (image, &label) in labels.iter().enumerate() {
            let [difficulty, ..] = uniform(study, model, 500, image);
            let [noise, chance, other, _] = uniform(study, model, seed, image);
            let sure = 0.3 + 0.65 * (0.7 * difficulty + 0.3 * noise);
            let right = chance < (sure - 0.15 + quality) * (1.0 - 0.1 * label as f64);
            let wrong = (label + 1 + (other * (CLASSES - 1) as f64) as usize) % CLASSES;
            predictions.push(if right { label } else { wrong });
            confidence.push(sure);
            correct.push(right);
        }
        runs.predictions.push(predictions);
        runs.confidence.push(confidence);
        runs.correct.push(correct);
    }
    runs
}

#[test]
fn intervals_of_jackknifed_metrics_hold_as_often_as_they_say() {
    let (mut f1, mut ece) = (0, 0);
    for study in 0..STUDIES {
        let labels: Vec<usize> = (0..IMAGES)
            .map(|image| (uniform(study, 99, 0, image)[0].powi(2) * CLASSES as f64) as usize)
            .collect();
        let models = [0, 1].map(|model| runs(study, model, &labels));
        let [a, b] = [0, 1]
            .map(|m: usize| Sample::of_f1_macro(&SEEDS, CLASSES, &labels, &models[m].predictions).unwrap());
        f1 += u32::from(!difference(&a, &b).unwrap().interval(ALPHA).contains(0.0));
        let [a, b] =
            [0, 1].map(|m: usize| Sample::of_ece(&SEEDS, &models[m].confidence, &models[m].correct).unwrap());
        ece += u32::from(!difference(&a, &b).unwrap().interval(ALPHA).contains(0.0));
    }
    let most = f64::from(STUDIES) * ALPHA + 3.5 * (f64::from(STUDIES) * ALPHA * (1.0 - ALPHA)).sqrt();
    for (what, missed) in [("macro F1", f1), ("calibration error", ece)] {
        assert!(f64::from(missed) <= most, "{what}: {missed} of {STUDIES} missed, more than {most}");
        // Nor are they so wide that they would never miss.
        assert!(missed > 3, "{what}: only {missed} of {STUDIES} missed");
    }
}

/// Macro F1 by its definition, over the classes that have images.
fn f1_macro(images: &[(usize, usize)]) -> f64 {
    let f1 = |class: usize| {
        let right = images.iter().filter(|&&image| image == (class, class)).count();
        let named = images
            .iter()
            .map(|&(label, prediction)| usize::from(label == class) + usize::from(prediction == class));
        let present = images.iter().any(|&(label, _)| label == class);
        present.then(|| 2.0 * right as f64 / named.sum::<usize>() as f64)
    };
    let of_classes: Vec<f64> = (0..6).filter_map(f1).collect();
    of_classes.iter().sum::<f64>() / of_classes.len() as f64
}

/// Without each image, against the F1 of the other images; a class that only ever is predicted counts nowhere.
#[test]
fn leaving_an_image_out_is_not_having_it() {
    let images = [(0, 0), (0, 3), (1, 1), (1, 0), (1, 2), (2, 2), (4, 0), (0, 0)];
    let (labels, predictions): (Vec<usize>, Vec<usize>) = images.into_iter().unzip();
    let got = Sample::of_f1_macro(&[0], 6, &labels, &[predictions]).unwrap();
    // scikit-learn's f1_score(average="macro", labels=[0, 1, 2, 4]).
    let all = (4.0 / 7.0 + 2.0 / 4.0 + 2.0 / 3.0 + 0.0) / 4.0;
    assert!((got.mean() - all).abs() < 1e-15 && (f1_macro(&images) - all).abs() < 1e-15);
    let without = (0..images.len()).map(|place| {
        let others: Vec<_> =
            (0..images.len()).filter(|&other| other != place).map(|other| images[other]).collect();
        f1_macro(&others)
    });
    let expected = Sample::of_jackknife(&[0], &[all], &[without.collect()]).unwrap();
    for (place, (got, expected)) in got.row(0).iter().zip(expected.row(0)).enumerate() {
        assert!((got - expected).abs() < 1e-14, "without {place}: {got}, {expected}");
    }
    assert_eq!(got.row(0).len(), images.len());
}
