//! What the time between two checkpoints costs and saves: the simulated end of a study and the work that failures take
//! away, for several intervals and clusters.
//!
//! ```sh
//! cargo run --release -p toile-bench --example checkpoint_interval -- [RUN_SECONDS [CHECKPOINT_MEGABYTES]]
//! ```

use toile_cluster::simulation::{Cluster, Outcome, simulate};

const RUNS: usize = 10_000;
const NODES: usize = 1_000;
/// Seconds of work between two checkpoints; the last is none but at the end of a run.
const INTERVALS: [f64; 7] = [5.0, 20.0, 60.0, 180.0, 600.0, 1_800.0, f64::INFINITY];
/// Seconds of an epoch, after which Toile writes one.
const EPOCH: f64 = 15.0;
/// What a row of the table is a mean over.
const SEEDS: u64 = 5;

/// A usual cluster: requests as they were counted (docs/scaling.md), a file system of a few thousand writing requests
/// and half a gigabyte a second, one node in fifty at half the speed.
fn usual(megabytes: f64) -> Cluster {
    Cluster {
        nodes: NODES,
        repair_seconds: 600.0,
        // Slurm notices within a minute; without it five minutes of silence count.
        noticed_after_seconds: 60.0,
        slow_share: 0.02,
        slow_factor: 2.0,
        start_seconds: 5.0,
        requests_per_checkpoint: 5.0,
        requests_per_run: 100.0,
        requests_per_second: 5_000.0,
        bytes_per_checkpoint: megabytes * 1e6,
        bytes_per_second: 500e6,
        ..Cluster::default()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, usual: f64| words.get(place).map_or(Ok(usual), |word| word.parse::<f64>());
    let (seconds, megabytes) = (number(0, 600.0)?, number(1, 7.7)?);
    let runs = vec![seconds; RUNS];
    println!(
        "{RUNS} runs of {seconds} s on {NODES} nodes, {megabytes} MB a checkpoint; means of {SEEDS} simulations"
    );
    let usual = usual(megabytes);
    for (what, cluster) in [
        (
            "a node fails every 30 days",
            Cluster { node_fails_after_seconds: 30.0 * 86_400.0, ..usual.clone() },
        ),
        (
            "a node is taken away every 2 hours",
            Cluster { node_fails_after_seconds: 7_200.0, ..usual.clone() },
        ),
        (
            "every 2 hours, and a file system a tenth as fast",
            Cluster {
                node_fails_after_seconds: 7_200.0,
                requests_per_second: usual.requests_per_second / 10.0,
                bytes_per_second: usual.bytes_per_second / 10.0,
                ..usual.clone()
            },
        ),
    ] {
        println!(
            "\n{what}\n{:>10} {:>10} {:>12} {:>12} {:>12} {:>10}",
            "interval", "end", "lost", "waited", "checkpoints", "busy"
        );
        for interval in INTERVALS {
            println!("{}", row(&runs, &Cluster { checkpoint_every: interval, ..cluster.clone() }));
        }
        let as_toile_does = Cluster { checkpoint_every: EPOCH, checkpoints_apart: 20.0, ..cluster };
        println!("{}", row(&runs, &as_toile_does));
    }
    println!(
        "\n* after an epoch, but not before twenty times as long as the last one took: as Toile writes them"
    );
    Ok(())
}

fn row(runs: &[f64], cluster: &Cluster) -> String {
    let outcomes: Vec<Outcome> = (0..SEEDS).map(|seed| simulate(runs, cluster, seed)).collect();
    let mean = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>() / outcomes.len() as f64;
    let interval = match cluster.checkpoint_every {
        every if cluster.checkpoints_apart > 0.0 => format!("{every:.0} s *"),
        every if every.is_finite() => format!("{every:.0} s"),
        _ => "none".to_owned(),
    };
    format!(
        "{interval:>10} {:>8.2} h {:>10.1} h {:>10.1} h {:>12.0} {:>8.1} %",
        mean(|outcome| outcome.makespan_seconds) / 3600.0,
        mean(|outcome| outcome.lost_seconds) / 3600.0,
        mean(|outcome| outcome.waited_seconds) / 3600.0,
        mean(|outcome| outcome.checkpoints as f64),
        100.0 * mean(|outcome| outcome.file_system_busy)
    )
}
