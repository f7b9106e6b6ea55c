//! Names of models: `data/models.toml`, run through the steps of the gateway.

use std::collections::BTreeMap;

use privet_core::gateway::{Head, admit, decide, list_models, read};
use privet_core::policy::Policy;
use privet_core::provider::{Kind, Provider};
use privet_core::refusal::{Code, Refusal};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::provider::provider;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    aliases: BTreeMap<String, String>,
    request: Vec<Request>,
    listing: Vec<Listing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    name: String,
    #[serde(default = "chat")]
    path: String,
    header: Option<String>,
    allow: Option<Vec<String>>,
    body: String,
    provider: Option<String>,
    sent: Option<String>,
    path_sent: Option<String>,
    refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    name: String,
    #[serde(default = "models_path")]
    path: String,
    #[serde(default = "get")]
    method: String,
    header: Option<String>,
    allow: Option<Vec<String>>,
    key: Option<Vec<String>>,
    #[serde(default)]
    models: Vec<String>,
    owners: Option<Vec<String>>,
    refused: Option<String>,
}

fn chat() -> String {
    "/v1/chat/completions".to_owned()
}

fn models_path() -> String {
    "/v1/models".to_owned()
}

fn get() -> String {
    "GET".to_owned()
}

fn cases() -> Cases {
    toml::from_str(include_str!("../data/models.toml")).expect("a data file")
}

fn providers() -> Vec<Provider> {
    let of = |name, kind, primary| Provider { kind, ..provider(name, "", primary) };
    let mut bedrock = of("bed", Kind::Bedrock, false);
    bedrock.models = ["amazon.*", "anthropic.*", "amazon.titan"].map(str::to_owned).to_vec();
    vec![
        of("claude", Kind::Anthropic, false),
        of("main", Kind::Openai, true),
        of("router", Kind::Openai, false),
        of("gem", Kind::Google, false),
        of("az", Kind::Azure, false),
        bedrock,
        of("co", Kind::Cohere, false),
    ]
}

/// A policy with one key, `made-up-key`, of which `key` says the models.
fn policy(
    aliases: &BTreeMap<String, String>,
    allow: &Option<Vec<String>>,
    key: &Option<Vec<String>>,
) -> Policy {
    const SHA256: &str = "1f0991ebdd753c9eafe74bc140e4e9f0be27ef196f1b36f4aec4e15944c1dcbf";
    let document = json!({
        "schema": 1,
        "revision": "r",
        "keys": [{ "id": "k", "sha256": SHA256, "models": key }],
        "models": { "aliases": aliases, "allow": allow },
    });
    Policy::parse(document.to_string().as_bytes()).expect("a policy")
}

fn said(refusal: &Refusal) -> String {
    let (code, status) = refusal.code.parts();
    format!("{status} {code} {}", refusal.param.as_deref().unwrap_or_default()).trim_end().to_owned()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_models_name_chooses_the_provider_and_becomes_the_id() {
    let (cases, providers) = (cases(), providers());
    for case in &cases.request {
        let name = &case.name;
        let policy = policy(&cases.aliases, &case.allow, &None);
        let head = Head {
            method: b"POST",
            path: case.path.as_bytes(),
            provider: case.header.as_deref().map(str::as_bytes),
            authorization: Some(b"Bearer made-up-key"),
            ..Head::default()
        };
        let sent = admit(Some(&policy), &providers, &head, 0).and_then(|admitted| {
            let masked = read(&policy, &providers, &admitted, case.body.as_bytes())?;
            let model = masked.model.clone();
            Ok((model, decide(&policy, &providers, &admitted, masked, |_, _| false)?))
        });
        let (model, outgoing) = match sent {
            Ok(sent) => sent,
            Err(refusal) => {
                assert_eq!(Some(said(&refusal)), case.refused, "{name}: {}", refusal.message);
                continue;
            }
        };
        assert_eq!(case.refused, None, "{name}");
        assert_eq!(Some(&providers[outgoing.provider].name), case.provider.as_ref(), "{name}");
        assert_eq!(outgoing.path, case.path_sent, "{name}");
        let sent = outgoing.masked.body.map(|body| String::from_utf8(body).expect("UTF-8"));
        assert_eq!(sent, case.sent, "{name}");
        // Traces say what the client wrote.
        let written = case.body.contains(&format!("\"{model}\"")) || case.path.contains(&*model);
        assert!(written || case.body.contains('\\') || case.path.contains('%'), "{name}: {model}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_models_that_are_listed_are_those_that_can_be_asked_for() {
    let (cases, providers) = (cases(), providers());
    for case in &cases.listing {
        let name = &case.name;
        let policy = policy(&cases.aliases, &case.allow, &case.key);
        let head = Head {
            method: case.method.as_bytes(),
            path: case.path.as_bytes(),
            provider: case.header.as_deref().map(str::as_bytes),
            api_key: Some(b"made-up-key"),
            ..Head::default()
        };
        let body = match list_models(Some(&policy), &providers, &head, 0).expect(name) {
            Ok(body) => body,
            Err(refusal) => {
                assert_eq!(Some(said(&refusal)), case.refused, "{name}");
                continue;
            }
        };
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        let listed = if body["object"] == "list" { body["data"].clone() } else { json!([body]) };
        let listed = listed.as_array().expect("a list");
        let of = |member: &str| -> Vec<String> {
            listed.iter().map(|m| m[member].as_str().unwrap_or_default().to_owned()).collect()
        };
        let (mut found, mut wanted) = (of("id"), case.models.clone());
        if let Some(owners) = &case.owners {
            for (model, owner) in case.models.iter().zip(owners) {
                let at = found.iter().position(|id| id == model).unwrap_or_else(|| panic!("{name}: {model}"));
                assert_eq!(&of("owned_by")[at], owner, "{name}: {model}");
            }
        }
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{name}");
        assert!(listed.iter().all(|m| m["object"] == "model" && m["created"] == 0), "{name}");
        // Each can be asked for, under this name, in some format, and goes to its owner.
        for (id, owner) in of("id").iter().zip(of("owned_by")) {
            let body = json!({ "model": id, "messages": [], "max_tokens": 1 }).to_string();
            let below = case.path.trim_end_matches("/models").trim_end_matches("/v1");
            let below = if case.path.contains("/models/") { "" } else { below };
            let path = format!("{below}/v1/messages");
            let head = Head { method: b"POST", path: path.as_bytes(), ..head };
            let admitted = admit(Some(&policy), &providers, &head, 0).expect(name);
            let masked = read(&policy, &providers, &admitted, body.as_bytes());
            let number = masked.map(|m| m.route.provider.expect("a provider"));
            assert_eq!(number.map(|n| providers[n].name.clone()), Ok(owner), "{name}: {id}");
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn models_are_listed_to_known_callers_only_and_no_other_path_is_taken_for_it() {
    let (cases, providers) = (cases(), providers());
    let policy = policy(&cases.aliases, &None, &None);
    let head = |method: &'static str, path: &'static str, key: &'static str| Head {
        method: method.as_bytes(),
        path: path.as_bytes(),
        api_key: Some(key.as_bytes()),
        ..Head::default()
    };
    let code = |policy, head: &Head<'_>| {
        list_models(policy, &providers, head, 0)
            .map(|answer| answer.map(drop).map_err(|refusal| refusal.code))
    };
    let path = "/v1/models?after=x";
    assert_eq!(code(None, &head("GET", path, "made-up-key")), Some(Err(Code::NotReady)));
    assert_eq!(code(Some(&policy), &head("GET", path, "wrong")), Some(Err(Code::Unauthorized)));
    assert_eq!(code(Some(&policy), &head("GET", path, "made-up-key")), Some(Ok(())));
    for (method, path) in [
        ("GET", "/v1/modelsx"),
        ("GET", "/v1/chat/completions"),
        ("GET", "/nobody/v1/models"),
        ("GET", "/v1/v1/models"),
        ("POST", "/v1/models/gemini:generateContent"),
        ("GET", "/v1beta/models"),
    ] {
        assert_eq!(code(Some(&policy), &head(method, path, "made-up-key")), None, "{method} {path}");
    }
}
