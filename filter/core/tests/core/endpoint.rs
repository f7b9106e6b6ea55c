//! Paths and what they ask for.

use privet_core::endpoint::{Endpoint, Streams, format_of};
use privet_core::formats::Format;

fn found(path: &str) -> Endpoint {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Endpoint::of(path, query).expect("accepted").unwrap_or_else(|| panic!("{path}: no endpoint"))
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_documented_path_is_known() {
    use Streams::{Always, Asked, Never};
    for (path, format, streams, model) in [
        ("/v1/chat/completions", Format::OpenaiChat, Asked(false), None),
        ("/v1/responses", Format::OpenaiResponses, Asked(false), None),
        ("/v1/completions", Format::OpenaiCompletions, Asked(false), None),
        ("/v1/embeddings", Format::OpenaiEmbeddings, Never, None),
        ("/v1/fim/completions", Format::OpenaiCompletions, Asked(false), None),
        ("/v1/messages", Format::AnthropicMessages, Asked(false), None),
        ("/v1/messages/count_tokens", Format::AnthropicMessages, Never, None),
        ("/v1beta/models/gemini-2.5-pro:generateContent", Format::Gemini, Never, Some("gemini-2.5-pro")),
        ("/v1/models/gemini-2.5-pro:streamGenerateContent", Format::Gemini, Always, Some("gemini-2.5-pro")),
        ("/v1beta/models/gemini-2.5-pro:countTokens", Format::Gemini, Never, Some("gemini-2.5-pro")),
        ("/v1beta/models/e-001:embedContent", Format::GeminiEmbeddings, Never, Some("e-001")),
        ("/v1beta/models/e-001:batchEmbedContents", Format::GeminiEmbeddings, Never, Some("e-001")),
        ("/v2/chat", Format::CohereChat, Asked(false), None),
        ("/v2/embed", Format::CohereEmbed, Never, None),
        (
            "/model/anthropic.claude-sonnet-4-5-20250929-v1:0/converse",
            Format::BedrockConverse,
            Never,
            Some("anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ),
        (
            "/model/us.amazon.nova-lite-v1%3A0/converse-stream",
            Format::BedrockConverse,
            Always,
            Some("us.amazon.nova-lite-v1:0"),
        ),
        (
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A000000000000%3Ainference-profile%2Fx/invoke",
            Format::BedrockInvoke,
            Never,
            Some("arn:aws:bedrock:us-east-1:000000000000:inference-profile/x"),
        ),
        ("/model/a/b/invoke-with-response-stream", Format::BedrockInvoke, Always, Some("a/b")),
        ("/api/chat", Format::OllamaChat, Asked(true), None),
        ("/api/generate", Format::OllamaGenerate, Asked(true), None),
        ("/api/embed", Format::OllamaEmbed, Never, None),
        ("/api/embeddings", Format::OllamaEmbed, Never, None),
        ("/openai/deployments/gpt-4o/chat/completions", Format::OpenaiChat, Asked(false), Some("gpt-4o")),
        ("/openai/deployments/d/completions", Format::OpenaiCompletions, Asked(false), Some("d")),
        ("/openai/deployments/d/embeddings", Format::OpenaiEmbeddings, Never, Some("d")),
        ("/openai/responses", Format::OpenaiResponses, Asked(false), None),
        ("/v1/gateway", Format::Unified, Asked(false), None),
    ] {
        let endpoint = found(path);
        let read = (endpoint.format, endpoint.streams, endpoint.model.as_deref(), endpoint.path.as_str());
        assert_eq!(read, (Some(format), streams, model, path));
        assert_eq!(format_of(path), Some(format));
        assert_eq!(endpoint.azure, path.starts_with("/openai/"));
    }
    // Without `/v1`, and with Azure's beginning.
    for (path, out, azure) in [
        ("/chat/completions", "/v1/chat/completions", false),
        ("/responses", "/v1/responses", false),
        ("/completions", "/v1/completions", false),
        ("/embeddings", "/v1/embeddings", false),
        ("/openai/v1/chat/completions", "/v1/chat/completions", true),
        ("/openai/v1/responses", "/v1/responses", true),
    ] {
        let endpoint = found(path);
        assert_eq!((endpoint.path.as_str(), endpoint.azure), (out, azure), "{path}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn other_paths_are_none() {
    for path in [
        "",
        "/",
        "/v1",
        "/v1/chat/completions/",
        "/v1/models",
        "/messages",
        "/v2/messages",
        "/v1/chat/completions/x",
        "/v1beta/models/m:predict",
        "/model/m",
        "/openai/deployments/d/images/generations",
        "/api/pull",
        "/v1/audio/transcriptions",
    ] {
        assert_eq!(Endpoint::of(path, "").expect("no refusal"), None, "{path}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_name_in_a_path_is_checked_and_never_leads_elsewhere() {
    let long = "m".repeat(257);
    for name in [
        "",
        "a b",
        "a%20b",
        "..",
        "a/../b",
        "a%2F..%2Fb",
        "%2e%2e",
        "a//b",
        "a%",
        "a%2",
        "a%zz",
        "é",
        "a%C3%A9",
        "a%00",
        "a;b",
        "a%3Fb",
        &long,
    ] {
        let refusal = Endpoint::of(&format!("/model/{name}/converse"), "").expect_err(name);
        assert_eq!((refusal.status(), refusal.param.as_deref()), (400, Some("model")), "{name}");
        let repeats = name.len() > 2 && refusal.message.contains(name);
        assert!(!repeats, "{name}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn only_documented_parameters_go_on() {
    let chat = "/openai/deployments/d/chat/completions";
    let stream = "/v1beta/models/m:streamGenerateContent";
    for (path, out) in [
        (format!("{chat}?api-version=2024-10-21"), format!("{chat}?api-version=2024-10-21")),
        (
            format!("{chat}?x=1&api-version=2025-01-01-preview&y"),
            format!("{chat}?api-version=2025-01-01-preview"),
        ),
        (
            "/openai/v1/responses?api-version=preview".to_owned(),
            "/v1/responses?api-version=preview".to_owned(),
        ),
        (format!("{stream}?alt=sse&key=ann@example.com"), format!("{stream}?alt=sse")),
        (format!("{stream}?$alt=sse"), stream.to_owned()),
        ("/v1/messages?beta=true".to_owned(), "/v1/messages?beta=true".to_owned()),
        ("/v1/chat/completions?api-version=2024-10-21&alt=sse".to_owned(), "/v1/chat/completions".to_owned()),
        ("/v1/chat/completions?".to_owned(), "/v1/chat/completions".to_owned()),
    ] {
        assert_eq!(found(&path).path, out, "{path}");
    }
    for (path, query) in [
        (chat, "api-version=ann@example.com"),
        (chat, "api-version=2024-1-21"),
        (chat, "api-version=2024-10-21%0d"),
        (chat, "api-version"),
        (chat, "api-version=2024-10-21&api-version=2024-10-22"),
        (stream, "alt=media"),
        ("/v1/messages", "beta=1"),
    ] {
        let refusal = Endpoint::of(path, query).expect_err(query);
        assert_eq!(refusal.status(), 400, "{query}");
        assert!(!refusal.message.contains("ann"), "{}", refusal.message);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_listed_path_goes_on_only_as_it_can_be_read() {
    let endpoint = Endpoint::listed("/v1/rerank").expect("accepted");
    assert_eq!((endpoint.format, endpoint.path.as_str()), (None, "/v1/rerank"));
    for path in
        ["", "v1", "/", "/a//b", "/a/../b", "/a/%2e%2e/b", "/a b", "/a/", &format!("/{}", "a".repeat(512))]
    {
        assert_eq!(Endpoint::listed(path), None, "{path}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_the_body_does_not_say_the_path_does() {
    assert!(Streams::Always.with(Some(false)) && !Streams::Never.with(Some(true)));
    assert!(Streams::Asked(true).with(None) && !Streams::Asked(true).with(Some(false)));
    assert!(!Streams::Asked(false).with(None) && Streams::Asked(false).with(Some(true)));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_name_in_a_path_is_not_printed() {
    let endpoint = found("/model/ann@example.com/converse");
    assert_eq!(endpoint.model.as_deref(), Some("ann@example.com"));
    assert!(!format!("{endpoint:?}").contains("ann"), "{endpoint:?}");
}
