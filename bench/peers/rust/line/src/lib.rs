//! What every peer written in Rust shares: its job, its images, and the lines it speaks with compare.py.

pub mod epochs;
pub mod inference;
pub mod job;
pub mod layers;

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

use serde_json::{Value, json};

/// Any failure: compare.py shows its text.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The job named by the last argument.
pub fn job() -> Result<Value, Failure> {
    let path = std::env::args().next_back().unwrap_or_default();
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

/// Says that the peer is ready; then answers each line of standard input, a number of images, by handling at
/// least so many. `work` returns how many they were and the mean training loss, if there is one.
pub fn serve(
    ready: Value,
    mut work: impl FnMut(usize) -> Result<(usize, Option<f64>), Failure>,
) -> Result<(), Failure> {
    say(&ready)?;
    for line in std::io::stdin().lock().lines() {
        let wanted: usize = line?.trim().parse()?;
        let start = Instant::now();
        let (images, loss) = work(wanted)?;
        say(&json!({ "images": images, "seconds": start.elapsed().as_secs_f64(), "loss": loss }))?;
    }
    Ok(())
}

fn say(value: &Value) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}
