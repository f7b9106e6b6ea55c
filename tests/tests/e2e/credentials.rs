//! Credentials of providers: a new key without a restart, from the configuration or a file; requests that are signed.

use std::path::Path;
use std::time::{Duration, Instant};

use privet_tests::client::{Connection, chat};
use privet_tests::provider::{Seen, TestProvider};
use privet_tests::stack::{Setup, Stack, signal};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{content, echo, said};

fn write(folder: &Path, name: &str, text: &str) {
    let beside = folder.join(format!("{name}.new"));
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, folder.join(name)));
    written.unwrap_or_else(|e| panic!("{name}: {e}"));
}

fn gateway(provider: &str) -> String {
    format!(
        "server: {{ host: 127.0.0.1, port: 0, workers: 2 }}\nproviders:\n  - {{ {provider} }}\n\
         policy: {{ file: policy.json }}\nstate_dir: state\n"
    )
}

/// Asks until the provider sees `wanted` of a request; every request on the way is answered, with the old or the new.
async fn until_seen(
    provider: &TestProvider,
    ask: impl AsyncFn(),
    of: impl Fn(&Seen) -> String,
    wanted: &str,
) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        ask().await;
        let found = of(&provider.record.last());
        if found == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "still {found}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_changed_while_requests_go_on() {
    let provider = TestProvider::start().await;
    let url = provider.base_url();
    let by_file = gateway(&format!("name: openai, base_url: \"{url}\", api_key_file: secrets/openai"));
    // The file is there before the sidecar reads of it: it is given its place by the configuration's own folder.
    let setup = Setup {
        gateway_yaml: gateway(&format!("name: openai, base_url: \"{url}\", api_key: key-0")),
        ..Setup::one_provider(&url)
    };
    let stack = Stack::start(&setup);
    let ask = async || {
        let answer = chat(stack.address, &echo("to ann@example.com")).await;
        assert_eq!((answer.status, content(&answer.json())), (200, "to ann@example.com"));
    };
    let key = |seen: &Seen| seen.header("authorization").unwrap_or_default().to_owned();
    until_seen(&provider, &ask, key, "Bearer key-0").await;
    // From the configuration to a file.
    std::fs::create_dir(stack.folder().join("secrets")).expect("a folder");
    write(stack.folder(), "secrets/openai", "key-1\n");
    write(stack.folder(), "gateway.yaml", &by_file);
    signal(stack.sidecar_id(), "HUP");
    until_seen(&provider, &ask, key, "Bearer key-1").await;
    // And in that file.
    write(stack.folder(), "secrets/openai", "key-2");
    signal(stack.sidecar_id(), "HUP");
    until_seen(&provider, &ask, key, "Bearer key-2").await;
    // A file that cannot be used leaves the key that is there.
    write(stack.folder(), "secrets/openai", "");
    signal(stack.sidecar_id(), "HUP");
    super::eventually("the sidecar says so", || stack.log().contains("the file is empty"));
    ask().await;
    assert_eq!(key(&provider.record.last()), "Bearer key-2");
}

const ID: &str = "AKIDEXAMPLE";

/// HMAC (RFC 2104) with SHA-256.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > 64 { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(64, 0);
    let pad = |byte: u8| block.iter().map(|b| b ^ byte).collect::<Vec<u8>>();
    let inner = Sha256::digest([&pad(0x36), message].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The signature that a request should have (AWS, "Create a signed AWS API request"), and the one that it has.
fn signatures(seen: &Seen, secret: &str) -> (String, String) {
    let authorization = seen.header("authorization").unwrap_or_default();
    let part = |name: &str| {
        let (_, behind) =
            authorization.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("{authorization}"));
        behind.split(',').next().unwrap_or_default().to_owned()
    };
    let (credential, signed) = (part("Credential"), part("SignedHeaders"));
    let (id, scope) = credential.split_once('/').expect("a scope");
    assert_eq!(id, ID);
    let fields: Vec<&str> = scope.split('/').collect();
    assert_eq!(fields[1..], ["eu-central-1", "bedrock", "aws4_request"], "{scope}");
    for needed in ["host", "x-amz-date"] {
        assert!(signed.split(';').any(|name| name == needed), "{signed}");
    }
    // The path is encoded once more than it is sent.
    let path = seen.path.split('/').map(|s| s.replace('%', "%25")).collect::<Vec<_>>().join("/");
    let headers: String = signed
        .split(';')
        .map(|name| format!("{name}:{}\n", seen.header(name).unwrap_or_default().trim()))
        .collect();
    let body = hex(&Sha256::digest(&seen.body));
    let canonical = format!("{}\n{path}\n\n{headers}\n{signed}\n{body}", seen.method);
    let date = seen.header("x-amz-date").unwrap_or_default();
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let mut key = format!("AWS4{secret}").into_bytes();
    for field in fields {
        key = hmac(&key, field.as_bytes());
    }
    (hex(&hmac(&key, to_sign.as_bytes())), part("Signature"))
}

fn bedrock(url: &str, secret: &str, token: &str) -> String {
    gateway(&format!(
        "name: bedrock, base_url: \"{url}\", region: eu-central-1, \
         aws: {{ access_key_id: {ID}, secret_access_key: {secret}{token} }}"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_bedrock_are_signed_and_the_credentials_can_be_changed() {
    let provider = TestProvider::start().await;
    let secrets = [["made", "up", "secret"].join("-"), ["another", "secret"].join("-")];
    let url = provider.root_url();
    let setup = Setup { gateway_yaml: bedrock(&url, &secrets[0], ""), ..Setup::one_provider(&url) };
    let stack = Stack::start(&setup);
    let said = |text: &str| json!({ "messages": [{ "role": "user", "content": [{ "text": text }] }] });
    let converse = async |body: Value| {
        let mut connection = Connection::open(stack.address).await;
        let headers =
            [("authorization", "AWS4-HMAC-SHA256 of-the-client"), ("x-amz-security-token", "of-the-client")];
        let body = body.to_string();
        connection.send("POST", "/model/anthropic.echo%3A0/converse", &headers, body.as_bytes()).await
    };
    for text in ["to ann@example.com".to_owned(), "to ann@example.com ".repeat(13_000)] {
        let answer = converse(said(&text)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["output"]["message"]["content"][0]["text"], json!(text));
        let seen = provider.record.last();
        assert_eq!(seen.path, "/model/anthropic.echo%3A0/converse");
        let (wanted, found) = signatures(&seen, &secrets[0]);
        assert_eq!(found, wanted, "{seen:?}");
        assert_eq!(seen.header("x-amz-security-token"), None);
    }
    write(stack.folder(), "gateway.yaml", &bedrock(&url, &secrets[1], ", session_token: of-a-session"));
    signal(stack.sidecar_id(), "HUP");
    let ask = async || assert_eq!(converse(said("hello")).await.status, 200);
    let token = |seen: &Seen| seen.header("x-amz-security-token").unwrap_or_default().to_owned();
    until_seen(&provider, &ask, token, "of-a-session").await;
    let (wanted, found) = signatures(&provider.record.last(), &secrets[1]);
    assert_eq!(found, wanted);
    // The secret stands in its file alone.
    let rendered =
        std::fs::read_to_string(stack.folder().join("state/envoy.json")).expect("the configuration");
    assert!(!rendered.contains(&secrets[1]) && !stack.log().contains(&secrets[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_the_provider_does_not_serve_is_refused_before_it_is_asked() {
    let provider = TestProvider::start().await;
    let url = provider.base_url();
    let gateway_yaml =
        gateway(&format!("name: openai, base_url: \"{url}\", api_key: k, models: [\"echo-*\", echo]"));
    let stack = Stack::start(&Setup { gateway_yaml, ..Setup::one_provider(&url) });
    assert_eq!(chat(stack.address, &said("echo-cited", "hello")).await.status, 200);
    let answer = chat(stack.address, &said("slow", "hello")).await;
    assert_eq!((answer.status, answer.json()["error"]["param"].as_str()), (403, Some("model")));
    assert_eq!(provider.record.seen().len(), 1);
}
