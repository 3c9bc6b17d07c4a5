//! What it takes from one core to another.

use toile_kernels::handover::seconds;
use toile_kernels::isa::Isa;
use toile_kernels::team::Team;

#[test]
fn two_threads_hand_over_in_some_time() {
    let team = |threads| Team::new(threads, Isa::best()).expect("threads");
    for threads in [2, 3] {
        let seconds = seconds(&mut team(threads)).expect("two threads");
        // Faster than any cache, or slower than two threads that take turns on a busy core: it was not measured.
        assert!((1e-10..1.0).contains(&seconds), "{threads} threads: {seconds}");
    }
    assert_eq!(seconds(&mut team(1)), None);
}
