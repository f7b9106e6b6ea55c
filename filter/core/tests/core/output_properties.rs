//! What holds for every answer that policies ask about (proptest; native only).

use privet_core::formats::{AnswerStream, Format};
use privet_core::framing::Framing;
use privet_core::output::Guards;
use privet_core::tokens::TokenMap;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use crate::output::asked;
use crate::properties::{cases, cuts};
use crate::stream_properties::{delta, ends};
use crate::streams::STREAMS;
use crate::wire::{decode, encode, slots};

const POLICIES: [&str; 3] = [
    r#"[{"id":"r","phase":"response","condition":{"type":"pii_detected"},"action":"redact"},
        {"id":"t","phase":"response","condition":{"type":"content_pattern","pattern":"her[a-z]*n"},"action":"redact","redactionStrategy":"partial"},
        {"id":"n","phase":"response","condition":{"type":"token_count","threshold":60},"action":"warn"}]"#,
    r#"[{"id":"w","phase":"response","condition":{"type":"content_pattern","pattern":"heron"},"action":"warn"},
        {"id":"b","phase":"response","condition":{"type":"pii_detected","entities":["EMAIL"]},"action":"block"},
        {"id":"r","phase":"response","condition":{"type":"pii_detected"},"action":"redact"}]"#,
    r#"[{"id":"n","phase":"response","condition":{"type":"token_count","threshold":90},"action":"block"},
        {"id":"r","phase":"response","condition":{"type":"pii_detected"},"action":"redact"}]"#,
];

/// A text of values, placeholders of the request, and much between them.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => select(vec!["word ", "and so on, ", "né 😀 ", "\"quoted\" ", "\\ ", "\n", "heron ", "her", "on "]),
        3 => select(vec!["EMAIL_1 ", "EMAIL_2, ", "PHONE_1", "EMAIL_", "Email 1 "]),
        1 => select(vec!["bob@example.com ", "carl@example.org", " 4111 1111 1111 1111 ", "my ssn is 123-45-6789. "]),
    ];
    let filler = (0usize..30).prop_map(|n| "one more word ".repeat(n));
    vec((piece, filler).prop_map(|(piece, filler)| filler + piece), 0..9).prop_map(|all| all.concat())
}

type Got = (std::collections::BTreeMap<String, String>, Option<String>, Vec<String>);

/// What a client gets: the texts, the refusal, and what has fired.
fn run(
    (format, framing): (Format, Framing),
    tokens: &TokenMap,
    guards: Guards,
    stream: &[u8],
    cuts: &[usize],
) -> (Vec<u8>, Got) {
    let mut answer = AnswerStream::guarded(format, framing, guards);
    let (mut out, mut done) = (Vec::new(), 0);
    for cut in cuts.iter().copied().chain([stream.len()]) {
        let chunk = &stream[done..cut];
        out.extend(answer.push(tokens, chunk, false).unwrap_or_else(|| chunk.to_vec()));
        done = cut;
    }
    out.extend(answer.push(tokens, b"", true).unwrap_or_default());
    let blocked = answer.counts().is_blocked();
    let refusal = answer.refusal().map(|r| r.message).or(blocked.then(|| "in the stream".to_owned()));
    assert!(answer.refusal().is_none() || out.is_empty(), "a refusal comes instead of everything");
    let fired = answer.guards().live.iter().flat_map(|g| g.ids()).map(str::to_owned).collect();
    let strict = framing != Framing::JsonArray || !out.is_empty();
    let texts = slots(format, &decode(format, framing, &out, strict));
    (out, (texts, refusal, fired))
}

/// The stream in which slot `n` grows by these pieces, and ends.
fn stream(format: Format, framing: Framing, n: u8, pieces: &[String]) -> Vec<u8> {
    // Each piece once, so that their joined texts are the same however many there are.
    let one = |piece: &String| match format {
        Format::Gemini => json!({"candidates": [{"index": 0, "content": {"parts": [{"text": piece}]}}]}),
        _ => delta(format, n, piece),
    };
    let deltas = pieces.iter().map(|piece| one(piece).to_string());
    let last = ends(format).into_iter().filter(|end| !end.is_null()).map(|end| end.to_string());
    let events: Vec<String> = deltas.chain(last.skip(1)).collect();
    encode(format, framing, events.iter().map(String::as_str))
}

fn pieces(text: &str, at: &[Index]) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let (mut pieces, mut done) = (Vec::new(), 0);
    for cut in cuts(at, letters.len()).into_iter().chain([letters.len()]) {
        pieces.push(letters[done..cut].iter().collect());
        done = cut;
    }
    pieces
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn an_answer_that_is_asked_about_does_not_depend_on_how_it_was_cut(
        which in select(&STREAMS[..]), policies in select(&POLICIES[..]), n in 0u8..2, text in any_text(),
        first in vec(any::<Index>(), 0..60), second in vec(any::<Index>(), 0..6), at in vec(any::<Index>(), 0..8),
    ) {
        let (format, framing) = which;
        let sections = format!(r#","policies":{policies},"output":{{"window":64}}"#);
        let (tokens, guards) = asked(&sections, "", "ann@example.com and zoe@example.com, call +1 415 555 0132");
        let by_many = stream(format, framing, n, &pieces(&text, &first));
        let by_few = stream(format, framing, n, &pieces(&text, &second));
        let (whole, many) = run(which, &tokens, guards(), &by_many, &[]);
        let (cut, _) = run(which, &tokens, guards(), &by_many, &cuts(&at, by_many.len()));
        prop_assert!(cut == whole, "the bytes, cut anywhere");
        let (_, few) = run(which, &tokens, guards(), &by_few, &[]);
        prop_assert_eq!(many, few, "{:?}: the texts, in other pieces", format);
    }

    #[test]
    fn nothing_that_the_model_brought_in_passes(
        which in select(&STREAMS[..]), text in any_text(), at in vec(any::<Index>(), 0..60),
    ) {
        let (format, framing) = which;
        let (tokens, guards) = asked(&format!(r#","policies":{}"#, POLICIES[0]), "", "ann@example.com");
        let came = stream(format, framing, 0, &pieces(&text, &at));
        let (out, (texts, refusal, _)) = run(which, &tokens, guards(), &came, &[]);
        prop_assert_eq!(refusal, None);
        let all: String = texts.values().map(String::as_str).collect();
        for value in ["bob@example.com", "carl@example.org", "4111 1111 1111 1111", "123-45-6789"] {
            // Only what stands by itself is a value.
            let alone = text.split(value).collect::<Vec<_>>().windows(2).all(|around| {
                !around[0].ends_with(|c: char| c.is_alphanumeric() || "_@.\\".contains(c))
                    && !around[1].starts_with(|c: char| c.is_alphanumeric() || "_@.".contains(c))
            });
            prop_assert!(!alone || !all.contains(value), "{value} in {all}: {:?}", String::from_utf8_lossy(&out));
        }
    }
}
