//! Privet's sidecar: reads `gateway.yaml`, gets the policy from a file or a control plane, pushes it into
//! Envoy, and renders and runs the Envoy configuration that stands around the filter.
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod commands;
pub mod config;
pub mod envoy;
pub mod http_unix;
pub mod intake;
pub mod policy_source;
pub mod push;
pub mod render;
pub mod run;
pub mod state;
