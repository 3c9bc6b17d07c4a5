//! From a checked study to folders of results.

mod ablated;
mod augmented;
mod bound;
mod continued;
mod cost;
mod damage;
mod engine;
mod failures;
mod files;
mod fixture;
mod normalized;
mod refused;
mod resume;
mod set_aside;
