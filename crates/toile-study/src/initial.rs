//! Parameters that start from the images a run is trained on.

use toile_nn::description::Network;
use toile_nn::initialisation::state_of_images;
use toile_nn::state::StateDict;

use crate::images::Images;

/// More images tell no more about the covariance of their patches.
const IMAGES_MAX: usize = 5000;

/// The initial parameters where some of them start from images: from at most [`IMAGES_MAX`] of these, evenly spread over
/// their order, normalised and not augmented. `None` where none does, so that a network's own initial parameters stand.
pub fn initial_state(network: &Network, seed: u64, images: Images<'_>) -> Option<StateDict<f32>> {
    let all = images.indices.len();
    let count = all.min(IMAGES_MAX);
    let chosen: Vec<u32> = (0..count).map(|place| images.indices[place * all / count]).collect();
    state_of_images(network, seed, &Images { indices: &chosen, ..images }, count)
}
