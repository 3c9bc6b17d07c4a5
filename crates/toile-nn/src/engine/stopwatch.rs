//! How long each stage takes.

use std::time::Instant;

/// What a stage took while the stopwatch ran.
#[derive(Clone, Debug, PartialEq)]
pub struct StageTime {
    /// Its operations: `Conv2d + ReLU + MaxPool2d`; `LogSoftmax + NLL` is the last.
    pub name: String,
    /// Seconds going forward.
    pub forward_seconds: f64,
    /// Seconds going backward, updates included.
    pub backward_seconds: f64,
}

/// Which part of a step is timed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pass {
    Forward(usize),
    Head,
    Backward(usize),
}

/// Sums up the times of stages.
#[derive(Debug)]
pub(super) struct Stopwatch {
    times: Vec<StageTime>,
}

impl Stopwatch {
    pub(super) fn new(stages: impl Iterator<Item = String>) -> Stopwatch {
        let time = |name| StageTime { name, forward_seconds: 0.0, backward_seconds: 0.0 };
        Stopwatch { times: stages.chain(["LogSoftmax + NLL".to_string()]).map(time).collect() }
    }

    pub(super) fn into_times(self) -> Vec<StageTime> {
        self.times
    }

    fn add(&mut self, pass: Pass, seconds: f64) {
        let head = self.times.len() - 1;
        match pass {
            Pass::Forward(stage) => self.times[stage].forward_seconds += seconds,
            Pass::Head => self.times[head].forward_seconds += seconds,
            Pass::Backward(stage) => self.times[stage].backward_seconds += seconds,
        }
    }
}

/// Does the work; looks at the clock only where somebody wants to know.
pub(super) fn timed<T>(stopwatch: &mut Option<Stopwatch>, pass: Pass, work: impl FnOnce() -> T) -> T {
    let Some(stopwatch) = stopwatch else { return work() };
    let start = Instant::now();
    let result = work();
    stopwatch.add(pass, start.elapsed().as_secs_f64());
    result
}
