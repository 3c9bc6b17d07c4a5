//! An input that a convolution normalises itself, between the pages.

use toile_kernels::activation::Activation;
use toile_kernels::batch_norm::{Input, InputSums, Normalise, WayIn, image_moments_len};
use toile_kernels::layout::{Images, Layout};

use super::{Bench, Guarded, IMAGES};

/// What it is made from, which has no border, and one thread's room for it.
pub(super) struct MadeInput {
    from: Layout,
    x: Guarded<f32>,
    room: Guarded<f32>,
    /// Mean, invstd, gamma, beta.
    channel: [Guarded<f32>; 4],
    sums: Guarded<f32>,
}

impl MadeInput {
    pub(super) fn new(bench: &Bench, input: Layout) -> MadeInput {
        let from = Layout::dense([input.channels, input.height, input.width]);
        MadeInput {
            from,
            x: bench.values(from.buffer_len(IMAGES)),
            room: bench.values(input.image_stride()),
            channel: [(); 4].map(|()| bench.values(input.channels)),
            sums: bench.values(image_moments_len(input, IMAGES)),
        }
    }

    /// The input, and the sums that are wanted of its gradient.
    pub(super) fn input_and_sums(&mut self) -> (Input<'_>, Option<InputSums<'_>>) {
        let [mean, invstd, gamma, beta] = self.channel.each_ref().map(|values| &values[..]);
        let with = Normalise { mean, invstd, gamma, beta, activation: Some(Activation::ReLU) };
        let way_in = WayIn::new(IMAGES, with, Images { values: &self.x, layout: self.from });
        let sums = InputSums { way_in, sums: &mut self.sums };
        (Input::Normalised { way_in, room: &mut self.room }, Some(sums))
    }
}
