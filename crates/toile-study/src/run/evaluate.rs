//! Measuring a network on images: loss and hits in evaluation mode, in a fixed order, in f64.

use toile_nn::executor::Executor;
use toile_store::predictions::{self, Predicted};
use toile_store::{ConfusionMatrix, Evaluation};

use crate::images::Images;
use crate::recipe::{JudgedBy, TestTimeAugmentation};
use crate::views;

/// Images handed to the executor between two looks at whether to stop; changes no bit (an image's logits are
/// the same in any batch).
const CHUNK_IMAGES: usize = 1024;

/// Mean loss and share of hits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Score {
    pub(crate) loss: f64,
    pub(crate) accuracy: f64,
}

/// Log-probabilities of the images, `[image][class]`, of the network that looks at them so; `None` when `stopped` said
/// so on the way.
pub(crate) fn log_probabilities(
    executor: &mut dyn Executor,
    images: Images<'_>,
    augmentation: Option<TestTimeAugmentation>,
    stopped: &dyn Fn() -> bool,
) -> Option<Vec<f32>> {
    let classes = images.dataset.class_names.len();
    let mut out = vec![0.0; images.indices.len() * classes];
    // What the views come to is kept until their mean is taken: together no more than a chunk.
    let chunk = CHUNK_IMAGES / augmentation.map_or(1, TestTimeAugmentation::passes);
    for (indices, out) in images.indices.chunks(chunk).zip(out.chunks_mut(chunk * classes)) {
        if stopped() {
            return None;
        }
        let shape = images.dataset.image_shape;
        views::log_probabilities(executor, &Images { indices, ..images }, shape, augmentation, out);
    }
    Some(out)
}

/// Mean negative log likelihood and accuracy from log-probabilities, `[image][class]`.
pub(crate) fn score(images: Images<'_>, log_probabilities: &[f32]) -> Score {
    let classes = images.dataset.class_names.len();
    let (mut loss, mut correct) = (0.0f64, 0usize);
    for (&index, row) in images.indices.iter().zip(log_probabilities.chunks_exact(classes)) {
        let label = images.dataset.labels[index as usize] as usize;
        loss -= f64::from(row[label]);
        correct += usize::from(argmax(row) == label);
    }
    let count = images.indices.len() as f64;
    Score { loss: loss / count, accuracy: correct as f64 / count }
}

/// What a network with these weights, of this epoch, came to: on training images, and in its log-probabilities of the
/// images that judge it, which are those that are said.
pub(crate) fn evaluation(
    (weights, epoch): (&str, u32),
    of_train: Score,
    (judging, log_probabilities): (Images<'_>, &[f32]),
    judged_by: JudgedBy,
) -> Evaluation {
    let Score { loss, accuracy } = score(judging, log_probabilities);
    let [tested, held_out] = match judged_by {
        JudgedBy::Test => [Some((loss, accuracy)), None],
        JudgedBy::HeldOut => [None, Some((loss, accuracy))],
    };
    let top5 = accuracy_top5(judging, log_probabilities);
    Evaluation {
        weights: weights.to_owned(),
        epoch,
        train_loss: of_train.loss,
        train_accuracy: of_train.accuracy,
        validation_loss: held_out.map(|(loss, _)| loss),
        validation_accuracy: held_out.map(|(_, accuracy)| accuracy),
        test_loss: tested.map(|(loss, _)| loss),
        test_accuracy: tested.map(|(_, accuracy)| accuracy),
        confusion: confusion(judging, log_probabilities),
        test_accuracy_top5: top5.filter(|_| tested.is_some()),
    }
}

/// Index of the largest value, the first of equals. A row with NaN has none: its first index is given,
/// and its loss, which is NaN too, stops the run.
pub(crate) fn argmax(row: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = index;
        }
    }
    best
}

/// Rows true, columns predicted.
pub(crate) fn confusion(images: Images<'_>, log_probabilities: &[f32]) -> ConfusionMatrix {
    let classes = images.dataset.class_names.len();
    let rows = images.indices.iter().zip(log_probabilities.chunks_exact(classes));
    let called = rows.map(|(&index, row)| (images.dataset.labels[index as usize], argmax(row) as u32));
    ConfusionMatrix::of(classes, called)
}

/// Classes among which the true one is looked for.
const TOP: usize = 5;
/// From more classes than this on.
const TOP_CLASSES: usize = 10;

/// Share of the images whose class is among the five most probable ones, of equals the first; `None` for so few classes
/// that it says nothing.
pub(crate) fn accuracy_top5(images: Images<'_>, log_probabilities: &[f32]) -> Option<f64> {
    let classes = images.dataset.class_names.len();
    if classes <= TOP_CLASSES {
        return None;
    }
    let rows = images.indices.iter().zip(log_probabilities.chunks_exact(classes));
    let hits = rows.filter(|(index, row)| {
        let label = images.dataset.labels[**index as usize] as usize;
        let before =
            |(class, value): (usize, &f32)| *value > row[label] || (*value == row[label] && class < label);
        row.iter().enumerate().filter(|cell| before(*cell)).count() < TOP
    });
    Some(hits.count() as f64 / images.indices.len() as f64)
}

/// `predictions.csv` of these images.
pub(crate) fn predictions_csv(images: Images<'_>, log_probabilities: &[f32]) -> String {
    let class_names = &images.dataset.class_names;
    let rows = images.indices.iter().zip(log_probabilities.chunks_exact(class_names.len()));
    let predicted = rows.map(|(&index, row)| Predicted {
        index,
        label: images.dataset.labels[index as usize] as usize,
        prediction: argmax(row),
        log_probabilities: row,
        file: images.dataset.names.get(index as usize).map(String::as_str),
    });
    predictions::format(class_names, predicted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use toile_data::Dataset;
    use toile_pixels::Normalizer;

    #[test]
    fn scores_matrix_and_predictions_agree() {
        let classes = vec!["a".into(), "b, \"c\"".into()];
        let dataset = Dataset::new([1, 1, 1], vec![0; 3], vec![1, 0, 1], classes);
        let normalizer = Normalizer::new(&[0.0], &[1.0]).unwrap();
        let images = Images { dataset: &dataset, indices: &[0, 2], normalizer: &normalizer };
        let rows = [-0.25, -1.5, -2.0, -0.125];
        assert_eq!(score(images, &rows), Score { loss: (1.5 + 0.125) / 2.0, accuracy: 0.5 });
        assert_eq!(confusion(images, &rows).to_rows(), [[0, 0], [1, 1]]);
        assert_eq!(accuracy_top5(images, &rows), None, "two classes");
        let text = predictions_csv(images, &rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            r#"index,label,prediction,probability a,"probability b, ""c""",log_probability"#
        );
        assert_eq!(lines[1], r#"0,"b, ""c""",a,0.7788008,0.22313017,-1.5"#);
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn the_five_most_probable_classes_count() {
        // Twelve classes, the probabilities falling; of equals the first is the more probable one.
        let row = |values: [f32; 12]| values.map(|value| -value);
        let falling = row([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]);
        let equal = row([1.0; 12]);
        for (label, rows, expected) in
            [(0, falling, 1.0), (4, falling, 1.0), (5, falling, 0.0), (4, equal, 1.0), (5, equal, 0.0)]
        {
            let names = (0..12).map(|class| class.to_string()).collect();
            let dataset = Dataset::new([1, 1, 1], vec![0], vec![label], names);
            let normalizer = Normalizer::new(&[0.0], &[1.0]).unwrap();
            let images = Images { dataset: &dataset, indices: &[0], normalizer: &normalizer };
            assert_eq!(accuracy_top5(images, &rows), Some(expected), "{label} in {rows:?}");
        }
    }

    #[test]
    fn of_equals_the_first_is_predicted() {
        for (row, expected) in
            [([1.0, 1.0, 0.0], 0), ([0.0, 2.0, 2.0], 1), ([f32::NEG_INFINITY, -1.0, -2.0], 1)]
        {
            assert_eq!(argmax(&row), expected);
        }
    }
}
