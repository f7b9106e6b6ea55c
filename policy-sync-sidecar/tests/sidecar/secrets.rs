//! A provider's key stands in its secret file, which only the owner can read, and nowhere else.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use privet_sidecar::config::Config;
use privet_sidecar::run::{paths, write_envoy_files};
use privet_sidecar::state::{StateDir, write_private};
use tempfile::TempDir;

use super::golden::{entries, read};
use super::support::config;

/// Every place that can hold a key: two providers and a control plane.
const GATEWAY: &str = "
gateway:
  providers:
    openai: { apiKey: '${OPENAI_API_KEY}', isPrimary: true }
    mistral: { apiKey: '${MISTRAL_API_KEY}' }
    ollama: { apiKey: '${OLLAMA_API_KEY}' }
  cloud: { apiKey: '${RIVANO_API_KEY}', baseUrl: 'https://plane.example.com' }
";
const TOKEN: &str = "made-up-push-token";

struct Written {
    folder: TempDir,
    config: Config,
    state: StateDir,
}

fn written() -> Written {
    let folder = tempfile::tempdir().unwrap();
    let config = config(GATEWAY, folder.path());
    let state = StateDir::open(&config.state_dir).unwrap();
    let paths = paths(&state, Path::new("/privet.wasm"));
    write_envoy_files(&config, &state, &paths, TOKEN).unwrap();
    Written { folder, config, state }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn no_key_stands_in_the_rendered_configuration() {
    let rendered = read(&written().state.envoy_config());
    assert!(!rendered.contains("made-up"), "{rendered}");
}

#[test]
fn no_key_stands_in_the_debug_output_of_the_configuration() {
    let config = written().config;
    let debug = format!("{config:?} {config:#?} {:?}", config.providers);
    assert!(debug.contains("openai") && !debug.contains("made-up"), "{debug}");
}

#[test]
fn each_key_stands_in_the_secret_file_of_its_provider_only() {
    let Written { state, folder: _folder, .. } = written();
    let files = entries(&state.secrets());
    let names: Vec<_> = files.iter().filter_map(|f| f.file_name()?.to_str()).collect();
    assert_eq!(names, ["mistral.json", "openai.json"], "ollama needs no key");
    for (file, key) in files.iter().zip(["made-up-key-of-mistral", "made-up-key-of-openai"]) {
        let text = read(file);
        assert_eq!(text.matches("made-up").count(), 1, "{text}");
        assert!(text.contains(key), "{text}");
    }
}

#[test]
fn whatever_the_sidecar_writes_is_for_its_owner_only() {
    let Written { folder, state, .. } = written();
    state.push_token().unwrap();
    let files = files_below(folder.path());
    assert_eq!(files.len(), 4, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    for folder in [state.root(), &state.secrets()] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
}

#[test]
fn a_file_left_half_written_with_another_mode_does_not_lend_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("key.new");
    std::fs::write(&left, "left over").unwrap();
    std::fs::set_permissions(&left, std::fs::Permissions::from_mode(0o644)).unwrap();
    let path = folder.path().join("key.json");
    write_private(&path, b"secret").unwrap();
    assert_eq!((mode(&path), read(&path).as_str()), (0o600, "secret"));
    assert!(!left.exists());
}

#[test]
fn the_key_of_a_provider_that_is_gone_does_not_stay_on_disk() {
    let Written { config: mut config_now, state, folder: _folder } = written();
    config_now.providers.retain(|p| p.name != "mistral");
    let paths = paths(&state, Path::new("/privet.wasm"));
    write_envoy_files(&config_now, &state, &paths, TOKEN).unwrap();
    assert_eq!(entries(&state.secrets()), [state.secrets().join("openai.json")]);
}

#[test]
fn the_push_token_stays_the_same_and_a_damaged_one_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::open(folder.path()).unwrap();
    let token = state.push_token().unwrap();
    assert_eq!(token.len(), 64);
    assert_eq!(state.push_token().unwrap(), token);
    std::fs::write(state.root().join("push-token"), "cut").unwrap();
    let anew = state.push_token().unwrap();
    assert!(anew.len() == 64 && anew != token);
}

#[test]
fn in_a_deep_folder_the_sockets_still_have_paths_that_can_be_bound() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a".repeat(60)).join("b".repeat(60));
    let state = StateDir::open(&deep).unwrap();
    let socket = state.socket("intake.sock");
    let bound = std::os::unix::net::UnixListener::bind(&socket);
    assert!(bound.is_ok(), "{}: {bound:?}", socket.display());
    assert_eq!(mode(socket.parent().unwrap()), 0o700);
    std::fs::remove_dir_all(socket.parent().unwrap()).unwrap();
}

#[test]
fn a_folder_for_sockets_that_others_can_write_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("c".repeat(60)).join("d".repeat(60));
    let sockets = StateDir::open(&deep).unwrap().socket("x").parent().unwrap().to_path_buf();
    std::fs::set_permissions(&sockets, std::fs::Permissions::from_mode(0o777)).unwrap();
    let again = StateDir::open(&deep);
    std::fs::remove_dir_all(&sockets).unwrap();
    assert_eq!(again.unwrap_err().kind(), std::io::ErrorKind::PermissionDenied);
}
