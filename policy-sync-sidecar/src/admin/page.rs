//! The status page: one page with its styles and scripts, all of it in the binary.
//!
//! `Content-Security-Policy` lets it load and ask nothing but this server, run no script that stands in the
//! markup, and make no markup from text.

use axum::Router;
use axum::http::HeaderName;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::routing::get;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// Path, media type and text of each file. What comes from `OUT_DIR` is put there by `build.rs`.
const FILES: [(&str, &str, &str); 10] = [
    ("/", HTML, include_str!("../../page/page.html")),
    ("/assets/page.css", CSS, include_str!("../../page/page.css")),
    ("/assets/page.js", SCRIPT, include_str!("../../page/page.js")),
    ("/assets/dom.js", SCRIPT, include_str!("../../page/dom.js")),
    ("/assets/format.js", SCRIPT, include_str!("../../page/format.js")),
    ("/assets/charts.js", SCRIPT, include_str!("../../page/charts.js")),
    ("/assets/icon.svg", "image/svg+xml", include_str!("../../page/icon.svg")),
    ("/assets/uplot.js", SCRIPT, include_str!(concat!(env!("OUT_DIR"), "/uPlot.iife.min.js"))),
    ("/assets/uplot.css", CSS, include_str!(concat!(env!("OUT_DIR"), "/uPlot.min.css"))),
    ("/assets/uplot-license.txt", TEXT, include_str!(concat!(env!("OUT_DIR"), "/LICENSE"))),
];

/// The page and what it is made of.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.into_iter().fold(Router::new(), |router, (path, kind, text)| {
        router.route(path, get(move || async move { (headers(kind), text) }))
    })
}

/// `no-cache`: after an upgrade a browser must not put an old script to a new page.
fn headers(kind: &'static str) -> [(HeaderName, &'static str); 5] {
    [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ]
}
