//! Privet's sidecar: reads `gateway.yaml`, gets the policy from a file or a control plane, pushes it into
//! Envoy, brings traces to the control plane, shows how all that stands, and renders and runs the Envoy
//! configuration that stands around the filter.
#![forbid(unsafe_code)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod admin;
pub mod aggregates;
pub mod backoff;
pub mod commands;
pub mod config;
pub mod control_plane;
pub mod delivery;
pub mod envoy;
pub mod http_local;
pub mod intake;
pub mod metrics;
pub mod otlp;
pub mod outbox;
pub mod policy_source;
pub mod push;
pub mod render;
pub mod run;
pub mod services;
pub mod state;
pub mod status;
