//! Measuring a network on images: loss and hits in evaluation mode, in a fixed order, in f64.

use toile_nn::executor::Executor;
use toile_nn::largest::first_largest;
use toile_store::predictions::{self, Predicted};
use toile_store::{ConfusionMatrix, Evaluation};

use crate::images::Images;
use crate::recipe::{JudgedBy, TestTimeAugmentation};
use crate::score::{Answers, Score};
use crate::views;

/// Images handed to the executor between two looks at whether to stop; changes no bit (an image's logits are
/// the same in any batch).
const CHUNK_IMAGES: usize = 1024;

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
    answers(images, log_probabilities).score()
}

fn answers<'a>(
    images: Images<'a>,
    log_probabilities: &'a [f32],
) -> Answers<'a, impl Iterator<Item = u32> + 'a> {
    let Images { dataset, indices, .. } = images;
    let labels = indices.iter().map(|&index| dataset.labels[index as usize]);
    Answers { labels, classes: dataset.class_names.len(), log_probabilities }
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
        JudgedBy::HeldOut | JudgedBy::HeldOutLast => [None, Some((loss, accuracy))],
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

/// Rows true, columns predicted.
pub(crate) fn confusion(images: Images<'_>, log_probabilities: &[f32]) -> ConfusionMatrix {
    answers(images, log_probabilities).confusion()
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
        prediction: first_largest(row),
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
}
