//! The cluster of each provider: where it is, how it is reached, and what happens to a request on the way.

use std::path::Path;

use privet_core::provider::Provider as FilterProvider;
use privet_core::provider::attempt::needs_role;
use serde_json::{Value, json};

use super::{
    AWS_PROFILE, Paths, cluster_name, endpoint, filter_providers, secret_file, secret_name,
    translated_cluster_name, wasm_filter,
};
use crate::config::{Auth, AwsCredentials, Config, Provider};

/// How long a connection may take to be made: two lost packets (after 1 and 3 seconds TCP tries again), and not so long
/// that a client has given up before the fallback is asked.
const CONNECT_SECONDS: u32 = 5;
/// Connections, and with HTTP/1.1 requests, that a provider may have at once. Envoy's own limit of 1024 is soon reached
/// by streams that last minutes, and its limit of 3 retries would leave all but three requests of a primary that is down
/// without their fallback. One more attempt of each request cannot pile up.
const MAX_STREAMS: u32 = 8192;
/// How long an idle connection is kept. Shorter than the minute after which many load balancers close theirs: a request
/// that meets that close would look like a failure.
const IDLE_SECONDS: u32 = 45;
/// How often a name is looked up where its record does not say.
const DNS_SECONDS: u32 = 30;

/// A cluster a provider, in whose chain the module stands where it must; and where it does not, a second one for what
/// has to be translated, so that nothing else pays for that.
pub(super) fn all(config: &Config, paths: &Paths) -> Vec<Value> {
    let known = filter_providers(config);
    let of = |(provider, number): (&Provider, usize)| {
        let role = known.get(number);
        let (plain, translated) = match needs_role(&known, number) {
            true => (role, None),
            false => (None, role),
        };
        let plain = cluster(&cluster_name(provider), provider, plain, paths);
        let name = translated_cluster_name(provider);
        let translated = translated.map(|role| cluster(&name, provider, Some(role), paths));
        core::iter::once(plain).chain(translated)
    };
    config.providers.iter().zip(0..).flat_map(of).collect()
}

/// The cluster of a provider, with its own upstream filters. Upstream is HTTP/1.1: there an answer's
/// trailers end with its body, so that nothing is held back when they come.
fn cluster(name: &str, provider: &Provider, role: Option<&FilterProvider>, paths: &Paths) -> Value {
    let mut filters = Vec::new();
    if let Some(known) = role {
        let plugin = json!({ "role": "provider", "provider": known });
        filters.push(wasm_filter("provider", &plugin, paths));
    }
    if let Some(header) = provider.auth.header() {
        filters.push(credential_injector(provider, paths, header));
    }
    if let (Auth::SigV4, Some(aws)) = (provider.auth, &provider.aws) {
        filters.push(request_signing(provider, aws, paths));
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
        "connect_timeout": format!("{CONNECT_SECONDS}s"),
        "circuit_breakers": { "thresholds": [{
            "max_connections": MAX_STREAMS,
            "max_pending_requests": MAX_STREAMS,
            "max_requests": MAX_STREAMS,
            "max_retries": MAX_STREAMS,
        }] },
        "load_assignment": { "cluster_name": name, "endpoints": endpoint(address) },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "common_http_protocol_options": { "idle_timeout": format!("{IDLE_SECONDS}s") },
                "explicit_http_config": { "http_protocol_options": {} },
                "http_filters": filters,
            },
        },
    });
    if let (false, Some(object)) = (is_address, cluster.as_object_mut()) {
        object.insert("dns_lookup_family".to_owned(), "ALL".into());
        object.insert("respect_dns_ttl".to_owned(), true.into());
        object.insert("dns_refresh_rate".to_owned(), format!("{DNS_SECONDS}s").into());
        let failed = json!({ "base_interval": "0.5s", "max_interval": format!("{DNS_SECONDS}s") });
        object.insert("dns_failure_refresh_rate".to_owned(), failed);
    }
    if let (true, Some(object)) = (provider.base.tls, cluster.as_object_mut()) {
        object.insert("transport_socket".to_owned(), tls(host, is_address, paths));
    }
    cluster
}

/// A certificate names an address in another place than a name, and an address is never sent as the
/// server's name (RFC 6066, section 3).
pub(super) fn tls(host: &str, is_address: bool, paths: &Paths) -> Value {
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

/// Signs each attempt anew (AWS Signature Version 4). The provider chain is our own and has the file alone, so that Envoy
/// asks no metadata service for credentials.
fn request_signing(provider: &Provider, aws: &AwsCredentials, paths: &Paths) -> Value {
    let (path, profile) = match aws {
        AwsCredentials::Keys { .. } => (paths.secrets.join(secret_file(provider)), AWS_PROFILE),
        AwsCredentials::File { path, profile } => (path.clone(), profile.as_str()),
    };
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    json!({
        "name": "envoy.filters.http.aws_request_signing",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.aws_request_signing.v3.AwsRequestSigning",
            "service_name": "bedrock",
            "region": provider.region,
            "credential_provider": {
                "custom_credential_provider_chain": true,
                "credentials_file_provider": {
                    "credentials_data_source": {
                        "filename": path,
                        "watched_directory": { "path": folder },
                    },
                    "profile": profile,
                },
            },
        },
    })
}
