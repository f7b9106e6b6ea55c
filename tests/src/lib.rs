//! What the end-to-end tests, the demo and the benches share: a test provider, a stack to run, a client.
#![forbid(unsafe_code)]

pub mod bench;
pub mod client;
pub mod limiter;
pub mod plane;
pub mod provider;
pub mod recorder;
pub mod stack;
pub mod values;
