//! Limits that all Envoys share: Envoy's own rate limit filter behind this one, and a service that counts.
//!
//! The Wasm filter says in one header how a request is to be counted (`filter/core/src/limits/global.rs`).
//! Envoy's header-to-metadata filter makes dynamic metadata of it and takes it off; from that the rate limit
//! filter puts its descriptors together. What a policy says of a service that is away cannot be told to that
//! filter by a request, so there are two of them, each with its own header and its own
//! descriptors; a request has one header at most.
//!
//! | `limit` | other entries | hits | with the policy's number |
//! | --- | --- | --- | --- |
//! | `requests`, `burst` | `most`, `caller` | 1 | yes |
//! | `tokens` | `most`, `caller` | what the prompt is reckoned at; at the stream's end what is missing, or, negative, what was too much | yes |
//! | `key_requests`, `key_tokens` | `key`, `model` | the same | no: for limits of the service's own |
//! | `tenant_requests`, `tenant_tokens` | `tenant`, `model` | the same | no |
//!
//! A descriptor is left out where one of its entries is missing.

use serde_json::{Value, json};

use super::clusters::tls;
use super::{ANY, Paths, endpoint};
use crate::config::GlobalLimits;

/// The header's name, and the metadata's, for each value of `on_limiter_failure`.
const MODES: [(&str, &str, bool); 2] =
    [("allow", "x-privet-limits-allow", false), ("deny", "x-privet-limits-deny", true)];
const NAMESPACE: &str = "privet.limits";
const CLUSTER: &str = "rate_limit_service";

/// The filters between the Wasm filter and the router.
pub(super) fn filters(limits: &GlobalLimits) -> Vec<Value> {
    let rule = |(key, header, _): (&str, &str, bool)| {
        json!({
            "header": header,
            "on_header_present": {
                "metadata_namespace": NAMESPACE, "key": key, "type": "PROTOBUF_VALUE", "encode": "BASE64",
            },
            "remove": true,
        })
    };
    let mut filters = vec![json!({
        "name": "envoy.filters.http.header_to_metadata",
        "typed_config": {
            "@type": format!("{ANY}envoy.extensions.filters.http.header_to_metadata.v3.Config"),
            "request_rules": MODES.map(rule),
        },
    })];
    filters.extend(MODES.iter().map(|(mode, _, deny)| {
        json!({
            "name": filter_name(mode),
            "typed_config": {
                "@type": format!("{ANY}envoy.extensions.filters.http.ratelimit.v3.RateLimit"),
                "domain": limits.domain,
                "timeout": format!("{}s", limits.timeout.as_millis() as f64 / 1000.0),
                "failure_mode_deny": deny,
                "status_on_error": { "code": "ServiceUnavailable" },
                "enable_x_ratelimit_headers": "DRAFT_VERSION_03",
                "disable_x_envoy_ratelimited_header": true,
                "rate_limit_service": {
                    "transport_api_version": "V3",
                    "grpc_service": { "envoy_grpc": { "cluster_name": CLUSTER } },
                },
            },
        })
    }));
    filters
}

/// How requests are counted, by both filters: what stands in `typed_per_filter_config`. In a virtual host's own
/// `rate_limits` Envoy takes no heed of `hits_addend`.
pub(super) fn descriptors(limits: &GlobalLimits) -> Value {
    let of = |(mode, ..): &(&str, &str, bool)| {
        let config = json!({
            "@type": format!("{ANY}envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute"),
            "rate_limits": of_mode(mode, limits.give_back),
        });
        (filter_name(mode), config)
    };
    Value::Object(MODES.iter().map(of).collect())
}

fn filter_name(mode: &str) -> String {
    format!("privet.limits.{mode}")
}

fn of_mode(mode: &str, give_back: bool) -> Vec<Value> {
    let path = |names: &[&str]| -> Value {
        let names: Vec<Value> = [&[mode], names].concat().iter().map(|name| json!({ "key": name })).collect();
        json!({ "key": NAMESPACE, "path": names })
    };
    let kind = |name: &str| json!({ "generic_key": { "descriptor_key": "limit", "descriptor_value": name } });
    let entry = |name: &str, names: &[&str]| json!({ "metadata": { "descriptor_key": name, "metadata_key": path(names), "source": "DYNAMIC" } });
    let descriptor = |name: &str, hits: Option<Value>, at_end: bool| {
        let own = name.strip_suffix("_requests").or(name.strip_suffix("_tokens"));
        let entries = match own {
            Some(whose) => [entry(whose, &[whose]), entry("model", &["model"])],
            None => [entry("most", &[name, "most"]), entry("caller", &["caller"])],
        };
        let actions = [&[kind(name)][..], &entries].concat();
        let mut rate_limit = json!({ "actions": actions });
        let Some(object) = rate_limit.as_object_mut() else { return rate_limit };
        if own.is_none() {
            let number = json!({ "dynamic_metadata": { "metadata_key": path(&[name]) } });
            object.insert("limit".to_owned(), number);
        }
        if let Some(hits) = hits {
            object.insert("hits_addend".to_owned(), hits);
        }
        if at_end {
            object.insert("apply_on_stream_done".to_owned(), true.into());
        }
        rate_limit
    };
    let reserve = json!({ "format": format!("%DYNAMIC_METADATA({NAMESPACE}:{mode}:reserve)%") });
    // Filter state, and not metadata: a Wasm filter can write the one and not the other.
    let missing = json!({ "format": "%FILTER_STATE(wasm.privet.tokens:PLAIN)%" });
    let unused = json!({ "format": "%FILTER_STATE(wasm.privet.unused:PLAIN)%", "is_negative_hits": true });
    let of = |requests: &str, tokens: &str| {
        let mut all = vec![
            descriptor(requests, None, false),
            descriptor(tokens, Some(reserve.clone()), false),
            descriptor(tokens, Some(missing.clone()), true),
        ];
        if give_back {
            all.push(descriptor(tokens, Some(unused.clone()), true));
        }
        all
    };
    let mut all = vec![descriptor("burst", None, false)];
    for (requests, tokens) in
        [("requests", "tokens"), ("key_requests", "key_tokens"), ("tenant_requests", "tenant_tokens")]
    {
        all.extend(of(requests, tokens));
    }
    all
}

/// What Envoy answers for the rate limit filter. A local answer has no body unless one is mapped, and without
/// one the Wasm filter could not put its own words in. It is the rate limit filter's where the header by which
/// routes choose is still there: the filter sets it last, and the router takes it off.
pub(super) fn local_reply() -> Value {
    let at_least = |op: &str, status: u16| {
        json!({ "status_code_filter": { "comparison": {
            "op": op, "value": { "default_value": status, "runtime_key": "privet.unused" },
        } } })
    };
    let routed =
        json!({ "header_filter": { "header": { "name": "x-privet-route", "present_match": true } } });
    let error = json!({ "error": {
        "message": "the limits allow no more requests now", "type": "rate_limit_error", "param": null,
        "code": "rate_limited",
    } });
    json!({
        "filter": { "and_filter": { "filters": [at_least("GE", 429), routed] } },
        "body_format_override": {
            "text_format_source": { "inline_string": error.to_string() },
            "content_type": "application/json",
        },
    })
}

/// The cluster of the service.
pub(super) fn cluster(limits: &GlobalLimits, paths: &Paths) -> Value {
    let host = limits.service.host.trim_matches(['[', ']']);
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let address = json!({ "socket_address": { "address": host, "port_value": limits.service.port } });
    let mut cluster = json!({
        "name": CLUSTER,
        "type": if is_address { "STATIC" } else { "STRICT_DNS" },
        "connect_timeout": "1s",
        "load_assignment": { "cluster_name": CLUSTER, "endpoints": endpoint(address) },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": format!("{ANY}envoy.extensions.upstreams.http.v3.HttpProtocolOptions"),
                "explicit_http_config": { "http2_protocol_options": {} },
            },
        },
    });
    if let (true, Some(object)) = (limits.service.tls, cluster.as_object_mut()) {
        let mut socket = tls(host, is_address, paths);
        if let Some(protocols) = socket.pointer_mut("/typed_config/common_tls_context/alpn_protocols") {
            *protocols = json!(["h2"]);
        }
        object.insert("transport_socket".to_owned(), socket);
    }
    cluster
}
