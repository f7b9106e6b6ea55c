//! What `make bench` is made of: bodies, a provider that costs next to nothing, a load generator, and the
//! reading of a process's CPU time and memory.

pub mod bodies;
pub mod core;
pub mod envoys;
pub mod gates;
pub mod keys;
pub mod keys_pushed;
pub mod load;
pub mod paced;
pub mod process;
pub mod provider;
pub mod streams;
pub mod terms;
pub mod texts;
pub mod translations;

/// The middle one of `values`.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
