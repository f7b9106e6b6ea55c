//! The sidecar's integration tests, in one binary.
//!
//! What can be data is data: `data/config/` holds configurations beside what they come to, and the
//! workspace's `envoy/examples/` holds configurations beside the Envoy configuration that is rendered
//! from them. `PRIVET_REWRITE=1` writes the expected files anew.

mod sidecar {
    mod admin;
    mod backoff;
    mod browser;
    mod command_line;
    mod config;
    mod control_plane;
    mod delivery;
    mod detect_and_mask;
    mod documentation;
    mod golden;
    mod intake;
    mod otlp;
    mod outbox;
    mod page;
    mod plane;
    mod policy_file;
    mod process;
    mod push;
    mod render;
    mod secrets;
    mod support;
    mod tls;
}
