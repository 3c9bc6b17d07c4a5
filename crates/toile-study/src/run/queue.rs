//! What waits for a worker. More may come while something is under way: whoever finds nothing waits as long as it may.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Work for several workers.
pub(super) struct Queue<T> {
    inside: Mutex<Inside<T>>,
    changed: Condvar,
    may_grow: bool,
}

struct Inside<T> {
    waiting: VecDeque<T>,
    under_way: usize,
}

/// Something is under way as long as this is there, however its worker leaves it.
pub(super) struct UnderWay<'q, T>(&'q Queue<T>);

impl<T> Queue<T> {
    /// Of this work, in this order; more may come where it `may_grow`.
    pub(super) fn new(waiting: VecDeque<T>, may_grow: bool) -> Self {
        Queue { inside: Mutex::new(Inside { waiting, under_way: 0 }), changed: Condvar::new(), may_grow }
    }

    /// The next piece of work; `None` where there is none, and none can come any more. Who waits for one does not count
    /// among the busy `workers`.
    pub(super) fn next(&self, workers: &AtomicUsize) -> Option<(T, UnderWay<'_, T>)> {
        let mut inside = self.lock();
        loop {
            if let Some(next) = inside.waiting.pop_front() {
                inside.under_way += 1;
                return Some((next, UnderWay(self)));
            }
            if !self.may_grow || inside.under_way == 0 {
                return None;
            }
            workers.fetch_sub(1, Ordering::Relaxed);
            inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
            workers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Puts work before what waits.
    pub(super) fn put_first(&self, work: Vec<T>) {
        let mut inside = self.lock();
        work.into_iter().rev().for_each(|work| inside.waiting.push_front(work));
        self.changed.notify_all();
    }

    /// What is behind the lock is whole even where its holder panicked.
    fn lock(&self) -> MutexGuard<'_, Inside<T>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for UnderWay<'_, T> {
    fn drop(&mut self) {
        self.0.lock().under_way -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_finds_nothing_waits_while_more_may_come() {
        let queue = Queue::new(VecDeque::from([1]), true);
        let busy = AtomicUsize::new(2);
        let (found, all) = mpsc::channel();
        std::thread::scope(|scope| {
            let (first, under_way) = queue.next(&busy).unwrap();
            assert_eq!(first, 1);
            let (queue, busy) = (&queue, &busy);
            scope.spawn(move || {
                while let Some((next, _under_way)) = queue.next(busy) {
                    found.send(next).unwrap();
                }
            });
            while busy.load(Ordering::Relaxed) == 2 {
                std::thread::yield_now();
            }
            queue.put_first(vec![2, 3]);
            let wait = Duration::from_secs(60);
            assert_eq!([all.recv_timeout(wait).unwrap(), all.recv_timeout(wait).unwrap()], [2, 3]);
            // The last one that is under way releases who waits, also in vain.
            drop(under_way);
        });
        assert_eq!(busy.load(Ordering::Relaxed), 2);
        assert!(queue.next(&busy).is_none());
    }

    #[test]
    fn nobody_waits_for_what_cannot_come() {
        let queue = Queue::new(VecDeque::from([1]), false);
        let busy = AtomicUsize::new(2);
        let _under_way = queue.next(&busy).unwrap();
        assert!(queue.next(&busy).is_none());
    }
}
