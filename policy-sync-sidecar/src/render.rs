//! Envoy's configuration around the filter, from `gateway.yaml`. Documented in `envoy/README.md`, with
//! rendered examples in `envoy/examples/`.

mod limits;

use std::path::{Path, PathBuf};

use privet_core::policy::{MAX_BODY_LIMIT, MAX_POLICY_BYTES};
use privet_core::provider::{Kind, Provider as FilterProvider};
use serde_json::{Value, json};

use crate::config::{Audit, Config, Provider};

/// What names of Envoy's types begin with.
const ANY: &str = "type.googleapis.com/";
/// Largest answer that is held whole, in bytes; also how much one slow client may make Envoy buffer.
const ANSWER_BUFFER_BYTES: usize = 8 * 1024 * 1024;

/// Files that the rendered configuration names.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The Wasm module.
    pub module: PathBuf,
    /// Directory of the providers' keys, a file each ([`secret`]).
    pub secrets: PathBuf,
    /// Socket of Envoy's admin interface.
    pub admin_socket: PathBuf,
    /// Socket of the push listener.
    pub push_socket: PathBuf,
    /// Socket on which the sidecar takes traces.
    pub intake_socket: PathBuf,
    /// Envoy's content-free access log, where the configuration asks for a file.
    pub access_log: PathBuf,
    /// Certificates of the authorities that providers are checked against.
    pub trusted_ca: PathBuf,
}

/// The bootstrap configuration. `push_token_sha256` in hexadecimal.
#[must_use]
pub fn bootstrap(config: &Config, paths: &Paths, push_token_sha256: &str) -> Value {
    let mut clusters: Vec<Value> =
        config.providers.iter().map(|p| provider_cluster(p, paths, needs_filter(config))).collect();
    clusters.push(sidecar_cluster(paths));
    clusters.extend(config.limits.iter().map(|l| limits::cluster(l, paths)));
    json!({
        "node": { "id": "privet", "cluster": "privet" },
        "admin": { "address": pipe(&paths.admin_socket) },
        "static_resources": {
            "listeners": [gateway_listener(config, paths), push_listener(paths, push_token_sha256)],
            "clusters": clusters,
        },
    })
}

/// The secret file of a provider, in the form of a discovery response: Envoy watches its directory.
#[must_use]
pub fn secret(provider: &Provider) -> Option<Value> {
    let key = provider.api_key.as_ref()?;
    Some(json!({
        "resources": [{
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
            "name": secret_name(provider),
            "generic_secret": { "secret": { "inline_string": key } },
        }],
    }))
}

/// The file name of a provider's secret.
#[must_use]
pub fn secret_file(provider: &Provider) -> String {
    format!("{}.json", provider.name)
}

fn secret_name(provider: &Provider) -> String {
    format!("provider_{}", provider.name)
}

fn cluster_name(provider: &Provider) -> String {
    format!("provider_{}", provider.name)
}

/// With one provider Envoy's routes rewrite path and host by themselves, and no second filter stands on
/// the way. With several, each cluster's own filter does.
fn needs_filter(config: &Config) -> bool {
    config.providers.len() > 1
}

/// What the filter is told of a provider: never its key.
fn filter_provider(provider: &Provider) -> FilterProvider {
    FilterProvider {
        name: provider.name.clone(),
        kind: provider.kind,
        authority: provider.base.authority(),
        base_path: provider.base.path.clone(),
        primary: provider.primary,
        models: Vec::new(),
    }
}

fn pipe(path: &Path) -> Value {
    // Octal 600: only the owner of both processes.
    json!({ "pipe": { "path": path, "mode": 0o600 } })
}

/// The module in a role. One `vm_id` for all, so that they share policy.
fn wasm_filter(role: &str, configuration: &Value, paths: &Paths) -> Value {
    json!({
        "name": format!("privet.{role}"),
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": format!("privet-{role}"),
                "root_id": role,
                // A pause on headers must still let the body come.
                "allow_on_headers_stop_iteration": true,
                // A trap ends in 503 for its stream, and the next request gets a new module.
                "failure_policy": "FAIL_RELOAD",
                "reload_config": { "backoff": { "base_interval": "0.1s" } },
                "vm_config": {
                    "vm_id": "privet",
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": { "local": { "filename": paths.module } },
                },
                "configuration": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": configuration.to_string(),
                },
            },
        },
    })
}

fn router() -> Value {
    json!({
        "name": "envoy.filters.http.router",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
            "suppress_envoy_headers": true,
        },
    })
}

fn gateway_listener(config: &Config, paths: &Paths) -> Value {
    let providers: Vec<_> = config.providers.iter().map(filter_provider).collect();
    let mut plugin = json!({ "role": "gateway", "providers": providers, "trace_cluster": "privet_sidecar" });
    let mut filters = vec![router()];
    if let (Some(limits), Some(plugin)) = (&config.limits, plugin.as_object_mut()) {
        plugin.insert("global_limits".to_owned(), true.into());
        filters.splice(..0, limits::filters(limits));
    }
    filters.insert(0, wasm_filter("gateway", &plugin, paths));
    let mut manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gateway",
        "use_remote_address": true,
        "skip_xff_append": true,
        "normalize_path": true,
        "merge_slashes": true,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "always_set_request_id_in_response": true,
        "common_http_protocol_options": { "headers_with_underscores_action": "REJECT_REQUEST" },
        "local_reply_config": local_replies(),
        "http_filters": filters,
        "route_config": {
            "virtual_hosts": [{
                "name": "providers",
                "domains": ["*"],
                // What the filter may let in at most; it refuses what is above the policy's own cap.
                "request_body_buffer_limit": MAX_BODY_LIMIT + 65_536,
                "routes": routes(config),
            }],
        },
    });
    if config.limits.is_some() {
        share_limits(&mut manager);
    }
    if let (Some(log), Some(object)) = (access_log(config, paths), manager.as_object_mut()) {
        object.insert("access_log".to_owned(), log);
    }
    json!({
        "name": "gateway",
        "address": { "socket_address": { "address": config.listen.host, "port_value": config.listen.port } },
        "per_connection_buffer_limit_bytes": ANSWER_BUFFER_BYTES,
        "filter_chains": [{
            "filters": [{ "name": "envoy.filters.network.http_connection_manager", "typed_config": manager }],
        }],
    })
}

/// What limits of all Envoys need beside their filters.
fn share_limits(manager: &mut Value) {
    if let Some(host) = manager.pointer_mut("/route_config/virtual_hosts/0").and_then(Value::as_object_mut) {
        host.insert("typed_per_filter_config".to_owned(), limits::descriptors());
    }
    if let Some(mappers) = manager.pointer_mut("/local_reply_config/mappers").and_then(Value::as_array_mut) {
        mappers.push(limits::local_reply());
    }
}

/// The routes of each provider, chosen by the header that the filter sets. Without it nothing is routed:
/// what the filter has not looked at goes nowhere.
fn routes(config: &Config) -> Value {
    let mut routes: Vec<Value> = Vec::new();
    for provider in &config.providers {
        if needs_filter(config) {
            routes.push(route(provider, "/", json!({})));
            continue;
        }
        let known = filter_provider(provider);
        let above = known.base_above_version();
        let host = json!({ "host_rewrite_literal": provider.base.authority() });
        let rewrite = |to: String| {
            let mut rewrite = host.clone();
            if let (true, Some(action)) = (to != "/", rewrite.as_object_mut()) {
                action.insert("prefix_rewrite".to_owned(), to.into());
            }
            rewrite
        };
        if provider.kind == Kind::Azure {
            routes.push(route(provider, "/openai/", rewrite(format!("{above}/openai/"))));
            routes.push(route(provider, "/", rewrite(format!("{above}/openai/"))));
        } else {
            routes.push(route(provider, "/", rewrite(format!("{above}/"))));
        }
    }
    routes.push(json!({
        "name": "refused",
        "match": { "prefix": "/" },
        "direct_response": { "status": 404 },
    }));
    routes.into()
}

fn route(provider: &Provider, prefix: &str, rewrite: Value) -> Value {
    let mut action = json!({
        "cluster": cluster_name(provider),
        // An answer may stream for long; what is bounded is the wait for its beginning.
        "timeout": "0s",
        "retry_policy": {
            "num_retries": 0,
            "per_try_timeout": format!("{}s", provider.timeout.as_millis() as f64 / 1000.0),
        },
    });
    if let (Some(action), Value::Object(rewrite)) = (action.as_object_mut(), rewrite) {
        action.extend(rewrite);
    }
    json!({
        "name": provider.name,
        "match": {
            "prefix": prefix,
            "headers": [{ "name": "x-privet-route", "string_match": { "exact": provider.name } }],
        },
        "request_headers_to_remove": ["x-privet-route", "x-forwarded-proto"],
        "route": action,
    })
}

/// Envoy's own answers about a provider, in the error shape that clients understand.
fn local_replies() -> Value {
    let mapper = |flags: &[&str], status: u16, code: &str, message: &str| {
        let error = json!({ "message": message, "type": "server_error", "param": null, "code": code });
        json!({
            "filter": { "response_flag_filter": { "flags": flags } },
            "status_code": status,
            "body_format_override": {
                "text_format_source": { "inline_string": json!({ "error": error }).to_string() },
                "content_type": "application/json",
            },
        })
    };
    json!({
        "mappers": [
            mapper(&["UT", "SI"], 504, "provider_timeout", "the provider did not answer in time"),
            mapper(&["UH", "UF", "UO", "UC", "UR", "LR", "URX", "UPE"], 502, "provider_error",
                "the provider could not be reached, or broke off"),
        ],
    })
}

/// Counts and durations; no path, because its query could hold text.
fn access_log(config: &Config, paths: &Paths) -> Option<Value> {
    let (name, kind, path) = match config.audit {
        Audit::Off => return None,
        Audit::Stdout => ("stdout", "stream.v3.StdoutAccessLog", None),
        Audit::File => ("file", "file.v3.FileAccessLog", Some(&paths.access_log)),
    };
    let mut typed = json!({
        "@type": format!("type.googleapis.com/envoy.extensions.access_loggers.{kind}"),
        "log_format": { "json_format": {
            "time": "%START_TIME%", "request_id": "%REQ(X-REQUEST-ID)%", "status": "%RESPONSE_CODE%",
            "flags": "%RESPONSE_FLAGS%", "duration_ms": "%DURATION%", "bytes_in": "%BYTES_RECEIVED%",
            "bytes_out": "%BYTES_SENT%", "route": "%ROUTE_NAME%",
        } },
    });
    if let (Some(path), Some(object)) = (path, typed.as_object_mut()) {
        object.insert("path".to_owned(), json!(path));
    }
    Some(json!([{ "name": format!("envoy.access_loggers.{name}"), "typed_config": typed }]))
}

fn push_listener(paths: &Paths, push_token_sha256: &str) -> Value {
    let plugin = json!({ "role": "ingest", "token_sha256": push_token_sha256 });
    json!({
        "name": "push",
        "address": pipe(&paths.push_socket),
        "per_connection_buffer_limit_bytes": MAX_POLICY_BYTES + 65_536,
        "filter_chains": [{ "filters": [{
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": "push",
                "http_filters": [wasm_filter("ingest", &plugin, paths), router()],
                "route_config": { "virtual_hosts": [{
                    "name": "push",
                    "domains": ["*"],
                    "routes": [{ "match": { "prefix": "/" }, "direct_response": { "status": 404 } }],
                }] },
            },
        }] }],
    })
}

fn endpoint(address: Value) -> Value {
    json!([{ "lb_endpoints": [{ "endpoint": { "address": address } }] }])
}

/// The cluster of a provider, with its own upstream filters. Upstream is HTTP/1.1: there an answer's
/// trailers end with its body, so that nothing is held back when they come.
fn provider_cluster(provider: &Provider, paths: &Paths, with_filter: bool) -> Value {
    let name = cluster_name(provider);
    let mut filters = Vec::new();
    if with_filter {
        let mut plugin = json!(filter_provider(provider));
        if let Some(object) = plugin.as_object_mut() {
            object.insert("role".to_owned(), "provider".into());
        }
        filters.push(wasm_filter("provider", &plugin, paths));
    }
    if let Some(header) = provider.auth.header() {
        filters.push(credential_injector(provider, paths, header));
    }
    filters.push(json!({
        "name": "envoy.filters.http.upstream_codec",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
        },
    }));
    let host = provider.base.host.trim_matches(['[', ']']);
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let address = json!({ "socket_address": { "address": host, "port_value": provider.base.port } });
    let mut cluster = json!({
        "name": name,
        "type": if is_address { "STATIC" } else { "LOGICAL_DNS" },
        "connect_timeout": "5s",
        "load_assignment": { "cluster_name": name, "endpoints": endpoint(address) },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": { "http_protocol_options": {} },
                "http_filters": filters,
            },
        },
    });
    if let (true, Some(object)) = (provider.base.tls, cluster.as_object_mut()) {
        object.insert("transport_socket".to_owned(), tls(host, is_address, paths));
    }
    cluster
}

/// A certificate names an address in another place than a name, and an address is never sent as the
/// server's name (RFC 6066, section 3).
fn tls(host: &str, is_address: bool, paths: &Paths) -> Value {
    let (san_type, sni) = if is_address { ("IP_ADDRESS", "") } else { ("DNS", host) };
    json!({
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "sni": sni,
            "common_tls_context": {
                "tls_params": { "tls_minimum_protocol_version": "TLSv1_2" },
                "alpn_protocols": ["http/1.1"],
                "validation_context": {
                    "trusted_ca": { "filename": paths.trusted_ca },
                    "match_typed_subject_alt_names": [{ "san_type": san_type, "matcher": { "exact": host } }],
                },
            },
        },
    })
}

fn credential_injector(provider: &Provider, paths: &Paths, (header, prefix): (&str, &str)) -> Value {
    let path = paths.secrets.join(secret_file(provider));
    json!({
        "name": "envoy.filters.http.credential_injector",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.credential_injector.v3.CredentialInjector",
            // Whatever stands there is never the provider's own.
            "overwrite": true,
            "credential": {
                "name": "envoy.http.injected_credentials.generic",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.http.injected_credentials.generic.v3.Generic",
                    "credential": {
                        "name": secret_name(provider),
                        "sds_config": {
                            "path_config_source": {
                                "path": path,
                                "watched_directory": { "path": paths.secrets },
                            },
                            "resource_api_version": "V3",
                        },
                    },
                    "header": header,
                    "header_value_prefix": prefix,
                },
            },
        },
    })
}

fn sidecar_cluster(paths: &Paths) -> Value {
    json!({
        "name": "privet_sidecar",
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": "privet_sidecar",
            "endpoints": endpoint(json!({ "pipe": { "path": paths.intake_socket } })),
        },
    })
}
