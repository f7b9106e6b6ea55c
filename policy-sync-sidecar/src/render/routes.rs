//! The routes of each provider, chosen by the header that the filter sets, and the second attempt of those that may have
//! one.

use privet_core::provider::attempt::{
    FIRST_ATTEMPT_AUTHORITY, MAY_FAIL_OVER, TRANSLATED, fallback_of, needs_role,
};
use privet_core::provider::{Kind, Provider as FilterProvider};
use serde_json::{Value, json};

use super::{cluster_name, filter_providers, translated_cluster_name};
use crate::config::{Config, Provider};

/// What is tried again at the fallback: `5xx` is every status from 500 on, and no answer at all (reset, timeout of the
/// attempt). Further statuses come with the request, where the policy says so.
const RETRY_ON: &str = "5xx,reset,connect-failure,refused-stream,retriable-status-codes";

/// Without the filter's header nothing is routed: what the filter has not looked at goes nowhere.
pub(super) fn all(config: &Config) -> Value {
    let known = filter_providers(config);
    let mut routes: Vec<Value> = Vec::new();
    for (number, (provider, known_as)) in config.providers.iter().zip(&known).enumerate() {
        if let Some(fallback) = fallback_of(&known, number).and_then(|n| config.providers.get(n)) {
            routes.push(failing_over(provider, fallback));
        }
        if needs_role(&known, number) {
            routes.push(plain(provider, "/", json!({})));
        } else {
            rewriting(provider, known_as, &mut routes);
            routes.push(translated(provider));
        }
    }
    routes.push(json!({
        "name": "refused",
        "match": { "prefix": "/" },
        "direct_response": { "status": 404 },
    }));
    routes.into()
}

/// Where the role `provider` does not stand on the way, Envoy makes path and host.
fn rewriting(provider: &Provider, known: &FilterProvider, routes: &mut Vec<Value>) {
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
        routes.push(plain(provider, "/openai/", rewrite(format!("{above}/openai/"))));
        routes.push(plain(provider, "/", rewrite(format!("{above}/openai/"))));
    } else {
        routes.push(plain(provider, "/", rewrite(format!("{above}/"))));
    }
}

/// A route with one attempt.
fn plain(provider: &Provider, prefix: &str, rewrite: Value) -> Value {
    let mut action = one_attempt(provider, &cluster_name(provider));
    if let (Some(action), Value::Object(rewrite)) = (action.as_object_mut(), rewrite) {
        action.extend(rewrite);
    }
    route(&provider.name, &provider.name, prefix, action)
}

/// The route of what has to be translated, where the role `provider` does not stand on the way of all else.
fn translated(provider: &Provider) -> Value {
    let name = format!("{}{TRANSLATED}", provider.name);
    let action = one_attempt(provider, &translated_cluster_name(provider));
    route(&name.replace('+', "-"), &name, "/", action)
}

fn one_attempt(provider: &Provider, cluster: &str) -> Value {
    json!({
        "cluster": cluster,
        // An answer may stream for long; what is bounded is the wait for its beginning.
        "timeout": "0s",
        "retry_policy": { "num_retries": 0, "per_try_timeout": seconds(provider) },
    })
}

/// The route of the primary's requests that the fallback could take: exactly one more attempt, in the fallback's cluster.
fn failing_over(primary: &Provider, fallback: &Provider) -> Value {
    let action = json!({
        "inline_cluster_specifier_plugin": { "extension": {
            "name": "envoy.router.cluster_specifier_plugin.matcher",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier",
                "cluster_matcher": by_attempt(primary, fallback),
            },
        } },
        "timeout": "0s",
        "retry_policy": {
            "num_retries": 1,
            "retry_on": RETRY_ON,
            "per_try_timeout": seconds(primary),
            "refresh_cluster_on_retry": true,
            // The other provider has done nothing that it should be spared for.
            "retry_back_off": { "base_interval": "0.001s", "max_interval": "0.001s" },
        },
    });
    route(
        &format!("{}-with-fallback", primary.name),
        &format!("{}{MAY_FAIL_OVER}", primary.name),
        "/",
        action,
    )
}

/// The cluster of an attempt, by the host header: the filter has put a mark there, which the first attempt replaces.
fn by_attempt(primary: &Provider, fallback: &Provider) -> Value {
    let choose = |provider: &Provider| {
        json!({ "action": {
            "name": cluster_name(provider),
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction",
                "cluster": cluster_name(provider),
            },
        } })
    };
    json!({
        "matcher_list": { "matchers": [{
            "predicate": { "single_predicate": {
                "input": {
                    "name": "host",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
                        "header_name": ":authority",
                    },
                },
                "value_match": { "exact": FIRST_ATTEMPT_AUTHORITY },
            } },
            "on_match": choose(primary),
        }] },
        "on_no_match": choose(fallback),
    })
}

fn seconds(provider: &Provider) -> String {
    format!("{}s", provider.timeout.as_millis() as f64 / 1000.0)
}

fn route(name: &str, header: &str, prefix: &str, action: Value) -> Value {
    json!({
        "name": name,
        "match": {
            "prefix": prefix,
            "headers": [{ "name": "x-privet-route", "string_match": { "exact": header } }],
        },
        "request_headers_to_remove": ["x-privet-route", "x-forwarded-proto"],
        "route": action,
    })
}
