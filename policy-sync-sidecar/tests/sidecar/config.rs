//! `gateway.yaml`: accepted files with all that they come to, refused files with all their complaints.

use std::fmt::Write;
use std::path::Path;

use privet_sidecar::config::{
    AwsCredentials, BaseUrl, Config, PlaneTls, PolicySource, Provider, Push, Telemetry,
};

use super::golden::{compare_folder, data};

/// The environment of the data files.
fn env(name: &str) -> Option<String> {
    let value = match name {
        "OPENAI_API_KEY" => "made-up-openai-key",
        "MISTRAL_API_KEY" => "made-up-mistral-key",
        "RIVANO_API_KEY" => "made-up-plane-key",
        "PORT" => "9090",
        "YES" => "true",
        "HOST" => "llm.example.com",
        "SPACED" => "two words",
        "EMPTY" => "",
        _ => return None,
    };
    Some(value.to_owned())
}

fn parse(text: &str) -> Result<Config, privet_sidecar::config::ConfigError> {
    Config::parse(text, Path::new("/folder"), &env)
}

/// What a provider says of failover, models and signatures, where it does.
fn describe_routing(provider: &Provider, out: &mut String) {
    let Provider { fallback, models, model_map, deployment, api_version, region, aws, max_tokens, .. } =
        provider;
    if *fallback {
        out.push_str("  fallback\n");
    }
    if !models.is_empty() || !model_map.is_empty() {
        let _ = writeln!(out, "  models: {models:?} map {model_map:?}");
    }
    let options = [deployment, api_version, region].map(|o| o.as_deref().unwrap_or("none"));
    if options != ["none"; 3] {
        let _ = writeln!(out, "  deployment {} version {} region {}", options[0], options[1], options[2]);
    }
    match aws {
        Some(AwsCredentials::Keys { access_key_id, secret_access_key, session_token }) => {
            let token = session_token.as_deref().unwrap_or("none");
            let _ = writeln!(out, "  aws: {access_key_id} {secret_access_key} token {token}");
        }
        Some(file) => {
            let _ = writeln!(out, "  aws: {file:?}");
        }
        None => {}
    }
    if let Some(tokens) = max_tokens {
        let _ = writeln!(out, "  max tokens: {tokens}");
    }
}

/// Every field, a line each.
fn describe(config: &Config) -> String {
    let mut out = String::new();
    let workers = config.workers.map_or("one per core".to_owned(), |n| n.to_string());
    let _ = writeln!(out, "listen: {} port {}", config.listen.host, config.listen.port);
    let _ = writeln!(out, "workers: {workers}");
    let _ = writeln!(out, "audit: {:?}", config.audit);
    let _ = writeln!(out, "state: {}", config.state_dir.display());
    match &config.policy {
        PolicySource::ControlPlane(plane) => {
            let (url, key, interval) = (&plane.base_url, &plane.api_key, plane.interval);
            let _ = writeln!(out, "policy: {url} key {key} every {interval:?} etag {}", plane.etag);
            if plane.tls != PlaneTls::default() {
                let _ = writeln!(out, "  {:?}", plane.tls);
            }
        }
        source => {
            let _ = writeln!(out, "policy: {source:?}");
        }
    }
    let defaults =
        Config { telemetry: Telemetry::default(), admin: None, push: Push::default(), ..config.clone() };
    if config.telemetry != defaults.telemetry {
        let _ = writeln!(out, "telemetry: {:?}", config.telemetry);
    }
    if let Some(admin) = config.admin {
        let _ = writeln!(out, "admin: {admin}");
    }
    if config.push != defaults.push {
        let _ = writeln!(out, "push: {:?}", config.push);
    }
    if let Some(otlp) = &config.otlp {
        let _ = writeln!(out, "otlp: {otlp:?} {:?}", otlp.tls);
    }
    if let Some(limits) = &config.limits {
        let _ = writeln!(out, "limits: {limits:?}");
    }
    for provider in &config.providers {
        let Provider { name, kind, base, api_key, auth, primary, timeout, .. } = provider;
        let BaseUrl { tls, host, port, path } = base;
        let key = api_key.as_deref().unwrap_or("none");
        let _ =
            writeln!(out, "provider: {name} {kind:?} key {key} auth {auth:?} primary {primary} {timeout:?}");
        let _ = writeln!(out, "  base: tls {tls} host {host} port {port} path {path:?}");
        describe_routing(provider, &mut out);
    }
    out
}

#[test]
fn accepted_files_come_to_what_stands_beside_them() {
    compare_folder(&data("config/good"), "txt", |text| match parse(text) {
        Ok(config) => describe(&config),
        Err(errors) => panic!("not accepted:\n{text}\n{errors}"),
    });
}

#[test]
fn refused_files_are_refused_with_all_their_errors_at_once() {
    compare_folder(&data("config/bad"), "errors", |text| match parse(text) {
        Ok(config) => panic!("not refused:\n{text}\n{}", describe(&config)),
        Err(errors) => errors.complaints().join("\n") + "\n",
    });
}

#[test]
fn complaints_come_in_the_order_of_the_file_and_none_comes_twice() {
    for path in super::golden::entries(&data("config/bad")) {
        if path.extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        let Err(errors) = parse(&super::golden::read(&path)) else {
            panic!("{} is accepted", path.display())
        };
        let line = |complaint: &String| -> usize {
            let digits = complaint.split_once("(line ").and_then(|(_, rest)| rest.split_once(')'));
            digits.and_then(|(n, _)| n.parse().ok()).unwrap_or(0)
        };
        let complaints = errors.complaints();
        assert!(complaints.is_sorted_by_key(line), "{}: {complaints:#?}", path.display());
        let unique: std::collections::BTreeSet<&String> = complaints.iter().collect();
        assert_eq!(unique.len(), complaints.len(), "{}: {complaints:#?}", path.display());
    }
}

#[test]
fn no_complaint_repeats_the_value_of_a_variable() {
    let text = "providers:\n  - { name: openai, api_key: '${SPACED}', base_url: '${OPENAI_API_KEY}' }\n";
    let errors = parse(text).map(|c| describe(&c)).unwrap_err().to_string();
    assert!(!errors.contains("two words") && !errors.contains("made-up"), "{errors}");
}

#[test]
fn relative_paths_start_at_the_folder_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.yaml");
    std::fs::write(&file, "providers: [{ name: ollama }]\npolicy: { file: sub/policy.json }\n").unwrap();
    let config = Config::read(&file).unwrap();
    assert_eq!(config.state_dir, folder.path().join(".state"));
    assert_eq!(config.policy, PolicySource::File(folder.path().join("sub/policy.json")));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let errors = Config::read(Path::new("/nowhere/gateway.yaml")).unwrap_err();
    assert!(errors.to_string().starts_with("/nowhere/gateway.yaml: "), "{errors}");
}
