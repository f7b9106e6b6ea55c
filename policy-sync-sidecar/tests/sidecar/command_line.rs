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
fn validate_tells_of_what_a_policy_holds_that_nobody_reads() {
    let mistyped = "{\"schema\":1,\"revision\":\"r\",\n\"polices\":[],\n\"new_in_2027\":{}}";
    let folder = folder(&[("policy.json", mistyped)]);
    let (code, out, err) = sidecar(&folder, &["validate", "--policy", "./policy.json"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    let policy = folder.path().join("policy.json");
    let policy = policy.display();
    let hint = "ignored; unknown key; did you mean `policies`?";
    assert!(err.contains(&format!("{policy}: polices (line 2): {hint}")), "{err}");
    assert!(
        err.contains(&format!("{policy}: new_in_2027 (line 3): ignored; unknown key; known here: ")),
        "{err}"
    );
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
    assert!(err.contains(&format!("{}: schema (line 1): ", policy.display())), "{err}");
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

#[test]
fn every_command_has_help_with_an_example_and_the_exit_codes_are_told() {
    let folder = folder(&[]);
    let commands =
        ["run", "up", "render", "validate", "detect", "mask", "status", "policy show", "completions"];
    for command in commands {
        let arguments: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let (code, out, err) = sidecar(&folder, &arguments);
        assert_eq!((code, err.as_str()), (0, ""), "{command}");
        assert!(out.contains("Example") && out.contains(&format!("privet-sidecar {command}")), "{out}");
    }
    let (_, out, _) = sidecar(&folder, &["--help"]);
    for told in ["0   done", "1   failed", "2   wrong usage", "3   status", "64  the", "65  the"] {
        assert!(out.contains(told), "{told}\n{out}");
    }
}

#[test]
fn completions_are_printed_for_each_shell() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, out, _) = sidecar(&folder, &["completions", shell]);
        assert_eq!(code, 0, "{shell}");
        assert!(out.contains("privet-sidecar") && out.contains("validate"), "{out}");
    }
}

#[test]
fn validate_names_the_line_of_each_error_of_a_policy() {
    let text = "{\n  \"schema\": 1,\n  \"revision\": \"1\",\n  \"masking\": {\n    \"default_action\": \"explode\"\n  },\n  \"body_limit_bytes\": 0\n}\n";
    let folder = folder(&[("policy.json", text)]);
    let (code, _, err) = sidecar(&folder, &["validate", "--policy", "./policy.json"]);
    assert_eq!(code, 64);
    let place = folder.path().join("policy.json");
    let said = |path: &str, line: &str| {
        let start = format!("{}: {path}", place.display());
        err.lines().any(|l| l.starts_with(&start) && l.contains(line))
    };
    assert!(said("masking.default_action: ", "(line 5, column "), "{err}");
    assert!(said("body_limit_bytes (line 7): ", ""), "{err}");
}

#[test]
fn policy_show_leaves_out_what_could_be_a_secret_or_a_person_unless_asked() {
    let hash = "ab".repeat(32);
    let text = format!(
        r#"{{"schema":1,"revision":"1","keys":[{{"id":"me","sha256":"{hash}"}}],
            "masking":{{"dictionaries":[{{"type":"PERSON","terms":["Ada Moreau"]}}],"allow":["info@example.com"]}}}}"#
    );
    let folder = folder(&[("gateway.yaml", GOOD), ("policy.json", &text)]);
    let (code, out, err) = sidecar(&folder, &["policy", "show", "--config", "./gateway.yaml"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["masking"]["dictionaries"][0]["terms"], "(1 left out)");
    assert_eq!(shown["keys"][0]["id"], "me");
    assert!(!out.contains("Ada") && !out.contains(&hash) && !out.contains("info@"), "{out}");
    let (code, out, _) = sidecar(&folder, &["policy", "show", "--config", "./gateway.yaml", "--show-values"]);
    assert_eq!((code, out), (0, text));
}

#[test]
fn policy_show_shows_the_built_in_policy_and_says_where_there_is_none() {
    let plane = "providers: [{ name: ollama }]\nrivano: { base_url: 'http://127.0.0.1:1', api_key: k }\n";
    let built_in = "gateway: { providers: { ollama: {} } }\n";
    let folder = folder(&[("plane.yaml", plane), ("built-in.yaml", built_in)]);
    let (code, out, _) = sidecar(&folder, &["policy", "show", "--config", "./built-in.yaml"]);
    assert_eq!(code, 0);
    assert!(out.contains("\"revision\": \"built-in\""), "{out}");
    let (code, out, err) = sidecar(&folder, &["policy", "show", "--config", "./plane.yaml"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("no policy has come from the control plane yet"), "{err}");
}

#[test]
fn a_push_token_that_others_can_read_is_refused() {
    let text = "providers: [{ name: ollama }]\npolicy: { file: policy.json }\npush: { token_file: token }\n";
    let folder = folder(&[("gateway.yaml", text), ("token", "made-up-token\n")]);
    let render = ["render", "--config", "./gateway.yaml", "--module", "/privet.wasm"];
    let token = folder.path().join("token");
    for (mode, expected) in [(0o644, 1), (0o640, 1), (0o600, 0), (0o400, 0)] {
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(mode)).unwrap();
        let (code, out, err) = sidecar(&folder, &render);
        assert_eq!(code, expected, "{mode:o} {err}");
        assert_eq!(err.contains("others can read it"), expected == 1, "{err}");
        assert!(!out.contains("made-up-token"), "{out}");
    }
}
