//! Any bytes as a streamed answer of any format: whole, in two pieces, and byte by byte they give the same.
//! The first byte chooses format and framing, the second where to cut.
#![no_main]

use privet_core::entity::EntityType;
use privet_core::formats::stream::{Beginning, First};
use privet_core::formats::{AnswerStream, Format};
use privet_core::framing::Framing;
use privet_core::tokens::TokenMap;

const STREAMS: [(Format, Framing); 11] = [
    (Format::OpenaiChat, Framing::ServerSentEvents),
    (Format::OpenaiCompletions, Framing::ServerSentEvents),
    (Format::OpenaiResponses, Framing::ServerSentEvents),
    (Format::AnthropicMessages, Framing::ServerSentEvents),
    (Format::Gemini, Framing::ServerSentEvents),
    (Format::Gemini, Framing::JsonArray),
    (Format::CohereChat, Framing::ServerSentEvents),
    (Format::BedrockConverse, Framing::AwsEventStream),
    (Format::BedrockInvoke, Framing::AwsEventStream),
    (Format::OllamaChat, Framing::NdJson),
    (Format::OllamaGenerate, Framing::NdJson),
];

fn restore<'b>(stream: (Format, Framing), map: &TokenMap, pieces: impl Iterator<Item = &'b [u8]>) -> Vec<u8> {
    let mut answer = AnswerStream::new(stream.0, stream.1);
    let mut out = Vec::new();
    for piece in pieces {
        out.extend(answer.push(map, piece, false).unwrap_or_else(|| piece.to_vec()));
    }
    out.extend(answer.push(map, b"", true).unwrap_or_default());
    out
}

/// What the stream begins with.
fn begin<'b>(stream: (Format, Framing), pieces: impl Iterator<Item = &'b [u8]>) -> First {
    let mut beginning = Beginning::new(stream.0, stream.1);
    for piece in pieces {
        let first = beginning.push(piece, false);
        if first != First::Neither {
            return first;
        }
    }
    beginning.push(b"", true)
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let [which, at, bytes @ ..] = input else { return };
    let Some(stream) = STREAMS.get(usize::from(*which) % STREAMS.len()) else { return };
    let mut map = TokenMap::default();
    for value in [&b"ann@example.com"[..], b"\"\\\n"] {
        let kept = map.keep(value);
        map.number(EntityType::Email, "EMAIL", kept);
    }
    let (first, second) = bytes.split_at(usize::from(*at).min(bytes.len()));
    let whole = restore(*stream, &map, core::iter::once(bytes));
    assert!(whole == restore(*stream, &map, [first, second].into_iter()), "a cut makes a difference");
    assert!(whole == restore(*stream, &map, bytes.chunks(1)), "bytes by themselves make a difference");
    let begun = begin(*stream, core::iter::once(bytes));
    assert!(begun != First::Neither, "at its end a stream has begun");
    assert!(begun == begin(*stream, bytes.chunks(1)), "bytes by themselves begin otherwise");
    // With nothing masked nothing changes.
    let mut heard = AnswerStream::new(stream.0, stream.1);
    assert!(heard.push(&TokenMap::default(), bytes, true).is_none(), "it changes with nothing masked");
});
