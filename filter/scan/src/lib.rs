//! What Privet does for each byte of a text: reading JSON ([`json`]), finding values ([`detect`]), scoring attacks
//! ([`injection`]).
//!
//! It stands apart from `privet-core`, which decides, because it is compiled for speed, and the rest for size. Its cases
//! stand with those of `privet-core`, which gives its modules on.
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

pub mod block;
pub mod bytes;
pub mod case;
pub mod detect;
pub mod entity;
pub mod glob;
pub mod injection;
pub mod json;
pub mod order;
mod packed;
