//! Memory and threads that there are not: an error with the figure and what fits, not the end of the program.

use std::process::Command;

use super::cli::{Place, Ran, STUDY};

#[test]
fn more_memory_than_there_is_is_refused_with_what_fits() {
    let ran = Place::new(STUDY).toile(&["bench", "--batch-size", "4000000000"]).expect(2);
    assert!(ran.stderr.contains("the model better is too large: it takes "), "{}", ran.stderr);
    assert!(ran.stderr.contains("; choose a batch_size of at most "), "{}", ran.stderr);
}

/// The program in a shell with this limit on its address space, in megabytes.
fn under(megabytes: u32, stack: &str, args: &str) -> Ran {
    let place = Place::new(STUDY);
    let script = format!("ulimit -v {megabytes}000; exec \"$0\" {args}");
    let mut shell = Command::new("sh");
    shell.current_dir(place.path(".")).args(["-c", &script, env!("CARGO_BIN_EXE_toile")]);
    Ran::of(shell.env("RUST_MIN_STACK", stack).output().unwrap())
}

#[test]
fn the_shells_limit_counts() {
    let ran = under(300, "2000000", "bench --batch-size 4000 --threads 1").expect(2);
    assert!(ran.stderr.contains("the limit on address space (ulimit -v) leaves "), "{}", ran.stderr);
    assert!(ran.stderr.contains("; choose a batch_size of at most "), "{}", ran.stderr);
}

/// Two stacks of a gigabyte are more than there are addresses for.
#[test]
fn a_thread_that_the_system_refuses_is_an_error() {
    let ran = under(1600, "1000000000", "bench --batch-size 1 --threads 3").expect(2);
    assert!(ran.stderr.contains("thread 3 of 3 could not be started"), "{}", ran.stderr);
}

#[test]
fn runs_without_threads_of_their_own_are_done_one_after_the_other() {
    let ran =
        under(1600, "1000000000", "run tiny.toml --models a --seeds 0-2 --jobs 3 --threads 1").expect(0);
    assert_eq!(ran.stderr.matches("finished; test accuracy").count(), 3, "{}", ran.stderr);
}
