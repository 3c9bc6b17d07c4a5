//! How many nanoseconds it takes from one core to another at this moment.
//!
//! cargo run --release -p toile-bench --example handover

use toile_kernels::handover;
use toile_kernels::isa::Isa;
use toile_kernels::team::Team;

fn main() {
    let mut team = Team::new(2, Isa::best()).expect("two threads");
    let seconds = handover::seconds(&mut team).expect("two threads");
    println!("{:.0}", 1e9 * seconds);
}
