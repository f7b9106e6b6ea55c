//! The binary: exit codes and messages.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::support::{policy, run};

const GOOD: &str = "providers: [{ name: ollama }]\npolicy: { file: policy.json }\n";
const BAD: &str = "providers: [{ name: ollama, colour: red }]\npolicy: { file: 1.json }\nservr: {}\n";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Runs the binary; an argument that begins with `./` is a file of `folder`.
fn sidecar(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let place = |a: &&str| a.strip_prefix("./").map_or((*a).into(), |name| folder.path().join(name).into());
    let arguments: Vec<OsString> = arguments.iter().map(place).collect();
    run(Path::new(env!("CARGO_BIN_EXE_privet-sidecar")), &arguments)
}

#[test]
fn validate_says_nothing_of_good_files() {
    let folder = folder(&[("gateway.yaml", GOOD), ("policy.json", &policy("one"))]);
    let (code, out, err) =
        sidecar(&folder, &["validate", "--config", "./gateway.yaml", "--policy", "./policy.json"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    assert!(!folder.path().join(".state").exists(), "validate changed something");
}

#[test]
fn validate_ends_with_64_and_names_every_error_of_both_files() {
    let folder = folder(&[("gateway.yaml", BAD), ("policy.json", r#"{"schema":2,"revision":""}"#)]);
    let (code, out, err) =
        sidecar(&folder, &["validate", "--config", "./gateway.yaml", "--policy", "./policy.json"]);
    assert_eq!((code, out.as_str()), (64, ""));
    let config = folder.path().join("gateway.yaml");
    let config = config.display();
    assert!(err.contains(&format!("{config}: providers[0].colour (line 1): unknown key")), "{err}");
    assert!(err.contains(&format!("{config}: servr (line 3): unknown key; did you mean `server`?")), "{err}");
    let policy = folder.path().join("policy.json");
    assert!(err.contains(&format!("{}: schema", policy.display())), "{err}");
}

#[test]
fn validate_ends_with_64_where_a_file_is_not_there() {
    let folder = folder(&[]);
    for flag in ["--config", "--policy"] {
        let (code, _, err) = sidecar(&folder, &["validate", flag, "./missing"]);
        assert_eq!(code, 64, "{err}");
        assert!(err.contains("missing"), "{err}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = folder(&[]);
    for arguments in [&["validate"][..], &[], &["dance"], &["validate", "--colour"], &["up"]] {
        let (code, out, err) = sidecar(&folder, arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(!err.is_empty(), "{arguments:?}");
    }
}

#[test]
fn render_prints_the_envoy_configuration_as_json() {
    let folder = folder(&[("gateway.yaml", GOOD)]);
    let (code, out, err) =
        sidecar(&folder, &["render", "--config", "./gateway.yaml", "--module", "/privet.wasm"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let rendered: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(rendered.pointer("/static_resources/listeners/0/name"), Some(&"gateway".into()));
}

#[test]
fn render_ends_with_64_and_prints_nothing_for_a_bad_configuration() {
    let folder = folder(&[("gateway.yaml", BAD)]);
    let (code, out, err) =
        sidecar(&folder, &["render", "--config", "./gateway.yaml", "--module", "/privet.wasm"]);
    assert_eq!((code, out.as_str()), (64, ""));
    assert_eq!(err.lines().count(), 2, "{err}");
}

#[test]
fn up_with_a_bad_configuration_ends_with_64_and_starts_nothing() {
    let folder = folder(&[("gateway.yaml", BAD), ("envoy", "#!/bin/sh\n: > \"$0.started\"\n")]);
    let envoy = folder.path().join("envoy");
    std::fs::set_permissions(&envoy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (code, out, err) = sidecar(
        &folder,
        &["up", "--config", "./gateway.yaml", "--module", "/privet.wasm", "--envoy", "./envoy"],
    );
    assert_eq!((code, out.as_str()), (64, ""), "{err}");
    assert_eq!(err.lines().count(), 2, "{err}");
    assert!(!folder.path().join("envoy.started").exists(), "Envoy was started");
    assert!(!folder.path().join(".state").exists(), "the state directory was made");
}

#[test]
fn up_ends_with_1_and_says_so_where_envoy_ends_at_its_start() {
    let folder = folder(&[("gateway.yaml", GOOD), ("envoy", "#!/bin/sh\nexit 3\n")]);
    let envoy = folder.path().join("envoy");
    std::fs::set_permissions(&envoy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (code, _, err) = sidecar(
        &folder,
        &["up", "--config", "./gateway.yaml", "--module", "/privet.wasm", "--envoy", "./envoy"],
    );
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("Envoy: ended at its start: exit status: 3"), "{err}");
}
