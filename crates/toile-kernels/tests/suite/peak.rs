//! What the machine could do at best.

use toile_kernels::isa::Isa;
use toile_kernels::peak::flops;
use toile_kernels::team::Team;

#[test]
fn every_instruction_set_multiplies() {
    for isa in Isa::available() {
        let flops = flops(&mut Team::new(1, isa).expect("threads"));
        // A thousandth of what any machine reaches: it must be measured, not fast.
        assert!(flops > 1e6 && flops.is_finite(), "{isa:?}: {flops}");
    }
}
