//! Damaged bodies and streams (proptest): nothing panics, every stream ends, and cuts make no difference.

use std::fs;
use std::path::Path;

use privet_core::formats::Format;
use privet_core::framing::Framing;
use privet_translate::{Asked, Asking, Stage, Stream, Target};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const FORMATS: [(&str, Format); 9] = [
    ("openai-chat", Format::OpenaiChat),
    ("openai-responses", Format::OpenaiResponses),
    ("openai-completions", Format::OpenaiCompletions),
    ("anthropic-messages", Format::AnthropicMessages),
    ("gemini", Format::Gemini),
    ("cohere-chat", Format::CohereChat),
    ("bedrock-converse", Format::BedrockConverse),
    ("ollama-chat", Format::OllamaChat),
    ("ollama-generate", Format::OllamaGenerate),
];

/// The golden files of a kind, with their formats and extensions.
fn golden(kind: &str) -> Vec<(Format, String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/translation");
    let cases = fs::read_dir(root).unwrap().map(|case| case.unwrap().path());
    let mut paths: Vec<_> =
        cases.flat_map(|case| fs::read_dir(case).unwrap().map(|f| f.unwrap().path())).collect();
    paths.sort();
    let read = paths.iter().filter_map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().strip_prefix(kind)?;
        let (_, format) = FORMATS.iter().find(|(known, _)| name.split('.').nth(1) == Some(known))?;
        let extension = path.extension().unwrap().to_str().unwrap().to_owned();
        Some((*format, extension, fs::read(path).unwrap()))
    });
    read.collect()
}

fn framing(extension: &str) -> Option<Framing> {
    match extension {
        "sse" => Some(Framing::ServerSentEvents),
        "ndjson" => Some(Framing::NdJson),
        "json" => Some(Framing::JsonArray),
        _ => None,
    }
}

/// A change of a body: at a place, of some kind, with a byte.
type Damage = (Index, u8, u8);

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for (at, kind, byte) in damages {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        match kind % 4 {
            0 => bytes[at] = *byte,
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, *byte),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    proptest::collection::vec((any::<Index>(), any::<u8>(), select(b"\"{}[],:0n\\ \n\xff".to_vec())), 0..6)
}

fn streamed<'b>(
    provider: Format,
    framing: Framing,
    client: Format,
    pieces: impl Iterator<Item = &'b [u8]>,
) -> (Vec<u8>, Stage) {
    let asking = Asking { model: "m".into(), id: "i".into(), include_usage: true, ..Asking::default() };
    let mut stream = Stream::new(provider, framing, client, &asking).unwrap();
    let mut out = Vec::new();
    pieces.for_each(|piece| stream.push(piece, false, &mut out));
    stream.push(b"", true, &mut out);
    (out, stream.stage())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_requests_are_translated_or_refused(
        (client, _, body) in select(golden("request")),
        (_, provider) in select(FORMATS.to_vec()),
        damages in damage(),
    ) {
        let body = damaged(body, &damages);
        let asked = Asked { model: Some("m"), stream: false };
        if let Ok(translated) = privet_translate::request(client, &body, asked, provider, &Target::default()) {
            let sent = serde_json::from_slice::<serde_json::Value>(&translated.outgoing.body);
            prop_assert!(sent.is_ok(), "no JSON: {}", String::from_utf8_lossy(&translated.outgoing.body));
        }
    }

    #[test]
    fn damaged_answers_and_errors_are_translated_or_not_understood(
        (provider, _, body) in select(golden("reply")),
        (_, client) in select(FORMATS.to_vec()),
        damages in damage(),
    ) {
        let body = damaged(body, &damages);
        let (_, failed) = privet_translate::failure(provider, 500, &body, client);
        for told in privet_translate::answer(provider, &body, client, &Asking::default()).into_iter().chain([failed]) {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&told).is_ok());
        }
    }

    #[test]
    fn damaged_streams_end_and_cuts_make_no_difference(
        (provider, extension, text) in select(golden("stream")),
        (_, client) in select(FORMATS.to_vec()),
        damages in damage(),
        cuts in proptest::collection::vec(any::<Index>(), 0..6),
    ) {
        let Some(framing) = framing(&extension) else { return Ok(()) };
        let bytes = damaged(text, &damages);
        let (whole, stage) = streamed(provider, framing, client, core::iter::once(&*bytes));
        prop_assert!(matches!(stage, Stage::Ended | Stage::Failed));
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
        prop_assert_eq!(streamed(provider, framing, client, pieces), (whole, stage));
    }
}
