//! Test-time augmentation against PyTorch.

use serde::Deserialize;
use toile_nn::description::{Flatten, Layer, Linear, LogSoftmax, resolve};
use toile_nn::executor::{Executor, ImageRows, RowIndex, Training};
use toile_nn::optimizer::Adam;
use toile_nn::plain::PlainExecutor;
use toile_study::recipe::TestTimeAugmentation;
use toile_study::views;

/// Written by `bench/golden/test_time.py`.
#[derive(Deserialize)]
struct Case {
    shape: [usize; 3],
    flip: bool,
    shifts: usize,
    log_probabilities: Vec<f64>,
}

const IMAGES: usize = 2;
const CLASSES: usize = 3;

/// Images as values, `[image][row][column][channel]`.
struct Rows {
    values: Vec<f32>,
    height: usize,
}

impl ImageRows for Rows {
    fn write(&self, RowIndex { image, row }: RowIndex, to: &mut [f32]) {
        let start = (image * self.height + row) * to.len();
        to.copy_from_slice(&self.values[start..start + to.len()]);
    }
}

/// The network with the weights of the formula.
fn network(shape: [usize; 3]) -> PlainExecutor<f32> {
    let layers =
        [Layer::Flatten(Flatten), Layer::Linear(Linear::new(CLASSES)), Layer::LogSoftmax(LogSoftmax)];
    let network = resolve(shape, &layers, CLASSES).unwrap();
    let mut executor = PlainExecutor::<f32>::new(&network, Training::new(Adam::default(), 0));
    let mut state = executor.state_dict();
    for (_, tensor) in &mut state.entries {
        let is_bias = tensor.data.len() == CLASSES;
        for (i, value) in tensor.data.iter_mut().enumerate() {
            *value = if is_bias { 0.0 } else { (((i * i * 7 + i * 37) % 129) as f32 - 64.0) / 64.0 };
        }
    }
    executor.load_state_dict(&state).unwrap();
    executor
}

#[test]
fn agrees_with_pytorch() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("test_time.json")).unwrap();
    assert_eq!(cases.len(), 8);
    for Case { shape, flip, shifts, log_probabilities } in cases {
        let [channels, height, width] = shape;
        let of_image = |i: usize| ((i * i * 31 + i * 17) % 251) as f32 / 256.0;
        let values = (0..IMAGES * channels * height * width).map(of_image).collect();
        let rows = Rows { values, height };
        let views = TestTimeAugmentation { flip, shifts };
        assert!(shifts <= TestTimeAugmentation::shifts_max([height, width]));
        let mut found = [0.0; IMAGES * CLASSES];
        views::log_probabilities(&mut network(shape), &rows, shape, Some(views), &mut found);
        for (found, expected) in found.iter().zip(&log_probabilities) {
            // Logits are exact; their largest is below 64, where an f32 has steps of 4e-6.
            let difference = (f64::from(*found) - expected).abs();
            assert!(difference < 8e-6, "{shape:?} {views:?}: {found} for {expected}");
        }
        assert_eq!(views.views().len(), views.passes());
    }
}
