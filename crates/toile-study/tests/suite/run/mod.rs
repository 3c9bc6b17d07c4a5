//! From a checked study to folders of results.

mod ablated;
mod augmented;
mod averaged;
mod balanced;
mod bound;
mod continued;
mod cost;
mod damage;
mod engine;
mod failures;
mod files;
mod fixture;
mod folds;
mod held_out;
mod normalized;
mod refused;
mod resume;
mod seeds_of_one;
mod set_aside;
mod shared_folder;
mod side_by_side;
mod suspects;
mod test_time;
