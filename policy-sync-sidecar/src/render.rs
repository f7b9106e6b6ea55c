//! Envoy's configuration around the filter, from `gateway.yaml`. Documented in `envoy/README.md`, with
//! rendered examples in `envoy/examples/`.

mod clusters;
mod limits;
mod routes;

use std::path::{Path, PathBuf};

use privet_core::policy::{MAX_BODY_LIMIT, MAX_POLICY_BYTES};
use privet_core::provider::Provider as FilterProvider;
use serde_json::{Value, json};

use crate::config::{Audit, Auth, AwsCredentials, Config, GlobalLimits, Provider};

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
    let mut clusters = clusters::all(config, paths);
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

/// What Envoy reads a provider's credential from, and is named nowhere else.
#[derive(Debug)]
pub struct SecretFile {
    /// Its name in the directory of the secrets.
    pub name: String,
    /// What stands in it.
    pub content: String,
}

/// The secret file of a provider, if it has a credential of which Envoy reads a file: a discovery response, or a
/// credentials file for requests that are signed. Envoy watches the directory.
#[must_use]
pub fn secret(provider: &Provider) -> Option<SecretFile> {
    let content = match (provider.auth, &provider.aws, &provider.api_key) {
        (Auth::None, ..) => return None,
        (Auth::SigV4, Some(AwsCredentials::Keys { access_key_id, secret_access_key, session_token }), _) => {
            let token = session_token.as_ref().map(|token| format!("aws_session_token={token}\n"));
            let token = token.unwrap_or_default();
            format!(
                "[{AWS_PROFILE}]\naws_access_key_id={access_key_id}\naws_secret_access_key={secret_access_key}\n{token}"
            )
        }
        (Auth::SigV4, ..) | (_, _, None) => return None,
        (_, _, Some(key)) => json!({
            "resources": [{
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
                "name": secret_name(provider),
                "generic_secret": { "secret": { "inline_string": key } },
            }],
        })
        .to_string(),
    };
    Some(SecretFile { name: secret_file(provider), content })
}

/// The profile of the credentials files that this program writes.
const AWS_PROFILE: &str = "default";

fn secret_file(provider: &Provider) -> String {
    let extension = if provider.auth == Auth::SigV4 { "aws" } else { "json" };
    format!("{}.{extension}", provider.name)
}

fn secret_name(provider: &Provider) -> String {
    format!("provider_{}", provider.name)
}

fn cluster_name(provider: &Provider) -> String {
    format!("provider_{}", provider.name)
}

/// The cluster in whose chain the module stands, of a provider whose own needs it not.
fn translated_cluster_name(provider: &Provider) -> String {
    format!("provider_{}_translated", provider.name)
}

/// What the filter is told of the providers: never a key.
fn filter_providers(config: &Config) -> Vec<FilterProvider> {
    let of = |provider: &Provider| FilterProvider {
        name: provider.name.clone(),
        kind: provider.kind,
        authority: provider.base.authority(),
        base_path: provider.base.path.clone(),
        primary: provider.primary,
        fallback: provider.fallback,
        timeout_ms: u64::try_from(provider.timeout.as_millis()).unwrap_or(u64::MAX),
        models: provider.models.clone(),
        model_map: provider.model_map.clone(),
        deployment: provider.deployment.clone(),
        api_version: provider.api_version.clone(),
        max_tokens: provider.max_tokens,
    };
    config.providers.iter().map(of).collect()
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
    let mut plugin = json!({ "role": "gateway", "providers": filter_providers(config), "trace_cluster": "privet_sidecar" });
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
                "routes": routes::all(config),
            }],
        },
    });
    if let Some(limits) = &config.limits {
        share_limits(limits, &mut manager);
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
fn share_limits(limits: &GlobalLimits, manager: &mut Value) {
    if let Some(host) = manager.pointer_mut("/route_config/virtual_hosts/0").and_then(Value::as_object_mut) {
        host.insert("typed_per_filter_config".to_owned(), limits::descriptors(limits));
    }
    if let Some(mappers) = manager.pointer_mut("/local_reply_config/mappers").and_then(Value::as_array_mut) {
        mappers.push(limits::local_reply());
    }
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
