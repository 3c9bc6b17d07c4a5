//! What it takes to hand something from one core to another: what small networks wait for, step by step.
//!
//! Cores that share a cache hand over within some ten nanoseconds, those of different parts of a processor or of
//! different processors within some hundred. Which ones a virtual machine runs on changes without notice, and with it
//! how fast the same program is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::team::Team;

/// Ways there and back of a try: so many that reading the clock does not count.
const TURNS: usize = 100;
const TRIES: usize = 200;
/// No further try after this: where threads share a core, each waits for the other to leave it.
const LIMIT: Duration = Duration::from_millis(100);

/// Looks before a waiting thread gives its core away.
const LOOKS: usize = 10_000;

/// What ends the exchange.
const END: usize = usize::MAX;

/// A number in cache lines of its own.
#[repr(align(128))]
struct Ball(AtomicUsize);

impl Ball {
    fn throw(&self, number: usize) {
        self.0.store(number, Ordering::Release);
    }

    /// Waits until it is another number than that.
    fn catch(&self, thrown: usize) -> usize {
        let mut looks = 0;
        loop {
            let number = self.0.load(Ordering::Acquire);
            if number != thrown {
                return number;
            }
            looks += 1;
            // No hint that this spins: it would take longer than what is measured.
            if looks > LOOKS {
                thread::yield_now();
            }
        }
    }
}

/// Seconds from when a thread of the team has written a number to when another has read it, the best of a few tries;
/// none where the team has but one thread.
pub fn seconds(team: &mut Team) -> Option<f64> {
    if team.threads() < 2 {
        return None;
    }
    let ball = Ball(AtomicUsize::new(0));
    let best = AtomicUsize::new(usize::MAX);
    // Each item waits for the other one, so that no thread takes both.
    team.for_each(2, |_, item| match item {
        0 => best.store(serve(&ball), Ordering::Relaxed),
        _ => give_back(&ball),
    });
    // In picoseconds, both ways.
    Some(best.into_inner() as f64 / 2e12)
}

/// The picoseconds of a way there and back, in the best try.
fn serve(ball: &Ball) -> usize {
    let (first, mut best, mut number) = (Instant::now(), f64::INFINITY, 0);
    // The first answer waits for the other thread to come.
    for turns in [1].into_iter().chain([TURNS; TRIES]) {
        let start = Instant::now();
        for _ in 0..turns {
            ball.throw(number + 1);
            number = ball.catch(number + 1);
        }
        best = best.min(start.elapsed().as_secs_f64() / turns as f64);
        if first.elapsed() > LIMIT {
            break;
        }
    }
    ball.throw(END);
    (1e12 * best) as usize
}

/// Answers each odd number with the even one behind it.
fn give_back(ball: &Ball) {
    let mut thrown = 0;
    loop {
        let number = ball.catch(thrown);
        if number == END {
            return;
        }
        thrown = number + 1;
        ball.throw(thrown);
    }
}
