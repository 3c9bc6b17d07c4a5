//! A server as clients meet it: real sockets, a network of a few numbers.

mod access;
mod answers;
mod bad_input;
mod bodies;
mod ending;
mod limits;
mod metrics;
mod pictures;
mod place;
mod routes;
mod several;
