//! Images to measure with, and the batches drawn from them.

use toile_data::{Dataset, LoadOptions, batches};
use toile_kernels::random::{Purpose, Stream};
use toile_nn::description::Network;

/// Real images where the network takes such; how fast it is hardly depends on which. Else noise.
pub(super) fn dataset(network: &Network) -> anyhow::Result<Dataset> {
    let real = toile_data::load("fashion-mnist-small", &LoadOptions::default(), &mut |_| ())?.train;
    let (shape, classes) = (network.input.dims(), network.classes);
    if real.image_shape == shape && real.class_names.len() == classes {
        return Ok(real);
    }
    let images = real.len();
    let noise = |what: u32| Stream::new(0, Purpose::Split, 0, what);
    let bytes = images * shape.iter().product::<usize>();
    let words = (0..bytes.div_ceil(16) as u32).flat_map(|block| noise(0).block(block));
    let pixels: Vec<u8> = words.flat_map(u32::to_le_bytes).take(bytes).collect();
    let labels = (0..images as u32).map(|image| noise(1).u32(image) % classes as u32).collect();
    Ok(Dataset::new(shape, pixels, labels, (0..classes).map(|class| class.to_string()).collect()))
}

/// Draws batches as a training loop does: an order an epoch. An epoch that ends within a batch goes over into
/// the next one, so that all batches are of the same size.
pub(super) struct Draw {
    images: usize,
    order: Vec<u32>,
    used: usize,
    /// From 1; 0 before the first batch.
    pub(super) epoch: u32,
    ids: Vec<u32>,
}

impl Draw {
    pub(super) fn new(images: usize) -> Draw {
        Draw { images, order: Vec::new(), used: 0, epoch: 0, ids: Vec::new() }
    }

    pub(super) fn next(&mut self, batch_size: usize) -> &[u32] {
        self.ids.clear();
        while self.ids.len() < batch_size {
            if self.used == self.order.len() {
                self.epoch += 1;
                (self.order, self.used) = (batches::epoch_order(0, self.epoch, self.images), 0);
            }
            let take = (batch_size - self.ids.len()).min(self.order.len() - self.used);
            self.ids.extend_from_slice(&self.order[self.used..self.used + take]);
            self.used += take;
        }
        &self.ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_go_through_the_images_epoch_by_epoch() {
        let mut draw = Draw::new(5);
        let ids: Vec<u32> = (0..5).flat_map(|_| draw.next(3).to_vec()).collect();
        assert_eq!(draw.epoch, 3);
        for (epoch, ids) in (1..).zip(ids.chunks_exact(5)) {
            assert_eq!(ids, batches::epoch_order(0, epoch, 5));
        }
        assert_eq!(Draw::new(2).next(7).len(), 7);
    }
}
