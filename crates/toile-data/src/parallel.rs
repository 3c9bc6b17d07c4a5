//! Work on several threads, the answers in the order of the questions.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` makes of each index below `count`, on all cores: for work that takes long, as decoding a picture.
pub fn map<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    in_blocks(cores, count, 1, |index, _| work(index))
}

/// `work(first, end)` of each block of `block` numbers below `len`, in their order. Which thread did which block cannot
/// be seen in the answer.
pub fn in_blocks<T: Send>(
    threads: NonZero<usize>,
    len: usize,
    block: usize,
    work: impl Fn(usize, usize) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let first = number * block;
            if first >= len {
                return done;
            }
            done.push((number, work(first, len.min(first + block))));
        }
    };
    let workers = threads.get().min(len.div_ceil(block)).max(1);
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(worker)).collect();
        let mut done = worker();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_in_order_for_any_number_of_threads() {
        for threads in [1, 2, 5, 40] {
            let blocks = in_blocks(NonZero::new(threads).unwrap(), 23, 4, |first, end| (first, end));
            assert_eq!(blocks, [(0, 4), (4, 8), (8, 12), (12, 16), (16, 20), (20, 23)], "{threads} threads");
        }
        assert!(in_blocks(NonZero::<usize>::MIN, 0, 4, |first, _| first).is_empty());
    }

    #[test]
    fn answers_stand_in_the_order_of_the_questions() {
        for count in [0, 1, 2, 1000] {
            assert_eq!(map(count, |i| i * i), (0..count).map(|i| i * i).collect::<Vec<_>>());
        }
    }
}
