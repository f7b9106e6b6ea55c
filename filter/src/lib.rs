//! Privet's Envoy filter: what its one proxy-wasm module does, whose plugin configuration chooses its role.
//!
//! - `gateway` (downstream): the way of one request and its answer;
//! - `provider` (upstream, per attempt): path, host, model and headers of one provider, and how its answer begins;
//! - `ingest` (a listener of its own): takes policies from the sidecar into shared data.
//!
//! What is decided is decided in `privet-core`; this crate gathers, calls, and applies. All host calls
//! stand in [`host`].
#![deny(unsafe_code)]
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

mod config;
mod exchange;
mod gateway;
mod global_limits;
mod host;
mod ingest;
mod limits;
mod provider;
mod shared;

use privet_core::formats::Format;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::ContextType;

use config::PluginConfig;

/// Sets up the module in its VM, before Envoy configures its plugins.
pub fn start() {
    host::install_panic_hook();
    proxy_wasm::set_root_context(|_| Box::new(Root::Unconfigured));
}

/// A plugin, from its configuration on.
enum Root {
    Unconfigured,
    Gateway(gateway::Root),
    Provider(provider::Root),
    Ingest(ingest::Root),
}

impl Context for Root {
    fn on_http_call_response(&mut self, _: u32, _: usize, _: usize, _: usize) {
        if let Self::Gateway(root) = self {
            root.called();
        }
    }
}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let configured = host::plugin_configuration().map_err(|e| e.to_string()).and_then(|json| {
            Ok(match PluginConfig::read(&json)? {
                PluginConfig::Gateway(config) => Self::Gateway(gateway::Root::new(config)?),
                PluginConfig::Provider(config) => Self::Provider(provider::Root::new(config)),
                PluginConfig::Ingest(config) => Self::Ingest(ingest::Root::new(config)?),
            })
        });
        match configured {
            Ok(root) => {
                *self = root;
                true
            }
            Err(reason) => {
                host::log_error(&format!("privet: plugin configuration refused: {reason}"));
                false
            }
        }
    }

    fn on_tick(&mut self) {
        if let Self::Gateway(root) = self {
            root.tick();
        }
    }

    fn create_http_context(&self, context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(match self {
            Self::Gateway(root) => Box::new(root.stream(context_id)),
            Self::Provider(root) => Box::new(root.stream()),
            Self::Ingest(root) => Box::new(root.stream()),
            Self::Unconfigured => Box::new(Unconfigured),
        })
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// A stream of a plugin without configuration: Envoy never makes one, and if it did, nothing passes.
struct Unconfigured;

impl Context for Unconfigured {}

impl HttpContext for Unconfigured {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> proxy_wasm::types::Action {
        host::refuse(&shared::internal_error(), Format::OpenaiChat);
        proxy_wasm::types::Action::Pause
    }
}
