//! The portable core of Privet: everything the gateway decides and every byte it changes.
//!
//! Data walks one way: bytes → spans ([`json`], [`detect`]) → tokens ([`tokens`]) → spliced bytes
//! ([`mask`]) → back ([`rehydrate`], [`formats`]). There is no host, no I/O, no clock and no
//! randomness in here: the caller hands in what is needed, so that every rule runs natively in a test
//! exactly as it runs inside Envoy.
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::todo,
    clippy::unimplemented
)]

pub use privet_scan::{block, bytes, detect, entity, glob, injection, json, order};

pub mod by_type;
pub mod endpoint;
pub mod formats;
pub mod framing;
pub mod gateway;
pub mod hint;
pub mod limits;
pub mod mask;
pub mod object;
pub mod output;
pub mod policy;
pub mod provider;
pub mod refusal;
pub mod rehydrate;
pub mod shadow;
pub mod tokens;
pub mod trace;
