//! The thread team: every item once, whoever is busy, asleep or panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;

use toile_kernels::isa::Isa;
use toile_kernels::team::Team;

fn team(threads: usize) -> Team {
    Team::new(threads, Isa::best()).expect("threads")
}

#[test]
fn every_item_once_for_any_number_of_threads() {
    for threads in [1, 2, 3, 5, 8] {
        let mut team = team(threads);
        for items in [0, 1, 2, 7, 100] {
            let counts: Vec<AtomicU32> = (0..items).map(|_| AtomicU32::new(0)).collect();
            team.for_each(items, |thread, i| {
                assert!(thread < threads);
                counts[i].fetch_add(1, Ordering::Relaxed);
            });
            assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1), "{threads} {items}");
        }
    }
}

#[test]
fn what_a_busy_thread_leaves_is_done_by_another() {
    for threads in [2, 3] {
        let mut team = team(threads);
        let done = AtomicUsize::new(0);
        let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
        team.for_each(9, |_, i| {
            while i == 0 && done.load(Ordering::SeqCst) < 8 {
                assert!(std::time::Instant::now() < end, "the others are not done");
                thread::yield_now();
            }
            done.fetch_add(1, Ordering::SeqCst);
        });
        assert_eq!(done.into_inner(), 9);
    }
}

/// Who has nothing left takes the others' last items first, which are then the same ones round after round.
#[test]
fn what_is_left_is_taken_from_its_end() {
    let mut team = team(2);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let taken = std::sync::Mutex::new(vec![]);
        team.for_each(8, |thread, i| {
            if thread == 1 {
                taken.lock().expect("nobody panics").push(i);
            }
            // Until the other one has done its own and these, or a while, where it came too late.
            let wait = std::time::Instant::now() + std::time::Duration::from_millis(100);
            while i == 0 && taken.lock().expect("nobody panics").len() < 7 && std::time::Instant::now() < wait
            {
                thread::yield_now();
            }
        });
        let taken = taken.into_inner().expect("nobody panics");
        if taken.len() == 7 {
            assert_eq!(taken, [4, 5, 6, 7, 3, 2, 1]);
            return;
        }
        assert!(std::time::Instant::now() < end, "the other thread never came in time: {taken:?}");
    }
}

#[test]
fn workers_that_fell_asleep_come_back() {
    let mut team = team(3);
    let sum = AtomicUsize::new(0);
    for _ in 0..3 {
        team.for_each(10, |_, i| {
            sum.fetch_add(i, Ordering::Relaxed);
        });
        thread::sleep(std::time::Duration::from_millis(30));
    }
    assert_eq!(sum.load(Ordering::Relaxed), 3 * 45);
}

#[test]
fn a_panic_in_an_item_reaches_the_caller_and_the_team_survives() {
    let mut team = team(2);
    let result = catch_unwind(AssertUnwindSafe(|| {
        team.for_each(8, |_, i| assert!(i != 5, "item 5 fails on purpose"));
    }));
    assert!(result.is_err());
    let sum = AtomicUsize::new(0);
    team.for_each(8, |_, i| {
        sum.fetch_add(i, Ordering::Relaxed);
    });
    assert_eq!(sum.load(Ordering::Relaxed), 28);
}

#[test]
fn a_round_does_not_answer_for_the_panics_of_the_one_before() {
    let mut team = team(2);
    let both = std::sync::Barrier::new(2);
    let result = catch_unwind(AssertUnwindSafe(|| {
        team.for_each(2, |_, i| {
            both.wait();
            panic!("item {i} fails on purpose");
        });
    }));
    assert!(result.is_err());
    team.for_each(2, |_, _| {});
}
