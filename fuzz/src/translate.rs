//! Any bytes as a request, an answer, an error and a stream, translated between any two formats: what is written is
//! JSON, and a stream ends and is the same however it is cut. The first byte chooses the formats, the second the framing
//! and where to cut.
#![no_main]

use privet_core::formats::Format;
use privet_core::framing::Framing;
use privet_translate::json::parse;
use privet_translate::{Asked, Asking, Stage, Stream, Target};

const FORMATS: [Format; 9] = [
    Format::OpenaiChat,
    Format::OpenaiResponses,
    Format::OpenaiCompletions,
    Format::AnthropicMessages,
    Format::Gemini,
    Format::CohereChat,
    Format::BedrockConverse,
    Format::OllamaChat,
    Format::OllamaGenerate,
];

const FRAMINGS: [Framing; 4] =
    [Framing::ServerSentEvents, Framing::NdJson, Framing::JsonArray, Framing::AwsEventStream];

fn stream<'b>(
    (provider, framing, client): (Format, Framing, Format),
    pieces: impl Iterator<Item = &'b [u8]>,
) -> Option<Vec<u8>> {
    let asking = Asking { model: "m".into(), id: "i".into(), ..Asking::default() };
    let mut stream = Stream::new(provider, framing, client, &asking)?;
    let mut out = Vec::new();
    pieces.for_each(|piece| stream.push(piece, false, &mut out));
    stream.push(b"", true, &mut out);
    assert!(matches!(stream.stage(), Stage::Ended | Stage::Failed), "the stream does not end");
    Some(out)
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let [which, at, bytes @ ..] = input else { return };
    let (which, at) = (usize::from(*which), usize::from(*at));
    let (from, to) = (which % FORMATS.len(), which / FORMATS.len() % FORMATS.len());
    let (Some(from), Some(to)) = (FORMATS.get(from), FORMATS.get(to)) else { return };
    let asked = Asked { model: Some("m"), stream: false };
    if let Ok(translated) = privet_translate::request(*from, bytes, asked, *to, &Target::default()) {
        assert!(parse(&translated.outgoing.body).is_ok(), "the request is no JSON");
    }
    if let Ok(answer) = privet_translate::answer(*from, bytes, *to, &Asking::default()) {
        assert!(parse(&answer).is_ok(), "the answer is no JSON");
    }
    assert!(parse(&privet_translate::failure(*from, 500, bytes, *to).1).is_ok(), "the error is no JSON");
    let Some(framing) = FRAMINGS.get(at % FRAMINGS.len()) else { return };
    let way = (*from, *framing, *to);
    let (first, second) = bytes.split_at((at / FRAMINGS.len() * 4).min(bytes.len()));
    let whole = stream(way, core::iter::once(bytes));
    assert!(whole == stream(way, [first, second].into_iter()), "a cut makes a difference");
    assert!(whole == stream(way, bytes.chunks(1)), "bytes by themselves make a difference");
});
