//! Any bytes as a request's body: where it is accepted, masking it and putting the values back gives the
//! body again, up to values whose second form differs from their first.
#![no_main]

use privet_core::formats::Format;
use privet_core::json::JsonErrorKind;
use privet_core::mask::{mask, mask_any};
use privet_core::policy::Policy;

/// Besides Chat Completions, each body is read in one of these, chosen by its length.
const OTHERS: [Format; 14] = [
    Format::OpenaiResponses,
    Format::OpenaiCompletions,
    Format::OpenaiEmbeddings,
    Format::AnthropicMessages,
    Format::Gemini,
    Format::GeminiEmbeddings,
    Format::CohereChat,
    Format::CohereEmbed,
    Format::BedrockConverse,
    Format::BedrockInvoke,
    Format::OllamaChat,
    Format::OllamaGenerate,
    Format::OllamaEmbed,
    Format::Unified,
];

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let Ok(policy) = Policy::parse(br#"{"schema":1,"revision":"fuzz"}"#) else { return };
    let other = OTHERS.get(body.len() % OTHERS.len()).copied().unwrap_or(Format::OpenaiChat);
    for format in [Format::OpenaiChat, other] {
        let Ok(masked) = mask(body, format.request(), &policy.masking) else { continue };
        let all = masked.coverage.all();
        assert!(all.bytes <= body.len() as u64, "more was counted than there is");
        let Some(out) = masked.body else { continue };
        // What goes out is a body that the same gateway accepts; two names may have become one.
        let again = mask(&out, format.request(), &policy.masking);
        let broken = again.is_err_and(|e| e.kind != JsonErrorKind::DuplicateKey);
        assert!(!broken, "masking broke the body");
    }
    let _ = mask_any(body, &policy.masking);
});
