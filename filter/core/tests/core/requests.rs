//! Requests of every format, slot by slot: `data/requests/*.toml`.
//!
//! A body is written once: `«EMAIL_1|ann@example.com»` marks a value and what takes its place, and
//! `⟪base64|…⟫` is a document that stands there in base64. So a case shows where values are found, and by its
//! unmarked rest where nothing is.

use privet_core::formats::Format;
use privet_core::formats::request::Variant;
use privet_core::json::JsonErrorKind;
use privet_core::mask::{Count, Masked, mask, mask_any};
use serde::Deserialize;
use serde_json::Value;

use crate::fixtures::{policy, text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    format: String,
    /// The policy's `masking` section.
    #[serde(default = "default_masking")]
    masking: String,
    pub(super) body: String,
    /// How many strings are data that cannot be read.
    #[serde(default)]
    opaque: u64,
}

fn default_masking() -> String {
    "{}".to_owned()
}

/// The formats, by their names in the data files.
pub(super) const FORMATS: [(&str, Format); 15] = [
    ("OpenaiChat", Format::OpenaiChat),
    ("OpenaiResponses", Format::OpenaiResponses),
    ("OpenaiCompletions", Format::OpenaiCompletions),
    ("OpenaiEmbeddings", Format::OpenaiEmbeddings),
    ("AnthropicMessages", Format::AnthropicMessages),
    ("Gemini", Format::Gemini),
    ("GeminiEmbeddings", Format::GeminiEmbeddings),
    ("CohereChat", Format::CohereChat),
    ("CohereEmbed", Format::CohereEmbed),
    ("BedrockConverse", Format::BedrockConverse),
    ("BedrockInvoke", Format::BedrockInvoke),
    ("OllamaChat", Format::OllamaChat),
    ("OllamaGenerate", Format::OllamaGenerate),
    ("OllamaEmbed", Format::OllamaEmbed),
    ("Unified", Format::Unified),
];

impl Case {
    pub(super) fn format(&self) -> Format {
        let known = FORMATS.iter().find(|(name, _)| *name == self.format);
        known.unwrap_or_else(|| panic!("{}: no such format", self.name)).1
    }
}

pub(super) fn cases() -> Vec<Case> {
    let files = [
        include_str!("../data/requests/openai_chat.toml"),
        include_str!("../data/requests/openai_other.toml"),
        include_str!("../data/requests/anthropic.toml"),
        include_str!("../data/requests/gemini.toml"),
        include_str!("../data/requests/cohere.toml"),
        include_str!("../data/requests/bedrock.toml"),
        include_str!("../data/requests/ollama.toml"),
        include_str!("../data/requests/unified.toml"),
    ];
    files.iter().flat_map(|file| toml::from_str::<File>(file).expect("a data file").case).collect()
}

/// Writes a body: `mark` is given each mark's placeholder and value, in their order.
pub(super) fn written(body: &str, mark: &mut impl FnMut(&str, &str) -> String) -> String {
    let (mut out, mut rest) = (String::new(), body);
    while let Some(at) = rest.find(['«', '⟪']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(inside) = rest.strip_prefix("⟪base64|") {
            let (document, after) = inside.split_once('⟫').expect("an end of the document");
            let document = written(document, mark).replace("\\n", "\n");
            out.push_str(&base64(document.as_bytes()));
            rest = after;
        } else {
            let (inside, after) = rest["«".len()..].split_once('»').expect("an end of the mark");
            let (placeholder, value) = inside.split_once('|').expect("a placeholder and a value");
            out.push_str(&mark(placeholder, value));
            rest = after;
        }
    }
    out + rest
}

/// RFC 4648, section 4, as plainly as can be.
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |n| b >> n & 1)).collect();
    let character = |sextet: &[u8]| {
        let value = (0..6).fold(0, |v, n| v * 2 + sextet.get(n).copied().unwrap_or_default());
        char::from(ALPHABET[usize::from(value)])
    };
    let mut out: String = bits.chunks(6).map(character).collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// All strings and names of a body, and their bytes as serde_json writes them.
pub(super) fn counted(value: &Value) -> Count {
    let of = |text: &str| {
        let bytes = serde_json::to_string(text).expect("JSON").len() as u64 - 2;
        Count { strings: 1, bytes }
    };
    let mut all = Count::default();
    match value {
        Value::String(text) => all += of(text),
        Value::Array(items) => items.iter().for_each(|item| all += counted(item)),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            all += of(name);
            all += counted(value);
        }),
        _ => {}
    }
    all
}

fn run(case: &Case) -> Masked {
    let body = written(&case.body, &mut |_, value| value.to_owned());
    let policy = policy(&case.masking);
    mask(body.as_bytes(), case.format().request(), &policy.masking)
        .unwrap_or_else(|e| panic!("{}: {e}", case.name))
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_slot_of_every_format_is_masked_and_nothing_else_changes() {
    for case in cases() {
        let masked = run(&case);
        let wanted = written(&case.body, &mut |placeholder, _| placeholder.to_owned());
        assert_eq!(masked.body.as_deref().map(text), Some(wanted.as_str()), "{}", case.name);
        assert_eq!(masked.coverage.opaque.strings, case.opaque, "{}: opaque", case.name);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_format_has_a_case() {
    let cases = cases();
    for (name, format) in FORMATS {
        assert!(cases.iter().any(|case| case.format() == format), "{name}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_string_of_a_case_is_counted_once() {
    for case in cases() {
        let body = written(&case.body, &mut |_, value| value.to_owned());
        let value: Value = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        // As serde_json writes it, so that both count the same escapes.
        let body = value.to_string();
        let masked = mask(body.as_bytes(), case.format().request(), &policy("{}").masking).expect("a body");
        assert_eq!(masked.coverage.all(), counted(&value), "{}", case.name);
        assert_eq!(masked.coverage.opaque.strings, case.opaque, "{}", case.name);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_the_references_require_is_required() {
    use JsonErrorKind::{Missing, WrongType};
    let refused = |format: Format, body: &str| {
        let error = mask(body.as_bytes(), format.request(), &policy("{}").masking).expect_err(body);
        (error.kind, error.path())
    };
    for (format, body, kind, path) in [
        (Format::OpenaiCompletions, r#"{"model":"m"}"#, Missing, "prompt"),
        (Format::OpenaiCompletions, r#"{"prompt":"p"}"#, Missing, "model"),
        // The numbers of tokens are text that nobody here can read.
        (Format::OpenaiCompletions, r#"{"model":"m","prompt":[1212,318]}"#, WrongType, "prompt[0]"),
        (Format::OpenaiEmbeddings, r#"{"model":"m","input":[[1212,318]]}"#, WrongType, "input[0]"),
        (Format::OpenaiEmbeddings, r#"{"model":"m"}"#, Missing, "input"),
        (Format::OpenaiResponses, r#"{"model":["m"]}"#, WrongType, "model"),
        (Format::OpenaiResponses, r#"{"model":"m","input":{"role":"user"}}"#, WrongType, "input"),
        (Format::AnthropicMessages, r#"{"model":"m","messages":[]}"#, Missing, "max_tokens"),
        (Format::AnthropicMessages, r#"{"model":"m","max_tokens":1}"#, Missing, "messages"),
        (
            Format::AnthropicMessages,
            r#"{"model":"m","max_tokens":1,"messages":[{"role":"user"}]}"#,
            Missing,
            "messages[0].content",
        ),
        (Format::Gemini, "{}", Missing, "contents"),
        (Format::Gemini, r#"{"contents":"hi"}"#, WrongType, "contents"),
        (Format::GeminiEmbeddings, "{}", Missing, "content"),
        (Format::CohereChat, r#"{"model":"m"}"#, Missing, "messages"),
        (Format::CohereEmbed, r#"{"model":"m","texts":[]}"#, Missing, "input_type"),
        (Format::BedrockConverse, r#"{"messages":[{"role":"user"}]}"#, Missing, "messages[0].content"),
        (
            Format::BedrockConverse,
            r#"{"messages":[{"role":"user","content":"a"}]}"#,
            WrongType,
            "messages[0].content",
        ),
        (Format::OllamaChat, r#"{"messages":[]}"#, Missing, "model"),
        (Format::OllamaGenerate, r#"{"prompt":"p"}"#, Missing, "model"),
        (Format::OllamaEmbed, r#"{"model":"m","input":[1]}"#, WrongType, "input[0]"),
        (Format::Unified, r#"{"model":"m"}"#, Missing, "prompt"),
        (Format::Unified, r#"{"prompt":"p"}"#, Missing, "model"),
        (Format::Unified, r#"{"model":"m","prompt":["p"]}"#, WrongType, "prompt"),
        (Format::Unified, r#"{"model":"m","prompt":"p","stream":"yes"}"#, WrongType, "stream"),
    ] {
        assert_eq!(refused(format, body), (kind, path.to_owned()), "{body}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn variants_ask_for_what_their_endpoint_needs() {
    let accepts = |format: Format, variant: Variant, body: &str| {
        mask(body.as_bytes(), format.request_as(variant), &policy("{}").masking).is_ok()
    };
    let (path, count, batch) = (Variant::ModelInPath, Variant::CountTokens, Variant::Batch);
    assert!(accepts(Format::OpenaiChat, path, r#"{"messages":[]}"#));
    assert!(accepts(Format::OpenaiCompletions, path, r#"{"prompt":"p"}"#));
    assert!(accepts(Format::OpenaiEmbeddings, path, r#"{"input":"p"}"#));
    assert!(accepts(Format::AnthropicMessages, count, r#"{"model":"m","messages":[]}"#));
    assert!(accepts(Format::Gemini, count, r#"{"contents":[]}"#));
    assert!(accepts(Format::Gemini, count, r#"{"generateContentRequest":{"model":"m","contents":[]}}"#));
    assert!(!accepts(Format::Gemini, count, r#"{"generateContentRequest":{"model":"m"}}"#));
    assert!(accepts(Format::GeminiEmbeddings, batch, r#"{"requests":[{"content":{"parts":[]}}]}"#));
    assert!(!accepts(Format::GeminiEmbeddings, batch, r#"{"content":{"parts":[]}}"#));
    for (_, format) in FORMATS {
        assert!(core::ptr::eq(format.request(), format.request_as(Variant::Plain)));
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_body_of_an_unknown_endpoint_is_text_throughout() {
    let masked = |body: &str| mask_any(body.as_bytes(), &policy("{}").masking).expect("JSON");
    let all = masked(r#"["a@example.com",{"role":"b@example.com","c@example.com":4111111111111111}]"#);
    assert_eq!(
        all.body.as_deref().map(text),
        Some(r#"["EMAIL_1",{"role":"EMAIL_2","EMAIL_3":"CREDIT_CARD_1"}]"#)
    );
    assert!(masked("1").body.is_none());
    assert!(mask_any(b"a=1", &policy("{}").masking).is_err());
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_document_is_told_by_its_bytes() {
    let policy = policy("{}");
    let masked = |data: &str| {
        let body = format!(r#"{{"model":"m","prompt":"","images":["{data}"]}}"#);
        let masked =
            mask(body.as_bytes(), Format::OllamaGenerate.request(), &policy.masking).expect("a body");
        let sent = masked.body.map_or(body, |body| text(&body).to_owned());
        let data = sent.split('"').nth(11).expect("the data").to_owned();
        (data, masked.coverage.opaque.strings)
    };
    let text_of = |plain: &str| base64(plain.as_bytes());
    let secret = "to ann@example.com";
    for (data, sent, opaque) in [
        (text_of(secret), text_of("to EMAIL_1"), 0),
        // Without padding, and in the other alphabet.
        (text_of(&format!("{secret}!")).replace('=', ""), text_of("to EMAIL_1!").replace('=', ""), 0),
        (
            text_of("???>>> ann@example.com").replace('+', "-").replace('/', "_"),
            text_of("???>>> EMAIL_1").replace('+', "-").replace('/', "_"),
            0,
        ),
        // Escaped as some serialisers do, and broken into lines.
        (text_of("??? ann@example.com").replace('/', "\\/"), text_of("??? EMAIL_1"), 0),
        (format!("{}\\n{}", &text_of(secret)[..8], &text_of(secret)[8..]), text_of("to EMAIL_1"), 0),
        // No base64 after all.
        (secret.to_owned(), "to EMAIL_1".to_owned(), 0),
        ("A".to_owned(), "A".to_owned(), 0),
        (
            format!("data:text/plain;base64,{}", text_of(secret)),
            format!("data:text/plain;base64,{}", text_of("to EMAIL_1")),
            0,
        ),
        ("data:,ann%40example.com%20!".to_owned(), "data:,EMAIL_1%20%21".to_owned(), 0),
        ("data:ann@example.com".to_owned(), "data:EMAIL_1".to_owned(), 0),
        (
            "data:text/plain;name=ann@example.com;base64,aGk=".to_owned(),
            "data:text/plain;name=EMAIL_1;base64,aGk=".to_owned(),
            0,
        ),
        // JSON by its inner strings; half of it as it stands.
        (text_of(r#"{"a":"ann\u0040example.com"}"#), text_of(r#"{"a":"EMAIL_1"}"#), 0),
        (text_of(r#"{"a":"ann@example.com"#), text_of(r#"{"a":"EMAIL_1"#), 0),
        // Bytes that are no text stay as they are, long or short.
        (base64(b"\xff ann@example.com"), base64(b"\xff ann@example.com"), 1),
        (
            base64(&[b"\xff ".as_slice(), &b"ann@example.com ".repeat(200)].concat()),
            base64(&[b"\xff ".as_slice(), &b"ann@example.com ".repeat(200)].concat()),
            1,
        ),
        (base64(b"%PDF-1.7 ann@example.com"), base64(b"%PDF-1.7 ann@example.com"), 1),
    ] {
        assert_eq!(masked(&data), (sent, opaque), "{data}");
    }
    let long = "é ".repeat(2000);
    let (sent, opaque) = masked(&text_of(&format!("{long}ann@example.com")));
    assert_eq!((sent, opaque), (text_of(&format!("{long}EMAIL_1")), 0));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn values_in_documents_are_numbered_in_the_order_of_the_body() {
    let document = |inner: &str| base64(inner.as_bytes());
    let body = |a: &str, b: &str, c: &str| {
        format!(
            r#"{{"model":"m","max_tokens":1,"messages":[{{"role":"user","content":[{{"type":"document","source":{{"data":"{}","type":"base64"}}}},{{"type":"text","text":"{b}"}},{{"type":"document","source":{{"type":"base64","data":"{}"}}}}]}}]}}"#,
            document(a),
            document(c)
        )
    };
    let sent = body("a@example.com EMAIL_2", "b@example.com", "c@example.com a@example.com");
    let masked =
        mask(sent.as_bytes(), Format::AnthropicMessages.request(), &policy("{}").masking).expect("a body");
    let wanted = body("EMAIL_1 EMAIL_2", "EMAIL_3", "EMAIL_4 EMAIL_1");
    assert_eq!(masked.body.as_deref().map(text), Some(wanted.as_str()));
    assert_eq!(masked.tokens.len(), 3);
}
