//! Tests of the portable core. The same binary runs natively and as wasm32-unknown-unknown in Node;
//! the properties (`properties`, `stream_properties`) run natively only.
//!
//! Cases are data files below `data/`: `detect` (what is found), `mask` (bodies in and out), `stream` and
//! `streams` (recorded answers), `injection` (what scores how), `policy` (policies and what they do), `models.toml` (names of models). All values in them are made up; what a secret scanner could take for a real key is
//! written in parts and joined here.

#[path = "core/answers.rs"]
mod answers;
#[path = "core/attempt.rs"]
mod attempt;
#[path = "core/bad_input.rs"]
mod bad_input;
#[path = "core/controls.rs"]
mod controls;
#[path = "core/detect.rs"]
mod detect;
#[path = "core/dictionary.rs"]
mod dictionary;
#[path = "core/endpoint.rs"]
mod endpoint;
#[path = "core/fixtures.rs"]
mod fixtures;
#[path = "core/gateway.rs"]
mod gateway;
#[path = "core/hint.rs"]
mod hint;
#[path = "core/injection.rs"]
mod injection;
#[path = "core/keys.rs"]
mod keys;
#[path = "core/long_input.rs"]
mod long_input;
#[path = "core/mask.rs"]
mod mask;
#[path = "core/models.rs"]
mod models;
#[path = "core/output.rs"]
mod output;
#[cfg(not(target_arch = "wasm32"))]
#[path = "core/output_properties.rs"]
mod output_properties;
#[path = "core/placeholders.rs"]
mod placeholders;
#[path = "core/policy.rs"]
mod policy;
#[path = "core/policy_cases.rs"]
mod policy_cases;
#[path = "core/privacy.rs"]
mod privacy;
#[cfg(not(target_arch = "wasm32"))]
#[path = "core/properties.rs"]
mod properties;
#[path = "core/provider.rs"]
mod provider;
#[cfg(not(target_arch = "wasm32"))]
#[path = "core/request_properties.rs"]
mod request_properties;
#[path = "core/requests.rs"]
mod requests;
#[path = "core/shadow.rs"]
mod shadow;
#[path = "core/stream.rs"]
mod stream;
#[path = "core/stream_bad_input.rs"]
mod stream_bad_input;
#[cfg(not(target_arch = "wasm32"))]
#[path = "core/stream_properties.rs"]
mod stream_properties;
#[path = "core/streams.rs"]
mod streams;
#[path = "core/wire.rs"]
mod wire;
