//! The Wasm module that Envoy loads: `privet-filter`, and the exports of the proxy-wasm ABI.
//!
//! It is a crate of its own because the crate that is linked sets how the whole is optimised: this one for speed, as
//! `privet-scan` needs it, while what is called once a request is built small.
#![deny(unsafe_code)]
#![allow(missing_docs, reason = "a cdylib has no public items but those of the ABI")]

proxy_wasm::main! {{
    privet_filter::start();
}}
