//! Confident learning against NumPy, and on labels that were changed on purpose.

use serde::Deserialize;
use toile_statistics::{ConfidentError, ConfidentJoint, Ranking};

/// Written by `bench/golden/confident_learning.py`.
#[derive(Deserialize)]
struct Case {
    name: String,
    classes: usize,
    labels: Vec<u32>,
    #[serde(rename = "true")]
    truth: Vec<u32>,
    probabilities: Vec<f32>,
    thresholds: Vec<Option<f64>>,
    counts: Vec<u64>,
    joint: Vec<f64>,
    pruned: Vec<u32>,
    self_confidence: Vec<f64>,
    normalized_margin: Vec<f64>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../confident_learning.json")).unwrap()
}

fn close(found: &[f64], expected: &[f64]) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-12)
}

#[test]
fn agrees_with_numpy() {
    let cases = cases();
    assert_eq!(cases.len(), 6);
    for case in &cases {
        let name = &case.name;
        let joint = ConfidentJoint::new(&case.labels, &case.probabilities, case.classes).unwrap();
        let known =
            |thresholds: &[Option<f64>]| thresholds.iter().map(|t| t.unwrap_or(-1.0)).collect::<Vec<_>>();
        assert!(close(&known(joint.thresholds()), &known(&case.thresholds)), "{name}: thresholds");
        assert_eq!(joint.counts(), case.counts, "{name}");
        assert!(close(&joint.calibrated(), &case.joint), "{name}: {:?}", joint.calibrated());
        assert_eq!(joint.prune_by_noise_rate(), case.pruned, "{name}");
        for (ranking, expected) in [
            (Ranking::SelfConfidence, &case.self_confidence),
            (Ranking::NormalizedMargin, &case.normalized_margin),
        ] {
            let scores = joint.scores(ranking);
            assert!(close(&scores, expected), "{name}: {ranking:?}");
            let ranked = joint.ranked(ranking);
            assert!(ranked.is_sorted_by_key(|&image| scores[image as usize]), "{name}: {ranking:?}");
            assert_eq!(ranked.len(), scores.len());
        }
    }
}

#[test]
fn changed_labels_are_found_and_counted() {
    // (case, least share of the changed labels among the pruned, least share of the pruned that were changed).
    for (name, recall, precision) in [("some noise", 0.85, 0.85), ("much noise", 0.85, 0.85)] {
        let case = cases().into_iter().find(|case| case.name == name).unwrap();
        let joint = ConfidentJoint::new(&case.labels, &case.probabilities, case.classes).unwrap();
        let is_wrong = |image: usize| case.labels[image] != case.truth[image];
        let wrong = (0..case.labels.len()).filter(|&image| is_wrong(image)).count();
        let pruned = joint.prune_by_noise_rate();
        let right = pruned.iter().filter(|&&image| is_wrong(image as usize)).count();
        assert!(right as f64 >= recall * wrong as f64, "{name}: {right} of {wrong}");
        assert!(right as f64 >= precision * pruned.len() as f64, "{name}: {right} of {}", pruned.len());
        let rate = wrong as f64 / case.labels.len() as f64;
        assert!((joint.noise_rate() - rate).abs() < 0.05, "{name}: {} for {rate}", joint.noise_rate());
        let first = &joint.ranked(Ranking::NormalizedMargin)[..wrong / 2];
        assert!(first.iter().all(|&image| is_wrong(image as usize)), "{name}: the first are not all wrong");
        for &image in &pruned {
            let suggested = joint.suggested(image as usize).unwrap() as u32;
            assert_ne!(suggested, case.labels[image as usize]);
        }
    }
}

#[test]
fn the_joint_of_three_images_by_hand() {
    // t_0 = (0.75 + 0.25) / 2 = 0.5, t_1 = 0.5. The second image, labelled 0, reaches t_1 alone.
    let (labels, probabilities) = ([0, 0, 1], [0.75, 0.25, 0.25, 0.75, 0.5, 0.5]);
    let joint = ConfidentJoint::new(&labels, &probabilities, 2).unwrap();
    assert_eq!(joint.thresholds(), [Some(0.5), Some(0.5)]);
    // The third reaches both, equally: the first counts.
    assert_eq!(joint.counts(), [1, 1, 1, 0]);
    assert!(close(&joint.calibrated(), &[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.0]));
    assert!((joint.noise_rate() - 2.0 / 3.0).abs() < 1e-15);
    // Of the label 1 one image is to go, but no class is more probable for it than its own.
    assert_eq!(joint.prune_by_noise_rate(), [1]);
}

#[test]
fn what_is_no_probability_or_label_is_refused() {
    let refused = |labels: &[u32], probabilities: &[f32]| {
        ConfidentJoint::new(labels, probabilities, 2).expect_err("it is refused")
    };
    assert_eq!(refused(&[0], &[1.0]), ConfidentError::Probabilities { images: 1, classes: 2, got: 1 });
    assert_eq!(refused(&[0, 2], &[0.5; 4]), ConfidentError::Label { image: 1, label: 2, classes: 2 });
    for value in [1.5, -0.1, f32::INFINITY] {
        assert_eq!(
            refused(&[0, 1], &[1.0, 0.0, 0.5, value]),
            ConfidentError::Probability { image: 1, value }
        );
    }
    assert!(matches!(refused(&[0], &[f32::NAN, 0.0]), ConfidentError::Probability { image: 0, .. }));
    let none = ConfidentJoint::new(&[], &[], 2).unwrap();
    assert_eq!((none.noise_rate(), none.ranked(Ranking::NormalizedMargin)), (0.0, vec![]));
}
