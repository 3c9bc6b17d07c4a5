//! The simulation itself: what happens next, again and again.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use super::chance::Chance;
use super::cluster::Cluster;
use super::outcome::Outcome;

/// Something that happens at a time. Of two at the same time the one that was planned first comes first.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Event {
    at: f64,
    number: u64,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    /// The node can take a run.
    Free(usize),
    /// The node has worked to its next checkpoint, or to the end of its run. Void where it failed since: then its
    /// number of lives is another.
    Reached { node: usize, life: u32 },
    /// The node has what it wanted of the file system, and works on.
    Written { node: usize, life: u32 },
    /// The node fails.
    Fails(usize),
    /// The death of whoever did the run is noticed.
    Noticed(usize),
}

impl Eq for Event {}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Less work than this is none: sums of stretches are rounded.
const END: f64 = 1e-9;

/// What a node is about.
#[derive(Clone, Copy, Debug)]
struct Node {
    chance: Chance,
    /// Times longer than a usual node it takes.
    factor: f64,
    life: u32,
    run: Option<usize>,
    /// Seconds of work, at a usual node's speed, since the last checkpoint that is written.
    stretch: f64,
    /// When it began with that; `None` while it reads what it begins with.
    began: Option<f64>,
    /// How long the file system took for what it last asked.
    waited: f64,
}

struct Simulation<'a> {
    cluster: &'a Cluster,
    events: BinaryHeap<Event>,
    planned: u64,
    nodes: Vec<Node>,
    /// Nodes without a run.
    idle: VecDeque<usize>,
    queue: VecDeque<usize>,
    /// Seconds of work left of each run, from its last checkpoint on.
    left: Vec<f64>,
    runs_left: usize,
    /// When the file system has served all that was asked of it.
    file_system_free: f64,
    file_system_seconds: f64,
    outcome: Outcome,
}

/// What becomes of runs of these lengths (seconds on a usual node), taken in their order.
///
/// # Panics
/// Without nodes.
pub fn simulate(runs: &[f64], cluster: &Cluster, seed: u64) -> Outcome {
    assert!(cluster.nodes > 0, "somebody has to do the work");
    let mut simulation = Simulation {
        cluster,
        events: BinaryHeap::new(),
        planned: 0,
        nodes: Vec::new(),
        idle: VecDeque::new(),
        queue: (0..runs.len()).collect(),
        left: runs.to_vec(),
        runs_left: runs.len(),
        file_system_free: 0.0,
        file_system_seconds: 0.0,
        outcome: Outcome::default(),
    };
    for node in 0..cluster.nodes {
        let mut chance = Chance::new(seed, node);
        let factor = if chance.uniform() < cluster.slow_share { cluster.slow_factor } else { 1.0 };
        simulation.nodes.push(Node {
            chance,
            factor,
            life: 0,
            run: None,
            stretch: 0.0,
            began: None,
            waited: 0.0,
        });
        simulation.plan(0.0, What::Free(node));
        simulation.plan_failure(0.0, node);
    }
    simulation.go()
}

impl Simulation<'_> {
    fn plan(&mut self, at: f64, what: What) {
        self.planned += 1;
        self.events.push(Event { at, number: self.planned, what });
    }

    fn plan_failure(&mut self, now: f64, node: usize) {
        if self.cluster.node_fails_after_seconds.is_finite() {
            let after = self.nodes[node].chance.exponential(self.cluster.node_fails_after_seconds);
            self.plan(now + after, What::Fails(node));
        }
    }

    fn go(mut self) -> Outcome {
        while self.runs_left > 0
            && let Some(Event { at, what, .. }) = self.events.pop()
        {
            match what {
                What::Free(node) => {
                    self.idle.push_back(node);
                    self.give(at);
                }
                What::Reached { node, life } if self.nodes[node].life == life => self.reached(at, node),
                What::Written { node, life } if self.nodes[node].life == life => self.work(at, node),
                What::Reached { .. } | What::Written { .. } => {}
                What::Fails(node) => self.fails(at, node),
                What::Noticed(run) => {
                    self.queue.push_front(run);
                    self.give(at);
                }
            }
        }
        if self.outcome.makespan_seconds > 0.0 {
            self.outcome.file_system_busy = self.file_system_seconds / self.outcome.makespan_seconds;
        }
        self.outcome
    }

    /// Gives runs that wait to nodes that do.
    fn give(&mut self, now: f64) {
        while let (Some(&node), true) = (self.idle.front(), !self.queue.is_empty()) {
            self.idle.pop_front();
            self.nodes[node].run = self.queue.pop_front();
            let seconds = self.cluster.run_seconds();
            self.ask(now + self.cluster.start_seconds, node, seconds);
        }
    }

    /// Asks the file system for something that takes it so long; the node goes on when it is done.
    fn ask(&mut self, now: f64, node: usize, seconds: f64) {
        let done = self.file_system_free.max(now) + seconds;
        self.file_system_free = done;
        self.file_system_seconds += seconds;
        self.outcome.waited_seconds += done - now;
        self.nodes[node].waited = done - now;
        let life = self.nodes[node].life;
        self.plan(done, What::Written { node, life });
    }

    /// Works to the next checkpoint, or to the end; a run without work left is over. What was done before is kept from now
    /// on: its checkpoint is written.
    fn work(&mut self, now: f64, node: usize) {
        let Some(run) = self.nodes[node].run else { return };
        if self.nodes[node].began.take().is_some() {
            let Node { stretch, factor, .. } = self.nodes[node];
            self.left[run] -= stretch;
            if self.left[run] <= END {
                self.left[run] = 0.0;
            }
            self.outcome.useful_seconds += stretch * factor;
            self.outcome.checkpoints += 1;
        }
        if self.left[run] <= 0.0 {
            self.runs_left -= 1;
            self.outcome.makespan_seconds = self.outcome.makespan_seconds.max(now);
            self.nodes[node].run = None;
            self.idle.push_back(node);
            self.give(now);
            return;
        }
        let Node { factor, life, waited, .. } = self.nodes[node];
        let every = self.cluster.checkpoint_every.max(waited * self.cluster.checkpoints_apart);
        let stretch = self.left[run].min(every / factor);
        (self.nodes[node].stretch, self.nodes[node].began) = (stretch, Some(now));
        self.plan(now + stretch * factor, What::Reached { node, life });
    }

    /// At a checkpoint, or at the end of the run, whose files are written likewise.
    fn reached(&mut self, now: f64, node: usize) {
        let Node { stretch, run, .. } = self.nodes[node];
        let run = run.expect("it works");
        let mut seconds = self.cluster.checkpoint_seconds();
        if self.left[run] - stretch <= END {
            seconds += self.cluster.run_seconds();
        }
        self.ask(now, node, seconds);
    }

    fn fails(&mut self, now: f64, node: usize) {
        let repaired = now + self.cluster.repair_seconds;
        self.plan_failure(repaired, node);
        self.nodes[node].life += 1;
        self.idle.retain(|&idle| idle != node);
        if let Some(run) = self.nodes[node].run.take() {
            self.outcome.failures += 1;
            let Node { stretch, factor, began, .. } = &mut self.nodes[node];
            // Waiting for the file system is no work.
            let lost = began.take().map_or(0.0, |began| (now - began).min(*stretch * *factor));
            self.outcome.lost_seconds += lost;
            self.plan(now + self.cluster.noticed_after_seconds, What::Noticed(run));
        }
        self.plan(repaired, What::Free(node));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_goes_wrong_it_is_a_list_schedule() {
        for (runs, nodes, makespan) in
            [(vec![4.0, 3.0, 2.0], 2, 5.0), (vec![1.0; 10], 3, 4.0), (vec![7.0], 5, 7.0), (vec![], 2, 0.0)]
        {
            let outcome = simulate(&runs, &Cluster { nodes, ..Cluster::default() }, 1);
            assert_eq!(outcome.makespan_seconds, makespan, "{runs:?}");
            assert_eq!((outcome.useful_seconds, outcome.lost_seconds), (runs.iter().sum(), 0.0));
        }
    }

    #[test]
    fn a_file_system_that_serves_one_after_the_other_is_waited_for() {
        // Ten nodes write their checkpoint at the same time: the last waits for ten.
        let cluster = Cluster {
            nodes: 10,
            checkpoint_every: 50.0,
            requests_per_checkpoint: 10.0,
            requests_per_second: 10.0,
            ..Cluster::default()
        };
        let outcome = simulate(&[100.0; 10], &cluster, 1);
        assert_eq!(outcome.checkpoints, 20);
        assert_eq!(outcome.makespan_seconds, 120.0 - 9.0);
        assert!((outcome.file_system_busy - 20.0 / 111.0).abs() < 1e-9);
    }

    #[test]
    fn checkpoints_that_keep_their_distance_do_not_drown_the_file_system() {
        let slow = Cluster {
            nodes: 100,
            checkpoint_every: 10.0,
            bytes_per_checkpoint: 1.0,
            bytes_per_second: 5.0,
            ..Cluster::default()
        };
        let apart = Cluster { checkpoints_apart: 20.0, ..slow.clone() };
        let [slow, apart] = [&slow, &apart].map(|cluster| simulate(&[1_000.0; 100], cluster, 1));
        // Each of a hundred nodes waits for a hundred checkpoints, twenty seconds, after every ten seconds of work.
        assert!(slow.makespan_seconds > 1_900.0, "{slow:?}");
        // It takes all that the file system gives without waiting for it: of a run's time a twentieth, and the first wait.
        assert!(apart.makespan_seconds < 1.1 * 1_000.0, "{apart:?}");
        assert!(slow.file_system_busy > 0.95 && apart.file_system_busy < 0.9, "{slow:?} {apart:?}");
    }

    #[test]
    fn a_checkpoint_that_is_cut_off_in_writing_is_lost() {
        // Ten seconds of work, and a thousand of writing: failures come while it writes, and take all ten every time.
        let cluster = Cluster {
            nodes: 1,
            node_fails_after_seconds: 300.0,
            bytes_per_checkpoint: 1_000.0,
            bytes_per_second: 1.0,
            ..Cluster::default()
        };
        let outcome = simulate(&[10.0], &cluster, 1);
        assert!(outcome.lost_seconds > 100.0, "{outcome:?}");
        assert!(outcome.lost_seconds <= 10.0 * outcome.failures as f64, "{outcome:?}");
        assert_eq!((outcome.useful_seconds, outcome.checkpoints), (10.0, 1));
    }

    /// Means over seeds.
    fn mean(cluster: &Cluster, of: fn(&Outcome) -> f64) -> f64 {
        (0..40).map(|seed| of(&simulate(&[1000.0; 200], cluster, seed))).sum::<f64>() / 40.0
    }

    #[test]
    fn what_failures_take_away_follows_the_interval() {
        let failing = Cluster {
            nodes: 20,
            node_fails_after_seconds: 5_000.0,
            repair_seconds: 300.0,
            noticed_after_seconds: 60.0,
            ..Cluster::default()
        };
        let every = |seconds| Cluster { checkpoint_every: seconds, ..failing.clone() };
        for (seconds, at_most) in [(20.0, 20.0), (200.0, 200.0)] {
            // A failure costs half an interval on average (Young 1974): so long as intervals are short beside failures.
            let lost = mean(&every(seconds), |outcome| outcome.lost_seconds / outcome.failures.max(1) as f64);
            assert!((lost - at_most / 2.0).abs() < 0.1 * at_most, "{seconds}: {lost}");
        }
        let makespan = |seconds| mean(&every(seconds), |outcome| outcome.makespan_seconds);
        assert!(makespan(20.0) < makespan(1000.0));
        let outcome = simulate(&[1000.0; 200], &every(100.0), 3);
        assert!(
            (outcome.useful_seconds - 200_000.0).abs() < 1e-6,
            "all work is done once that counts: {outcome:?}"
        );
        assert!(outcome.failures > 10, "{outcome:?}");
        assert_eq!(outcome, simulate(&[1000.0; 200], &every(100.0), 3), "a seed gives the same again");
    }

    #[test]
    fn slow_nodes_are_waited_for_at_the_end() {
        let slow = Cluster { nodes: 10, slow_share: 0.3, slow_factor: 4.0, ..Cluster::default() };
        let usual = Cluster { nodes: 10, ..Cluster::default() };
        let [with, without] =
            [&slow, &usual].map(|cluster| mean(cluster, |outcome| outcome.makespan_seconds));
        // The work that they do is as long, and the last run may begin on one of them.
        assert!(with > 1.2 * without && with < 2.0 * without, "{with}, {without}");
    }
}
