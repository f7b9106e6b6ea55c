//! Which provider a request goes to, and under which path.

use privet_core::formats::Format;
use privet_core::provider::{Kind, Provider, UnknownProvider, resolve, split_first_segment};

use crate::requests::FORMATS;

pub(super) fn provider(name: &str, base_path: &str, primary: bool) -> Provider {
    let authority = format!("{name}.example");
    Provider {
        name: name.to_owned(),
        kind: Kind::Openai,
        authority,
        base_path: base_path.to_owned(),
        primary,
        ..Provider::default()
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_header_decides_then_the_path_then_the_primary() {
    let providers =
        [provider("first", "", false), provider("main", "/v1", true), provider("third", "", false)];
    let chat = "/v1/chat/completions";
    for (header, path, chosen, rest) in [
        (None, chat, Ok(1), chat),
        (None, "/first/v1/chat/completions", Ok(0), chat),
        (None, "/third/chat/completions", Ok(2), "/chat/completions"),
        (Some("third"), chat, Ok(2), chat),
        // A prefix is stripped even where the header decides.
        (Some("third"), "/first/v1/chat/completions", Ok(2), chat),
        (Some("nobody"), chat, Err(UnknownProvider), chat),
        (Some("nobody"), "/first/v1/chat/completions", Err(UnknownProvider), chat),
        (Some(""), chat, Err(UnknownProvider), chat),
        (Some("Third"), chat, Err(UnknownProvider), chat),
        (None, "/nobody/v1/chat/completions", Ok(1), "/nobody/v1/chat/completions"),
        (None, "/firsts/v1", Ok(1), "/firsts/v1"),
        (None, "/first", Ok(0), ""),
        (None, "", Ok(1), ""),
        (None, "/", Ok(1), "/"),
    ] {
        let found = resolve(&providers, header.map(str::as_bytes), path);
        assert_eq!(found, (chosen, rest), "{header:?} {path}");
    }
    let none_primary = [provider("a", "", false), provider("b", "", false)];
    assert_eq!(resolve(&none_primary, None, chat).0, Ok(0), "the first where none is primary");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_version_stands_once_and_is_the_endpoints() {
    for (base, path, upstream) in [
        ("", "/v1/chat/completions", "/v1/chat/completions"),
        ("/v1", "/v1/chat/completions", "/v1/chat/completions"),
        ("/openai/v1", "/v1/chat/completions", "/openai/v1/chat/completions"),
        ("/openai", "/v1/chat/completions", "/openai/v1/chat/completions"),
        ("/v1", "/v2/chat", "/v2/chat"),
        ("/cohere/v1", "/v2/chat", "/cohere/v2/chat"),
        ("/v1", "/api/chat", "/api/chat"),
        ("/v1", "/v1beta/x", "/v1beta/x"),
        ("/v1beta", "/v1/x", "/v1beta/v1/x"),
    ] {
        assert_eq!(provider("p", base, true).upstream_path(path), upstream, "{base} and {path}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn each_kind_joins_its_base_path_and_its_paths() {
    for (kind, base, path, upstream) in [
        (Kind::Mistral, "/v1", "/v1/fim/completions", "/v1/fim/completions"),
        (Kind::Anthropic, "", "/v1/messages", "/v1/messages"),
        (Kind::Anthropic, "/v1", "/v1/messages?beta=true", "/v1/messages?beta=true"),
        (Kind::Anthropic, "/proxy/v1", "/v1/messages", "/proxy/v1/messages"),
        (Kind::Google, "", "/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent"),
        (Kind::Google, "/v1beta", "/v1beta/models/m:generateContent", "/v1beta/models/m:generateContent"),
        (Kind::Google, "/v1beta", "/v1/models/m:generateContent", "/v1/models/m:generateContent"),
        (Kind::Cohere, "/v1", "/v2/chat", "/v2/chat"),
        (Kind::Cohere, "/v2", "/v2/embed", "/v2/embed"),
        (Kind::Bedrock, "", "/model/a%3A0/converse", "/model/a%3A0/converse"),
        (Kind::Ollama, "", "/api/chat", "/api/chat"),
        (Kind::Ollama, "/v1", "/api/chat", "/api/chat"),
        (Kind::Ollama, "/v1", "/v1/chat/completions", "/v1/chat/completions"),
        (Kind::Azure, "", "/v1/responses?api-version=preview", "/openai/v1/responses?api-version=preview"),
        (Kind::Azure, "/openai", "/v1/chat/completions", "/openai/v1/chat/completions"),
        (Kind::Azure, "/openai/v1", "/v1/chat/completions", "/openai/v1/chat/completions"),
        (Kind::Azure, "/openai/v1", "/openai/deployments/d/embeddings", "/openai/deployments/d/embeddings"),
        (Kind::Azure, "/gw", "/openai/deployments/d/embeddings", "/gw/openai/deployments/d/embeddings"),
    ] {
        let found = Provider { kind, ..provider("p", base, true) }.upstream_path(path);
        assert_eq!(found, upstream, "{kind:?} {base} {path}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_format_is_spoken_and_every_kind_has_its_name() {
    for (name, format) in FORMATS {
        let spoken = Kind::ALL.iter().any(|kind| kind.speaks(format));
        assert_eq!(spoken, format != Format::Unified, "{name}");
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::of(kind.name()), Some(kind));
        assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.name());
        assert!(FORMATS.iter().any(|(_, format)| kind.speaks(*format)), "{kind:?}");
    }
    assert_eq!(Kind::of("nobody"), None);
    assert!(Kind::Azure.speaks(Format::OpenaiResponses) && !Kind::Mistral.speaks(Format::OpenaiResponses));
    assert!(
        Kind::Ollama.speaks(Format::AnthropicMessages) && !Kind::Openai.speaks(Format::AnthropicMessages)
    );
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_path_is_split_behind_its_first_segment() {
    for (path, first, rest) in [
        ("/a/b/c", "a", "/b/c"),
        ("/a", "a", ""),
        ("a/b", "a", "/b"),
        ("/", "", ""),
        ("", "", ""),
        ("//a", "", "/a"),
    ] {
        assert_eq!(split_first_segment(path), (first, rest), "{path}");
    }
}
