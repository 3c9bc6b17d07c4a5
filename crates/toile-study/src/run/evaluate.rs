//! Measuring a network on images: loss and hits in evaluation mode, in a fixed order, in f64.

use toile_nn::executor::{Executor, Pixels};

use crate::images::Images;

/// Images handed to the executor between two looks at whether to stop; changes no bit (an image's logits are
/// the same in any company).
const CHUNK_IMAGES: usize = 1024;

/// Mean loss and share of hits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Score {
    pub(crate) loss: f64,
    pub(crate) accuracy: f64,
}

/// Log-probabilities of the images, [image][class]; `None` when `stopped` said so on the way.
pub(crate) fn log_probabilities(
    executor: &mut dyn Executor,
    images: Images<'_>,
    stopped: &dyn Fn() -> bool,
) -> Option<Vec<f32>> {
    let classes = images.dataset.class_names.len();
    let mut out = vec![0.0; images.indices.len() * classes];
    for (indices, out) in images.indices.chunks(CHUNK_IMAGES).zip(out.chunks_mut(CHUNK_IMAGES * classes)) {
        if stopped() {
            return None;
        }
        executor.log_probabilities(Pixels::Rows(&Images { indices, ..images }), out);
    }
    Some(out)
}

/// Mean negative log likelihood and accuracy from log-probabilities, [image][class].
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

/// Index of the largest value, the first of equals. A row with NaN has none: its first index is given,
/// and its loss, which is NaN too, stops the run.
pub(super) fn argmax(row: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = index;
        }
    }
    best
}

/// Rows true, columns predicted.
pub(super) fn confusion(images: Images<'_>, log_probabilities: &[f32]) -> Vec<Vec<u64>> {
    let classes = images.dataset.class_names.len();
    let mut matrix = vec![vec![0; classes]; classes];
    for (&index, row) in images.indices.iter().zip(log_probabilities.chunks_exact(classes)) {
        matrix[images.dataset.labels[index as usize] as usize][argmax(row)] += 1;
    }
    matrix
}

/// `predictions.csv`: index, label, prediction and a probability a class. Classes stand by name.
pub(super) fn predictions_csv(images: Images<'_>, log_probabilities: &[f32]) -> String {
    let names: Vec<String> = images.dataset.class_names.iter().map(|name| csv_field(name)).collect();
    let header = images.dataset.class_names.iter().map(|name| csv_field(&format!("probability {name}")));
    let mut text = format!("index,label,prediction,{}\n", header.collect::<Vec<_>>().join(","));
    for (&index, row) in images.indices.iter().zip(log_probabilities.chunks_exact(names.len())) {
        let label = images.dataset.labels[index as usize] as usize;
        text += &format!("{index},{},{}", names[label], names[argmax(row)]);
        for &value in row {
            text += &format!(",{:?}", exp(f64::from(value)) as f32);
        }
        text.push('\n');
    }
    text
}

/// A field of a CSV file (RFC 4180), quoted where it has to be.
fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// e^x for x <= 0, from sums and products alone, so that every machine writes the same digits (the
/// platform's `exp` may differ in the last bit). With x = n ln 2 + r, |r| <= ln 2 / 2: Taylor's series of
/// e^r to the 13th power, whose remainder is below 1e-17, times 2^n.
fn exp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    // Below this not even the smallest f32 is left.
    if x < -110.0 {
        return 0.0;
    }
    let n = (x * std::f64::consts::LOG2_E).round();
    let r = x - n * std::f64::consts::LN_2;
    let series = (1..=13).rev().fold(1.0, |sum, k| 1.0 + sum * r / f64::from(k));
    series * f64::from_bits(((1023 + n as i64) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use toile_data::{Dataset, Normalizer};

    #[test]
    fn exp_is_the_exponential() {
        for step in 0..=11_000 {
            let x = -f64::from(step) / 100.0;
            let expected = x.exp();
            // n ln 2 is rounded once (|n| < 160, an error below 1e-14 at the far end), the series a few times.
            assert!((exp(x) - expected).abs() <= 2e-14 * expected, "e^{x}: {} for {expected}", exp(x));
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn scores_matrix_and_predictions_agree() {
        let dataset = Dataset {
            image_shape: [1, 1, 1],
            pixels: vec![0; 3],
            labels: vec![1, 0, 1],
            class_names: vec!["a".into(), "b, \"c\"".into()],
        };
        let normalizer = Normalizer::new(&[0.0], &[1.0]).unwrap();
        let images = Images { dataset: &dataset, indices: &[0, 2], normalizer: &normalizer };
        let rows = [-0.25, -1.5, -2.0, -0.125];
        assert_eq!(score(images, &rows), Score { loss: (1.5 + 0.125) / 2.0, accuracy: 0.5 });
        assert_eq!(confusion(images, &rows), [[0, 0], [1, 1]]);
        let text = predictions_csv(images, &rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], r#"index,label,prediction,probability a,"probability b, ""c""""#);
        assert_eq!(lines[1], r#"0,"b, ""c""",a,0.7788008,0.22313017"#);
        assert_eq!(lines.len(), 3);
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
