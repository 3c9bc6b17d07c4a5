//! Does training from the cache's mapped file cost anything? One epoch on a folder's pictures as they are mapped, and
//! one on a copy of them in memory, by turns:
//! `cargo run --release -p toile-bench --example mapped -- FOLDER SIZE [ROUNDS]`.

use std::time::Instant;

use toile::data::{DataSource, Dataset, Location};
use toile::{Recipe, layers, layers::*};

/// Images a second of one epoch.
fn rate(recipe: &Recipe, data: &Dataset) -> Result<f64, toile::Error> {
    let start = Instant::now();
    toile::train(recipe, data, 0)?;
    Ok(data.len() as f64 / start.elapsed().as_secs_f64())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, size, rounds @ ..] = &words[..] else { return Err("expected FOLDER SIZE [ROUNDS]".into()) };
    let (size, rounds): (usize, usize) = (size.parse()?, rounds.first().map_or(Ok(3), |text| text.parse())?);
    let pictures = DataSource::at(Location::Folders(vec![folder.into()]), "pictures");
    let source =
        DataSource { image_size: Some([size, size]), channels: Some(3), test_share: 0.02, ..pictures };
    let mapped = toile::data::open(&source)?.train;
    let pixels: Vec<u8> =
        (0..mapped.len() as u32).flat_map(|image| mapped.image(image).iter().copied()).collect();
    let copy = Dataset::new(mapped.image_shape, pixels, mapped.labels.clone(), mapped.class_names.clone());
    // The network of bench/larger_than_memory.py.
    let padded = |channels: usize| Conv2d { padding: Pair::square(1), ..Conv2d::new(channels, 3) };
    let layers = layers![
        Conv2d { stride: Pair::square(2), ..padded(8) },
        ReLU,
        MaxPool2d::new(2),
        padded(16),
        ReLU,
        MaxPool2d::new(2),
        Flatten,
        Linear::new(10),
        LogSoftmax
    ];
    let recipe = Recipe { layers, epochs: 1, batch_size: 128, ..Recipe::default() };
    let mut shares = Vec::new();
    for round in 1..=rounds {
        let (from_memory, from_file) = (rate(&recipe, &copy)?, rate(&recipe, &mapped)?);
        shares.push(from_file / from_memory);
        println!("round {round}: {from_memory:.0} images/s in memory, {from_file:.0} mapped");
    }
    shares.sort_by(f64::total_cmp);
    println!("mapped at {:.1} % of the rate in memory (median)", 100.0 * shares[shares.len() / 2]);
    Ok(())
}
