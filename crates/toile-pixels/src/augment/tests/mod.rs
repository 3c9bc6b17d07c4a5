mod batches;
mod golden;
mod mistakes;
mod randomness;

/// An image from a formula, which the script that writes the golden values has too.
fn image([channels, height, width]: [usize; 3]) -> Vec<u8> {
    let byte = |index: usize| {
        let (pixel, channel) = (index / channels, index % channels);
        let (row, column) = (pixel / width, pixel % width);
        let noise = (index * index * 31 + index * 17) % 41;
        (((row * 19 + column * 13 + channel * 67) % 215 + noise) % 256) as u8
    };
    (0..channels * height * width).map(byte).collect()
}
