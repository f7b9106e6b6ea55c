//! The hint: one sentence to the model that placeholders are to be kept, in the format's own place for instructions.
//!
//! | format | place |
//! | --- | --- |
//! | OpenAI Chat, Cohere, Ollama chat | the end of the last system or developer message that the conversation begins with; a system message of its own where it begins with none |
//! | OpenAI Responses | the end of `instructions` |
//! | Anthropic Messages, the same at Bedrock's InvokeModel | the end of `system`, as a block where it is a list |
//! | Gemini | the last part of `systemInstruction`; nowhere beside `cachedContent`, which forbids one |
//! | Bedrock Converse | the last block of `system` |
//! | Ollama generate | the end of `system` |
//!
//! Providers cache what conversations begin with. So the sentence is always the same, whatever was masked, and stands
//! behind the operator's own instructions and before all turns: what the turns of a conversation have in common stays
//! what it is, and operators' instructions that many conversations share stay cached up to their end. Because it only
//! stands where something was masked, the cache is missed once, with the first turn that brings a value; that value
//! stays in the conversation, and the sentence with it. All other bytes stay as they are.

use core::ops::Range;

use crate::bytes::{at, cut, from};
use crate::formats::Format;
use crate::json::shape::{STRUCTURE, TEXT, role};
use crate::json::{Field, Place, Scalar, Shape, Sink, Tag, walk_answer};

/// The sentence. It holds nothing that must be escaped, and no placeholder.
pub const HINT: &str = "Words like EMAIL_N or PERSON_N, with a number for N, stand for values that are withheld. \
                        Write them exactly as they are, as if they were the values.";

/// An object of which only these members matter.
const fn only(fields: &'static [Field]) -> Shape {
    Shape { fields, rest: Some(&STRUCTURE), ..Shape::leaf(crate::json::Slot::Structure) }
}

static CHAT: Shape = only(&[Field::new("messages", &MESSAGES).tagged(Tag::Message)]);
static MESSAGES: Shape = Shape { item: Some(&MESSAGE), ..Shape::leaf(crate::json::Slot::Structure) };
static MESSAGE: Shape = only(&[role(), Field::new("content", &STRUCTURE).tagged(Tag::Part)]);

static SYSTEM: Shape = only(&[Field::new("system", &STRUCTURE).tagged(Tag::Part)]);
static INSTRUCTIONS: Shape = only(&[Field::new("instructions", &STRUCTURE).tagged(Tag::Part)]);
static GEMINI: Shape = only(&[
    Field::new("systemInstruction", &CONTENT).tagged(Tag::SystemText),
    Field::new("system_instruction", &CONTENT).tagged(Tag::SystemText),
    Field::new("cachedContent", &TEXT).tagged(Tag::Bytes),
    Field::new("cached_content", &TEXT).tagged(Tag::Bytes),
]);
static CONTENT: Shape = only(&[Field::new("parts", &STRUCTURE).tagged(Tag::Part)]);
static INVOKE: Shape = only(&[
    Field::new("system", &STRUCTURE).tagged(Tag::Part),
    Field::new("anthropic_version", &STRUCTURE).tagged(Tag::Bytes),
]);

/// Where instructions stand.
#[derive(Debug, Clone)]
enum Instructions {
    /// The content of a string.
    String(Range<usize>),
    List(Range<usize>),
    Object(Range<usize>),
    /// What stands there is null.
    Null(Range<usize>),
}

/// Finds the place in a body.
#[derive(Default)]
struct Finder<'b> {
    body: &'b [u8],
    /// The instructions of the open message, or of the body.
    open: Option<Instructions>,
    /// Who speaks in the open message, and whether that is the operator.
    by_operator: bool,
    /// The instructions of the last message of the operator that the conversation begins with.
    last: Option<Instructions>,
    /// Another than the operator has spoken.
    begun: bool,
    /// Where the list of messages begins.
    messages: Option<usize>,
    /// Whether the body says the word that [`Tag::Bytes`] stands for here.
    marked: bool,
}

impl Sink for Finder<'_> {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        match (place.tag, scalar) {
            (Tag::Role, Scalar::String(range, _)) => {
                self.by_operator = matches!(cut(self.body, range), b"system" | b"developer");
            }
            (Tag::Part, Scalar::String(range, _)) => self.open = Some(Instructions::String(range)),
            (Tag::Part, Scalar::Null) => {
                let behind = from(self.body, place.key.end);
                let start = memchr::memmem::find(behind, b"null").map(|n| place.key.end + n);
                self.open = start.map(|start| Instructions::Null(start..start + 4));
            }
            (Tag::Bytes, Scalar::String(..)) => self.marked = true,
            _ => {}
        }
    }

    fn composite(&mut self, tag: Tag, _: [u32; 4], range: Range<usize>) {
        let is_list = at(self.body, range.start) == b'[';
        match tag {
            Tag::Part if is_list => self.open = Some(Instructions::List(range)),
            // An item of a list comes before the list, which takes its place.
            Tag::Part => self.open = Some(Instructions::Object(range)),
            Tag::Message if is_list => self.messages = Some(range.start + 1),
            Tag::Message => {
                let content = self.open.take();
                if core::mem::take(&mut self.by_operator) && !self.begun {
                    self.last = content;
                } else {
                    self.begun = true;
                }
            }
            // Instructions without parts have no place for another.
            Tag::SystemText if self.open.is_none() => self.marked = true,
            _ => {}
        }
    }
}

/// A block of text, as a format writes it.
fn block(typed: bool) -> Vec<u8> {
    let kind = if typed { "\"type\":\"text\"," } else { "" };
    format!("{{{kind}\"text\":\"{HINT}\"}}").into_bytes()
}

/// Puts `with` in the place of `range`.
fn put(body: &[u8], range: Range<usize>, with: &[&[u8]]) -> Vec<u8> {
    [cut(body, 0..range.start), &*with.concat(), from(body, range.end)].concat()
}

/// The body with the sentence at the end of what stands at `place`.
fn append(body: &[u8], place: &Instructions, block: &[u8]) -> Vec<u8> {
    match place {
        Instructions::String(range) => {
            let gap: &[u8] = if range.is_empty() { b"" } else { b"\\n\\n" };
            put(body, range.end..range.end, &[gap, HINT.as_bytes()])
        }
        Instructions::List(range) => {
            let end = range.end.saturating_sub(1);
            let is_empty = cut(body, range.start + 1..end).trim_ascii().is_empty();
            put(body, end..end, &[if is_empty { b"" } else { b"," }, block])
        }
        Instructions::Object(range) => {
            put(body, range.clone(), &[b"[", cut(body, range.clone()), b",", block, b"]"])
        }
        Instructions::Null(range) => put(body, range.clone(), &[b"\"", HINT.as_bytes(), b"\""]),
    }
}

/// The body with a member of its own before all others.
fn with_member(body: &[u8], member: &[&[u8]]) -> Option<Vec<u8>> {
    let start = memchr::memchr(b'{', body)? + 1;
    Some(put(body, start..start, member))
}

/// The body of a request with the sentence in its place; none where the format has none.
#[must_use]
pub fn add(format: Format, body: &[u8]) -> Option<Vec<u8>> {
    let (shape, typed) = match format {
        Format::OpenaiChat | Format::CohereChat | Format::OllamaChat => (&CHAT, true),
        Format::OpenaiResponses => (&INSTRUCTIONS, true),
        Format::AnthropicMessages | Format::OllamaGenerate => (&SYSTEM, true),
        Format::BedrockInvoke => (&INVOKE, true),
        Format::BedrockConverse => (&SYSTEM, false),
        Format::Gemini => (&GEMINI, false),
        _ => return None,
    };
    let mut finder = Finder { body, ..Finder::default() };
    walk_answer(body, shape, &mut finder).ok()?;
    let (block, hint) = (block(typed), HINT.as_bytes());
    match format {
        Format::OpenaiChat | Format::CohereChat | Format::OllamaChat => {
            if let Some(place @ (Instructions::String(_) | Instructions::List(_))) = &finder.last {
                return Some(append(body, place, &block));
            }
            let start = finder.messages?;
            Some(put(body, start..start, &[b"{\"role\":\"system\",\"content\":\"", hint, b"\"},"]))
        }
        Format::Gemini if finder.marked => None,
        Format::BedrockInvoke if !finder.marked => None,
        _ => match (&finder.open, format) {
            (Some(Instructions::Null(range)), Format::Gemini | Format::BedrockConverse) => {
                Some(put(body, range.clone(), &[b"[", &block, b"]"]))
            }
            (Some(place), _) => Some(append(body, place, &block)),
            (None, Format::OpenaiResponses) => with_member(body, &[b"\"instructions\":\"", hint, b"\","]),
            (None, Format::Gemini) => {
                with_member(body, &[b"\"systemInstruction\":{\"parts\":[", &block, b"]},"])
            }
            (None, Format::BedrockConverse) => with_member(body, &[b"\"system\":[", &block, b"],"]),
            (None, _) => with_member(body, &[b"\"system\":\"", hint, b"\","]),
        },
    }
}
