//! How often verdicts err and intervals hold, in simulated studies like real ones, as a Markdown table.
//!
//! cargo run --release -p toile-bench --example coverage -- [--repetitions N] [--images N] [FIRST
//! SECOND]...
//!
//! FIRST and SECOND are folders of a model's runs on the same test images (`seed-<n>/predictions.csv` in
//! each). The moments of their matrices are measured and printed as JSON, as `tests/data/fits.json` holds
//! them; without folders those are used. Then studies are simulated, with 2,000 images (the parts of the
//! variance keep their shares), and real runs of one recipe are compared with each other where there are at
//! least six.

#[path = "../../../toile-statistics/tests/suite/simulation/mod.rs"]
mod simulation;

mod runs;

use simulation::latent::fit;
use simulation::moments::Moments;
use simulation::normals::Normals;
use simulation::rates::{ALPHA, Rates, Setup, as_fitted, measure, without_difference};
use std::path::Path;
use std::process::ExitCode;
use toile_statistics::{Sample, difference};

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mut repetitions, mut images) = (2000, 2000);
    while let Some(option) = arguments.first().filter(|first| first.starts_with("--")).cloned() {
        let Some(number) = arguments.get(1).and_then(|number| number.parse::<u32>().ok()) else {
            return refuse(&format!("{option} needs a number"));
        };
        match option.as_str() {
            "--repetitions" => repetitions = number,
            "--images" => images = number as usize,
            _ => return refuse(&format!("{option}: expected --repetitions or --images")),
        }
        arguments.drain(..2);
    }
    if arguments.len() % 2 == 1 {
        return refuse("folders come in pairs: FIRST SECOND");
    }
    let mut all: Vec<Moments> = Vec::new();
    for pair in arguments.chunks(2) {
        let read = |folder: &String| runs::correctness(Path::new(folder));
        let (first, second) = match (read(&pair[0]), read(&pair[1])) {
            (Ok(first), Ok(second)) => (first, second),
            (Err(error), _) | (_, Err(error)) => return refuse(&error),
        };
        if first.len() < 2 || second.len() < 2 || first[0].len() != second[0].len() {
            return refuse("both models need two runs or more, on the same images");
        }
        for (folder, model) in pair.iter().zip([&first, &second]) {
            same_recipe(folder, model);
        }
        all.push(Moments::of(&format!("{} and {}", pair[0], pair[1]), [&first, &second]));
    }
    if all.is_empty() {
        let shipped = include_str!("../../../toile-statistics/tests/data/fits.json");
        all = serde_json::from_str(shipped).expect("the crate's own data");
    } else {
        println!("{}\n", serde_json::to_string_pretty(&all).expect("plain numbers"));
    }
    let normals = Normals::new();
    for moments in &all {
        table(moments, &normals, images, repetitions);
    }
    ExitCode::SUCCESS
}

fn refuse(message: &str) -> ExitCode {
    eprintln!("coverage: {message}");
    ExitCode::FAILURE
}

/// A row a scenario and number of seeds.
fn table(moments: &Moments, normals: &Normals, images: usize, repetitions: u32) {
    let fit = fit(moments, images);
    println!("## {}\n", moments.name);
    println!("{fit:?}\n");
    println!(
        "{repetitions} studies of {images} images a row, in percent. Claims: studies in which any pair \
         was called different; at one look at most {} are allowed, at all looks {}. \
         Coverage: of the interval at {}.\n",
        percent(ALPHA / 2.0),
        percent(ALPHA),
        percent(1.0 - ALPHA)
    );
    println!("| scenario | seeds | pairs | looks | claims | coverage |\n|---|---|---|---|---|---|");
    let mut stream = 0;
    let mut row = |scenario: &simulation::world::Scenario, setup: Setup| {
        stream += 1;
        let rates = measure(scenario, normals, setup, 1000 + stream);
        let pairs = scenario.models.len() * (scenario.models.len() - 1) / 2;
        println!(
            "| {}{} | {} | {pairs} | {} | {} | {} |",
            scenario.name,
            if setup.own_seeds { ", seeds of their own" } else { "" },
            setup.seeds,
            setup.looks,
            with_error(rates.claimed(), &rates),
            with_error(rates.coverage(), &rates)
        );
    };
    for seeds in [3, 5, 10] {
        let once = Setup { images, seeds, looks: 1, own_seeds: false, repetitions };
        for scenario in without_difference(&fit, 2) {
            row(&scenario, once);
            row(&scenario, Setup { own_seeds: true, ..once });
        }
        row(&as_fitted(&fit), once);
    }
    for models in [2, 3, 4] {
        for scenario in without_difference(&fit, models) {
            let looks = Setup { images, seeds: 3, looks: 4, own_seeds: false, repetitions };
            row(&scenario, looks);
        }
    }
    println!();
}

/// A share with its standard deviation over simulations.
fn with_error(share: f64, rates: &Rates) -> String {
    format!("{} ± {}", percent(share), percent(rates.deviation(share)))
}

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// Pairs of threes of runs, at most.
const PAIRS: usize = 2500;

/// Real runs of one recipe against each other: disjoint threes of seeds, whose difference is nothing. The
/// splits share runs, so that their share has no simple error.
fn same_recipe(folder: &str, runs: &[Vec<bool>]) {
    let triples: Vec<[usize; 3]> =
        (0..runs.len()).flat_map(|a| (0..a).flat_map(move |b| (0..b).map(move |c| [a, b, c]))).collect();
    let sample = |triple: &[usize; 3]| {
        let seeds = triple.map(|run| run as u64);
        let rows = triple.map(|run| runs[run].clone());
        Sample::of_correctness(&seeds, &rows).expect("runs on the same images")
    };
    let pairs: Vec<[&[usize; 3]; 2]> = triples
        .iter()
        .enumerate()
        .flat_map(|(number, first)| triples[..number].iter().map(move |second| [first, second]))
        .filter(|[first, second]| first.iter().all(|run| !second.contains(run)))
        .collect();
    // From all runs alike, where there are too many pairs.
    let chosen: Vec<_> = pairs.iter().step_by(pairs.len().div_ceil(PAIRS).max(1)).collect();
    let claims = chosen.iter().filter(|[first, second]| {
        let found = difference(&sample(first), &sample(second)).expect("the same images");
        !found.interval(ALPHA).contains(0.0)
    });
    let (splits, claims) = (chosen.len() as u32, claims.count() as u32);
    if splits > 0 {
        println!(
            "{folder}: of {splits} pairs of disjoint threes of its {} runs, {} % have an interval at {} % \
             without 0.\n",
            runs.len(),
            percent(f64::from(claims) / f64::from(splits)),
            percent(1.0 - ALPHA)
        );
    }
}
