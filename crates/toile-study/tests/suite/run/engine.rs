//! The planned engine in a run: the same bits for any threads, instruction set and interruption.

use toile_kernels::isa::Isa;

use super::fixture::{Bench, Fault, STEPS, model, study};

#[test]
fn threads_instruction_sets_and_interruptions_change_no_bit() {
    let scalar = Isa::named("scalar").expect("every machine has it");
    let mut reference = Bench::new(study(vec![model("a")]));
    reference.engine = Some((1, scalar));
    reference.run().unwrap();
    let expected = reference.files();
    for isa in Isa::available() {
        for threads in [1, 2, 3, 5] {
            let mut whole = Bench::new(study(vec![model("a")]));
            whole.engine = Some((threads, isa));
            whole.run().unwrap();
            assert!(whole.files() == expected, "{isa:?} with {threads} threads");

            // Begun on one machine, ended on another.
            let mut moved = Bench::new(study(vec![model("a")]));
            moved.engine = Some((threads, isa));
            assert!(moved.run_with(Fault::StopInStep(STEPS + 2), &()).unwrap().interrupted);
            moved.engine = Some((2, scalar));
            moved.options.resume = true;
            moved.run().unwrap();
            assert!(moved.files() == expected, "{isa:?} with {threads} threads, interrupted");
        }
    }
}
