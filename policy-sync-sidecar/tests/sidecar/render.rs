//! The rendered Envoy configuration: the workspace's examples, each accepted by the real Envoy.

use std::path::{Path, PathBuf};

use privet_sidecar::config::Config;
use privet_sidecar::render::{Paths, bootstrap};
use privet_sidecar::run::{paths, write_envoy_files};
use privet_sidecar::state::StateDir;
use serde_json::Value;

use super::golden::{difference, entries, read, rewriting};
use super::support::{built, config, run, workspace};

/// The folders of the examples.
fn examples() -> Vec<PathBuf> {
    entries(&workspace().join("envoy/examples"))
}

fn example(folder: &Path) -> Config {
    config(&read(&folder.join("gateway.yaml")), Path::new("/etc/privet"))
}

/// Paths as they could be on a server.
fn fixed_paths() -> Paths {
    let run = Path::new("/var/lib/privet/run");
    Paths {
        module: "/usr/lib/privet/privet.wasm".into(),
        secrets: "/var/lib/privet/secrets".into(),
        admin_socket: run.join("admin.sock"),
        push_socket: run.join("push.sock"),
        intake_socket: run.join("intake.sock"),
        access_log: "/var/log/privet/access.log".into(),
        trusted_ca: "/etc/ssl/certs/ca-certificates.crt".into(),
    }
}

fn rendered(config: &Config) -> Value {
    bootstrap(config, &fixed_paths(), &"0".repeat(64))
}

#[test]
fn the_examples_render_to_what_stands_beside_them() {
    let mut differences = Vec::new();
    for folder in examples() {
        if rewriting() && !folder.join("gateway.yaml").exists() {
            std::fs::remove_dir_all(&folder).unwrap();
            continue;
        }
        let text = serde_json::to_string_pretty(&rendered(&example(&folder))).unwrap() + "\n";
        differences.extend(difference(&folder.join("envoy.json"), &text));
    }
    let hint = "PRIVET_REWRITE=1 writes the expected files anew";
    assert!(differences.is_empty(), "{}\n{hint}", differences.join("\n\n"));
}

#[test]
fn envoy_accepts_every_example() {
    let envoy = built("ENVOY_PATH", ".tools/envoy");
    let module = built("PRIVET_MODULE", "target/modules/privet.wasm");
    for example_folder in examples() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(&read(&example_folder.join("gateway.yaml")), folder.path());
        config.listen.port = 0;
        let state = StateDir::open(&config.state_dir).unwrap();
        write_envoy_files(&config, &state, &paths(&state, &module), "token").unwrap();
        let arguments = ["--mode", "validate", "--log-level", "warn", "-c"].map(Into::into);
        let arguments = [&arguments[..], &[state.envoy_config().into()]].concat();
        let (code, out, err) = run(&envoy, &arguments);
        assert_eq!(code, 0, "{}:\n{out}\n{err}", example_folder.display());
    }
}

#[test]
fn without_the_filters_header_nothing_is_routed() {
    for folder in examples() {
        let rendered = rendered(&example(&folder));
        let manager = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";
        let routes = rendered.pointer(&format!("{manager}/route_config/virtual_hosts/0/routes"));
        let routes = routes.and_then(Value::as_array).unwrap();
        for route in routes.iter().filter(|r| r.get("route").is_some()) {
            let header = route.pointer("/match/headers/0/name");
            assert_eq!(header, Some(&"x-privet-route".into()), "{route}");
        }
        assert!(routes.last().unwrap().get("direct_response").is_some(), "{}", folder.display());
    }
}

#[test]
fn the_module_has_one_vm_id_in_every_role_and_fails_closed() {
    let text = rendered(&example(&workspace().join("envoy/examples/failover"))).to_string();
    let count = |what: &str| text.matches(what).count();
    // gateway, ingest, one for each of the two providers that are asked one after the other, and one for what has to
    // be translated for the third.
    assert_eq!(count(r#""vm_id":"privet""#), 5);
    assert_eq!(count(r#""failure_policy":"FAIL_RELOAD""#), 5);
    assert_eq!(count(r#""allow_on_headers_stop_iteration":true"#), 5);
}

#[test]
fn a_provider_over_tls_is_checked_by_the_name_or_address_of_its_base_url() {
    let checked = |case: &str| {
        let rendered = rendered(&example(&workspace().join("envoy/examples").join(case)));
        let tls = "/static_resources/clusters/0/transport_socket/typed_config";
        let san = "/common_tls_context/validation_context/match_typed_subject_alt_names/0";
        let at = |path: String| rendered.pointer(&path).cloned().unwrap_or_default();
        (
            at(format!("{tls}/sni")),
            at(format!("{tls}{san}/san_type")),
            at(format!("{tls}{san}/matcher/exact")),
        )
    };
    let named = "llm.example.com";
    assert_eq!(checked("base-path"), (named.into(), "DNS".into(), named.into()));
    assert_eq!(checked("tls-by-address"), ("".into(), "IP_ADDRESS".into(), "2001:db8::1".into()));
}

#[test]
fn the_push_listener_and_the_admin_interface_are_sockets_for_their_owner_only() {
    let rendered = rendered(&example(&workspace().join("envoy/examples/one-provider")));
    let only_owner = Value::from(0o600);
    assert_eq!(rendered.pointer("/admin/address/pipe/mode"), Some(&only_owner));
    assert_eq!(rendered.pointer("/static_resources/listeners/1/address/pipe/mode"), Some(&only_owner));
    assert_eq!(
        rendered.pointer("/static_resources/listeners").and_then(Value::as_array).map(Vec::len),
        Some(2)
    );
}

#[test]
fn the_access_log_has_no_field_that_could_hold_text() {
    let rendered = rendered(&example(&workspace().join("envoy/examples/audit-stdout")));
    let manager = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";
    let format = rendered.pointer(&format!("{manager}/access_log/0/typed_config/log_format/json_format"));
    let mut fields: Vec<&str> =
        format.and_then(Value::as_object).unwrap().values().filter_map(Value::as_str).collect();
    fields.sort_unstable();
    let allowed = [
        "%BYTES_RECEIVED%",
        "%BYTES_SENT%",
        "%DURATION%",
        "%REQ(X-REQUEST-ID)%",
        "%RESPONSE_CODE%",
        "%RESPONSE_FLAGS%",
        "%ROUTE_NAME%",
        "%START_TIME%",
    ];
    assert_eq!(fields, allowed);
}

/// The values of `descriptor_value` below a rendered configuration.
fn descriptor_values(value: &Value, found: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let own = members.get("descriptor_value").and_then(Value::as_str);
            found.extend(own.map(str::to_owned));
            members.values().for_each(|v| descriptor_values(v, found));
        }
        Value::Array(items) => items.iter().for_each(|v| descriptor_values(v, found)),
        _ => {}
    }
}

#[test]
fn the_rate_limit_services_example_names_the_domain_and_the_descriptors_that_are_rendered() {
    let folder = workspace().join("envoy");
    let shared = rendered(&example(&folder.join("examples/shared-limits")));
    let mut known = std::collections::BTreeSet::new();
    descriptor_values(&shared, &mut known);
    assert_eq!(known.len(), 7, "{known:?}");
    let text = read(&folder.join("limits/ratelimit.yaml"));
    assert!(text.lines().any(|line| line == "domain: privet"));
    assert!(shared.to_string().contains(r#""domain":"privet""#));
    let lines: Vec<&str> = text.lines().collect();
    let named: Vec<&str> = lines
        .windows(2)
        .filter(|pair| pair[0].trim() == "- key: limit")
        .filter_map(|pair| pair[1].trim().strip_prefix("value: "))
        .collect();
    assert!(named.len() > 2 && named.iter().all(|name| known.contains(*name)), "{named:?} of {known:?}");
    // Tokens are given back only where the service is said to know how: one that does not would count them as used.
    let text = read(&folder.join("examples/shared-limits/gateway.yaml"));
    let without = text.replace(", give_back: true", "");
    assert_ne!(text, without);
    let unaware = rendered(&config(&without, Path::new("/etc/privet")));
    assert!(shared.to_string().contains("is_negative_hits"));
    assert!(!unaware.to_string().contains("is_negative_hits"));
    // Without a service nothing asks one.
    let alone = rendered(&example(&folder.join("examples/one-provider")));
    assert!(!alone.to_string().contains("ratelimit"));
}

#[test]
fn what_stands_beside_the_examples_is_yaml() {
    for file in entries(&workspace().join("envoy/limits")) {
        let text = read(&file);
        let documents = <saphyr::MarkedYaml<'_> as saphyr::LoadableYamlNode>::load_from_str(&text);
        assert!(documents.is_ok_and(|d| !d.is_empty()), "{}", file.display());
    }
}
