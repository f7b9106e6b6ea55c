//! What `make bench` is made of: bodies, a provider that costs next to nothing, a load generator, and the
//! reading of a process's CPU time and memory.

pub mod bodies;
pub mod envoys;
pub mod load;
pub mod process;
pub mod provider;
