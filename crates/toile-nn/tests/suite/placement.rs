//! Where gradients live.

use toile_nn::description::{AdaptiveAvgPool2d, Flatten, Layer, LogSoftmax, Pair, resolve};
use toile_nn::engine::{Engine, EngineOptions};
use toile_nn::executor::Training;
use toile_nn::optimizer::Adam;

use crate::networks::{conv, linear};

/// Cache lines that the gradients of an image of 16x16 take more than those of one of 8x8, in all of their buffers. (There is
/// room for more activations than those of such small batches.)
fn lines(channels: &[usize]) -> u64 {
    let bytes = |side: usize, batch_size: usize| {
        let mut layers: Vec<Layer> = channels.iter().map(|&channels| conv(channels, 1, 1, 0)).collect();
        layers.push(Layer::AdaptiveAvgPool2d(AdaptiveAvgPool2d { output_size: Pair::square(1) }));
        layers.extend([Layer::Flatten(Flatten), linear(4), Layer::LogSoftmax(LogSoftmax)]);
        let network = resolve([2, side, side], &layers, 4).expect("a network");
        let options = EngineOptions { batch_size, threads: 1, ..EngineOptions::default() };
        Engine::bytes(&network, &Training::new(Adam::default(), 7), options).expect("it fits")
    };
    let of_16_images = |side| bytes(side, 32) - bytes(side, 16);
    (of_16_images(16) - of_16_images(8)) / (16 * 64)
}

/// A core finds what it wrote itself only where images lie as they did before.
#[test]
fn gradients_share_memory_with_those_of_images_as_large() {
    let [wide, narrow] = [16, 8].map(|channels| channels * (16 * 16 - 8 * 8) / 16);
    let three = lines(&[16, 16, 16]);
    assert_eq!(three, 2 * wide);
    assert_eq!(lines(&[16, 16, 16, 16, 16]), three);
    assert_eq!(lines(&[16, 16, 16, 8, 8]), three + 2 * narrow);
    assert_eq!(lines(&[16, 16, 16, 8, 8, 16, 8]), three + 2 * narrow);
}
