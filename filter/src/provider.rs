//! Role `provider`: an upstream filter, made anew for each attempt. It gives the request the path and the
//! host of its provider and takes off whatever belongs to the client or to another provider.

use std::rc::Rc;

use privet_core::formats::Format;
use privet_core::gateway::is_internal_header;
use privet_core::provider::Provider;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::host::{self, Headers, Map};
use crate::shared::internal_error;

pub(crate) struct Root {
    provider: Rc<Provider>,
}

impl Root {
    pub(crate) fn new(provider: Provider) -> Self {
        Self { provider: Rc::new(provider) }
    }

    pub(crate) fn stream(&self) -> Attempt {
        Attempt { provider: self.provider.clone() }
    }
}

/// One attempt at this provider.
pub(crate) struct Attempt {
    provider: Rc<Provider>,
}

impl Attempt {
    fn rewrite(&self) -> host::Result<()> {
        let headers = Headers::read(Map::RequestHeaders)?;
        for (name, value) in headers.iter() {
            if name == b":path" {
                let path = String::from_utf8_lossy(value);
                host::set_header(
                    Map::RequestHeaders,
                    b":path",
                    self.provider.upstream_path(&path).as_bytes(),
                )?;
            } else if is_internal_header(name) {
                host::remove_header(Map::RequestHeaders, name)?;
            }
        }
        host::set_header(Map::RequestHeaders, b":authority", self.provider.authority.as_bytes())
    }
}

impl Context for Attempt {}

impl HttpContext for Attempt {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        if self.rewrite().is_ok() {
            return Action::Continue;
        }
        host::refuse(&internal_error(), Format::OpenaiChat);
        Action::Pause
    }
}
