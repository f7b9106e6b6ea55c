//! The core's work as wasm exports: `prepare` makes bodies of a size, `mask` and `restore` work on them.
//! The clock is the caller's (`run.mjs`).

use std::cell::RefCell;

use privet_core::entity::Hit;
use privet_core::formats::{self, AnswerStream, Format};
use privet_core::policy::Policy;
use privet_core::tokens::TokenMap;

#[allow(dead_code, reason = "whole streams of OpenAI's chunks are served only")]
#[path = "../../src/bench/bodies.rs"]
mod bodies;
#[path = "../../src/bench/gates.rs"]
mod gates;
#[allow(dead_code, reason = "the number of keys is the native bench's to say")]
#[path = "../../src/bench/keys.rs"]
mod keys;
#[path = "../../src/bench/streams.rs"]
mod streams;
#[path = "../../src/bench/terms.rs"]
mod terms;
#[allow(dead_code, reason = "hostile texts are timed natively only")]
#[path = "../../src/bench/texts.rs"]
mod texts;
#[path = "../../src/bench/translations.rs"]
mod translations;
#[path = "../../src/values.rs"]
pub mod values;

struct Work {
    policy: Policy,
    request: Vec<u8>,
    answer: Vec<u8>,
    tokens: TokenMap,
}

/// A text and the hits in it.
struct Text {
    policy: Policy,
    text: String,
    hits: Vec<Hit>,
}

thread_local! {
    static FRAMES: RefCell<(usize, Vec<Vec<u8>>)> = const { RefCell::new((0, Vec::new())) };
    static GATES: RefCell<Option<(gates::Gates, Vec<String>)>> = const { RefCell::new(None) };
    static CONVERSATION: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OPENING: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static TEXT: RefCell<Option<Text>> = const { RefCell::new(None) };
    static TERMS: RefCell<String> = const { RefCell::new(String::new()) };
    static WORK: RefCell<Option<Work>> = const { RefCell::new(None) };
}

/// Makes the bodies; returns the length of the request, or 0 where something failed.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(size: usize) -> usize {
    let Ok(policy) = Policy::parse(br#"{"schema":1,"revision":"bench"}"#) else { return 0 };
    let (request, answer) = (bodies::request(size, false), bodies::answer(size));
    let Ok(masked) = privet_core::mask::mask(&request, Format::OpenaiChat.request(), &policy.masking) else {
        return 0;
    };
    let length = request.len();
    WORK.replace(Some(Work { policy, request, answer, tokens: masked.tokens }));
    length
}

/// Masks the request; returns the length of the new body.
#[unsafe(no_mangle)]
pub extern "C" fn mask() -> usize {
    WORK.with_borrow(|work| {
        let Some(work) = work else { return 0 };
        let masked =
            privet_core::mask::mask(&work.request, Format::OpenaiChat.request(), &work.policy.masking);
        masked.ok().and_then(|m| m.body).map_or(0, |b| b.len())
    })
}

/// Restores the answer; returns the length of the new body.
#[unsafe(no_mangle)]
pub extern "C" fn restore() -> usize {
    WORK.with_borrow(|work| {
        let Some(work) = work else { return 0 };
        let restored = formats::restore(Format::OpenaiChat, &work.answer, &work.tokens);
        restored.ok().and_then(|(b, _)| b).map_or(0, |b| b.len())
    })
}

/// Makes a streamed answer (its number in the bench's list); returns the number of its frames.
#[unsafe(no_mangle)]
pub extern "C" fn prepare_stream(number: usize) -> usize {
    let frames = streams::frames(number);
    let count = frames.len();
    FRAMES.replace((number, frames));
    count
}

/// Restores the first `count` frames of it; returns how many bytes were written.
#[unsafe(no_mangle)]
pub extern "C" fn stream(count: usize) -> usize {
    FRAMES.with_borrow(|(number, frames)| {
        let Some((_, format, framing)) = streams::STREAMS.get(*number) else { return 0 };
        WORK.with_borrow(|work| {
            let Some(work) = work else { return 0 };
            let mut answer = AnswerStream::new(*format, *framing);
            let pushed = frames
                .iter()
                .take(count)
                .map(|frame| answer.push(&work.tokens, frame, false).map_or(frame.len(), |out| out.len()));
            pushed.sum()
        })
    })
}

/// Makes the conversation that is translated; returns its length.
#[unsafe(no_mangle)]
pub extern "C" fn prepare_conversation() -> usize {
    let conversation = translations::conversation();
    let length = conversation.len();
    CONVERSATION.replace(conversation);
    length
}

/// Translates it for a maker (its number in the bench's list); returns the length of what goes there.
#[unsafe(no_mangle)]
pub extern "C" fn translate_request(number: usize) -> usize {
    CONVERSATION.with_borrow(|conversation| translations::request(conversation, number))
}

/// Makes a streamed answer to translate; returns the number of its deltas.
#[unsafe(no_mangle)]
pub extern "C" fn prepare_translated(number: usize) -> usize {
    let (opening, frames) = translations::stream(number);
    let count = frames.len();
    OPENING.replace(opening);
    FRAMES.replace((number, frames));
    count
}

/// Translates it; returns how many bytes were written.
#[unsafe(no_mangle)]
pub extern "C" fn translate_stream() -> usize {
    FRAMES.with_borrow(|(number, frames)| {
        OPENING.with_borrow(|opening| translations::translate(*number, opening, frames))
    })
}

/// Makes a text of a kind (its number in the bench's list); returns its length, or 0 where something failed.
#[unsafe(no_mangle)]
pub extern "C" fn prepare_text(kind: usize, size: usize) -> usize {
    let Ok(policy) = Policy::parse(br#"{"schema":1,"revision":"bench"}"#) else { return 0 };
    let text = texts::of_kind(kind, size);
    let length = text.len();
    TEXT.replace(Some(Text { policy, text, hits: Vec::new() }));
    length
}

/// Detects everything in the text; returns how much was found.
#[unsafe(no_mangle)]
pub extern "C" fn detect() -> usize {
    TEXT.with_borrow_mut(|text| {
        let Some(Text { policy, text, hits }) = text else { return 0 };
        policy.masking.detector.scan(text.as_bytes(), hits);
        hits.len()
    })
}

/// The injection score of the text, in thousandths.
#[unsafe(no_mangle)]
pub extern "C" fn score() -> usize {
    TEXT.with_borrow(|text| {
        let Some(Text { text, .. }) = text else { return 0 };
        (privet_core::injection::score(text.as_bytes()).value * 1e3) as usize
    })
}

/// Both, in one pass over the words: the score in thousandths.
#[unsafe(no_mangle)]
pub extern "C" fn both() -> usize {
    TEXT.with_borrow_mut(|text| {
        let Some(Text { policy, text, hits }) = text else { return 0 };
        (privet_core::mask::find_and_score(text.as_bytes(), &policy.masking, hits).value * 1e3) as usize
    })
}

/// Makes a policy with the largest dictionary; returns its length.
#[unsafe(no_mangle)]
pub extern "C" fn prepare_terms() -> usize {
    let document = terms::policy();
    let length = document.len();
    TERMS.replace(document);
    length
}

/// Reads that policy, for the text made before; returns 0 where it is refused.
#[unsafe(no_mangle)]
pub extern "C" fn read_terms() -> usize {
    let Ok(read) = TERMS.with_borrow(|terms| Policy::parse(terms.as_bytes())) else { return 0 };
    TEXT.with_borrow_mut(|text| {
        let Some(text) = text else { return 0 };
        text.policy = read;
        1
    })
}

/// Makes a policy of so many keys; returns 0 where it is refused.
#[unsafe(no_mangle)]
pub extern "C" fn prepare_gates(count: usize) -> usize {
    let gates = gates::Gates::new(count).map(|gates| (gates, keys::some(count)));
    let there = gates.is_some();
    GATES.replace(gates);
    usize::from(there)
}

/// Lets requests through the gates, each with another key; returns how many got through.
#[unsafe(no_mangle)]
pub extern "C" fn pass_gates() -> usize {
    GATES.with_borrow_mut(|gates| {
        let Some((gates, keys)) = gates else { return 0 };
        keys.iter().filter(|key| gates.pass(key)).count()
    })
}
