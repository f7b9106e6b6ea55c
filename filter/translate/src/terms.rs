//! What formats have different terms for: turns and results, models in paths, arguments that have to be objects, how much
//! to think.

use std::borrow::Cow;

use privet_core::framing::MAX_FRAME_BYTES;

use crate::conversation::{
    Block, Effort, Event, Failure, Json, Message, Number, Output, Part, Reasoning, Request, Role, ToolCall,
};
use crate::json::Writer;
use crate::turns::{hash, word};
use crate::{NotUnderstood, Notes, Unsupported, openai};

/// Notes each name whose field is there, for what a format has no word for.
pub(crate) fn lost(notes: &mut Notes, fields: &[(&'static str, bool)]) {
    for (name, there) in fields {
        if *there {
            notes.add(name);
        }
    }
}

/// Notes each of these that a request asks for, for what a format has no word for.
#[inline(never)]
pub(crate) fn lacks(request: &Request, fields: &[&'static str], notes: &mut Notes) {
    for field in fields {
        let asked = match *field {
            "top_k" => request.top_k.is_some(),
            "presence_penalty" => request.presence_penalty.is_some(),
            "frequency_penalty" => request.frequency_penalty.is_some(),
            "seed" => request.seed.is_some(),
            "user" => request.user.is_some(),
            "prefill" => is_prefilled(&request.messages),
            "parallel_tool_calls" => request.parallel_tool_calls == Some(false),
            "strict" => request.tools.iter().any(|tool| tool.strict == Some(true)),
            _ => false,
        };
        if asked {
            notes.add(field);
        }
    }
}

/// Writes a member that is a number, where there is one.
pub(crate) fn number_at(w: &mut Writer, name: &str, number: &Option<Number>) {
    if let Some(Number(digits)) = number {
        w.raw_at(name, digits);
    }
}

/// What the user says where a conversation does not begin with the user, for providers that insist (`first_turn`).
pub(crate) const FIRST_TURN: &str = "Continue.";

/// Whether the first turn that holds a part which is `said` is the user's.
pub(crate) fn begins_with_user(messages: &[Message], said: fn(&Part) -> bool) -> bool {
    let first = messages.iter().find(|m| m.role != Role::System && m.parts.iter().any(said));
    first.is_some_and(|m| m.role == Role::User)
}

/// Whether the conversation ends with words of the model's, which some formats have it go on with and others do not.
pub(crate) fn is_prefilled(messages: &[Message]) -> bool {
    messages.last().is_some_and(|m| {
        m.role == Role::Assistant && !m.parts.iter().any(|part| matches!(part, Part::ToolCall(_)))
    })
}

/// A number within bounds, as it was written; one outside becomes the bound and is noted.
pub(crate) fn between<'n>(
    number: &'n Number,
    least: &'static str,
    most: &'static str,
    name: &'static str,
    notes: &mut Notes,
) -> &'n str {
    let value = |digits: &str| digits.parse::<f64>().unwrap_or_default();
    let bound = match value(&number.0) {
        n if n < value(least) => least,
        n if n > value(most) => most,
        _ => return &number.0,
    };
    notes.add(name);
    bound
}

/// Writes a member that is an array of strings, where there are any.
pub(crate) fn texts_at(w: &mut Writer, name: &str, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    w.open_at(name, b'[');
    for text in texts {
        w.string(text);
    }
    w.close(b']');
}

/// Turns as formats want them that take only one in a row of each role: neighbours of one kind become one.
pub(crate) struct Turns {
    /// The member that holds the parts.
    pub list: &'static str,
    role: &'static str,
    kind: u8,
}

impl Turns {
    pub(crate) fn new(list: &'static str) -> Self {
        Self { list, role: "", kind: 0 }
    }

    /// Sees to it that the next part is written into a turn of this role and kind.
    pub(crate) fn at(&mut self, w: &mut Writer, role: &'static str, kind: u8) {
        if self.role == role && self.kind == kind {
            return;
        }
        self.close(w);
        (self.role, self.kind) = (role, kind);
        w.open(b'{');
        w.string_at("role", role);
        w.open_at(self.list, b'[');
    }

    /// Closes the turn that is open.
    pub(crate) fn close(&mut self, w: &mut Writer) {
        if !self.role.is_empty() {
            w.close(b']');
            w.close(b'}');
        }
        self.role = "";
    }
}

/// Calls of functions whose results have not come yet: for formats whose results name the function alone.
#[derive(Default)]
pub(crate) struct Calls {
    /// Ids and names.
    waiting: Vec<(String, String)>,
}

impl Calls {
    /// A function is called.
    pub(crate) fn made(&mut self, id: &str, name: &str) {
        self.waiting.push((id.to_owned(), name.to_owned()));
    }

    /// The result of the first call that is waiting, of this id or name where one is given: its id and function.
    pub(crate) fn answered(&mut self, id: Option<&str>, name: Option<&str>) -> Option<(String, String)> {
        let at = self.waiting.iter().position(|(i, n)| match (id, name) {
            (Some(id), _) => i == id,
            (None, Some(name)) => n == name,
            (None, None) => true,
        })?;
        Some(self.waiting.remove(at))
    }
}

/// The words among parts, each from a line of its own on.
pub(crate) fn words<'p>(parts: impl IntoIterator<Item = &'p Part>) -> String {
    let mut out = String::new();
    for part in parts {
        let (Part::Text(text) | Part::Refusal(text)) = part else { continue };
        if !out.is_empty() && !text.is_empty() {
            out.push('\n');
        }
        out.push_str(text);
    }
    out
}

/// A path with the model in one of its segments. Only the unreserved characters of RFC 3986, section 2.3 stand as they
/// are.
pub(crate) fn model_path(before: &str, model: &str, after: &str) -> Result<String, Unsupported> {
    if model.is_empty()
        || model.len() > privet_core::endpoint::MAX_NAME_BYTES
        || model.bytes().all(|b| b == b'.')
    {
        return Err(Unsupported { field: "model".to_owned(), reason: "it is no name of a model" });
    }
    let mut path = String::with_capacity(before.len() + model.len() + after.len() + 16);
    path.push_str(before);
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            path.push('%');
            for digit in [byte >> 4, byte & 15] {
                path.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    path.push_str(after);
    Ok(path)
}

/// How many tokens of thoughts are meant, where a format counts them; none where nothing says it.
pub(crate) fn budget(reasoning: &Reasoning) -> Option<Cow<'_, str>> {
    match reasoning {
        Reasoning::Off | Reasoning::Auto => None,
        Reasoning::Budget(Number(tokens)) => Some(Cow::Borrowed(tokens)),
        Reasoning::Effort(effort) => Some(Cow::Owned(openai::budget(*effort).to_string())),
    }
}

/// The same as one of three words, for formats that have words for it.
pub(crate) fn level(reasoning: &Reasoning) -> &'static str {
    match reasoning {
        Reasoning::Auto => "medium",
        Reasoning::Off | Reasoning::Effort(Effort::Minimal) => "low",
        Reasoning::Effort(Effort::XHigh) => "high",
        _ => openai::effort(reasoning, &mut Notes::default()).unwrap_or("medium"),
    }
}

/// What a word for an effort means.
pub(crate) fn effort(word: &str) -> Option<Reasoning> {
    openai::read_effort(word).filter(|reasoning| *reasoning != Reasoning::Off)
}

/// A stream begins.
#[inline(never)]
pub(crate) fn begin(events: &mut Vec<Event>, id: &str, model: &str) {
    events.push(Event::Start { id: id.to_owned(), model: model.to_owned() });
}

/// A block grows.
#[inline(never)]
pub(crate) fn grow(events: &mut Vec<Event>, block: u32, text: &str) {
    events.push(Event::Delta { block, text: text.to_owned() });
}

/// A block gets its seal.
#[inline(never)]
pub(crate) fn seal(events: &mut Vec<Event>, block: u32, signature: &str) {
    events.push(Event::Signature { block, signature: signature.to_owned() });
}

/// A stream fails in words of the provider's.
#[inline(never)]
pub(crate) fn fail(events: &mut Vec<Event>, status: u16, message: &str, code: Option<&str>) {
    let (message, code) = (message.to_owned(), code.map(str::to_owned));
    events.push(Event::Failed(Failure { status, message, code }));
}

/// The blocks of a provider's stream that are open, by the provider's own numbers.
#[derive(Default)]
pub(crate) struct Blocks {
    next: u32,
    open: Vec<(u64, u32)>,
}

/// Most blocks that are open at once.
const MAX_OPEN: usize = 256;

impl Blocks {
    /// The block with the provider's number, where it is open.
    pub(crate) fn known(&self, number: u64) -> Option<u32> {
        self.open.iter().find(|(n, _)| *n == number).map(|(_, block)| *block)
    }

    /// The same; it begins where it is not open.
    ///
    /// # Errors
    /// Too many are.
    #[inline(never)]
    pub(crate) fn at(
        &mut self,
        number: u64,
        kind: Block,
        events: &mut Vec<Event>,
    ) -> Result<u32, NotUnderstood> {
        if let Some(block) = self.known(number) {
            return Ok(block);
        }
        if self.open.len() == MAX_OPEN {
            return Err(NotUnderstood);
        }
        let block = self.next;
        self.next = block.wrapping_add(1);
        self.open.push((number, block));
        events.push(Event::BlockStart { block, kind });
        Ok(block)
    }

    /// The block with the provider's number grows; it begins where it is not open.
    ///
    /// # Errors
    /// Too many are.
    #[inline(never)]
    pub(crate) fn grow(
        &mut self,
        number: u64,
        kind: Block,
        text: &str,
        events: &mut Vec<Event>,
    ) -> Result<(), NotUnderstood> {
        let block = self.at(number, kind, events)?;
        grow(events, block, text);
        Ok(())
    }

    /// A block is complete.
    pub(crate) fn end(&mut self, number: u64, events: &mut Vec<Event>) {
        if let Some(block) = self.known(number) {
            self.open.retain(|(n, _)| *n != number);
            events.push(Event::BlockEnd { block });
        }
    }

    /// All are.
    pub(crate) fn end_all(&mut self, events: &mut Vec<Event>) {
        events.extend(self.open.drain(..).map(|(_, block)| Event::BlockEnd { block }));
    }
}

/// Calls that are gathered from a stream, for clients whose format sends them whole.
#[derive(Default)]
pub(crate) struct Gathered {
    calls: Vec<(u32, ToolCall)>,
    bytes: usize,
}

impl Gathered {
    /// Takes a part of a call; false where it is of another block.
    ///
    /// # Errors
    /// The arguments have grown beyond what a frame may hold, or too many calls are open.
    pub(crate) fn grow(&mut self, block: u32, text: &str) -> Result<bool, NotUnderstood> {
        let Some((_, call)) = self.calls.iter_mut().find(|(b, _)| *b == block) else { return Ok(false) };
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > MAX_FRAME_BYTES {
            return Err(NotUnderstood);
        }
        call.arguments.0.push_str(text);
        Ok(true)
    }

    /// A block begins.
    ///
    /// # Errors
    /// Too many calls are open.
    pub(crate) fn begin(&mut self, block: u32, kind: &Block) -> Result<(), NotUnderstood> {
        let Block::ToolCall { id, name, signature } = kind else { return Ok(()) };
        if self.calls.len() == MAX_OPEN {
            return Err(NotUnderstood);
        }
        let (id, name, signature) = (id.clone(), name.clone(), signature.clone());
        self.calls.push((block, ToolCall { id, name, signature, arguments: Json(String::new()) }));
        Ok(())
    }

    /// The call that is complete with this block.
    pub(crate) fn end(&mut self, block: u32) -> Option<ToolCall> {
        let at = self.calls.iter().position(|(b, _)| *b == block)?;
        let (_, call) = self.calls.remove(at);
        self.bytes = self.bytes.saturating_sub(call.arguments.0.len());
        Some(call)
    }
}

/// What a client is told whose format cannot take the rest of an answer.
pub(crate) fn too_much() -> Failure {
    Failure { status: 502, message: "the provider's calls are too long".to_owned(), code: None }
}

/// The id of a call in a request that gives none, by its message and place there.
#[inline(never)]
pub(crate) fn made_up((message, call): (usize, usize)) -> String {
    ["call_", &message.to_string(), "_", &call.to_string()].concat()
}

/// The id of a call in an answer that gives none: the same for the same call of the same answer.
pub(crate) fn call_id(answer: &str, number: usize, name: &str, arguments: &str) -> String {
    let place = [answer, "/", &number.to_string(), "/", name, "/", arguments].concat();
    ["call_", &word(hash(&place), 11)].concat()
}

/// What tells a model to answer in JSON, where the format has no switch for it, or one that takes strict schemas only.
pub(crate) fn asked_in_words(output: &Output) -> Option<Cow<'_, str>> {
    Some(match output {
        Output::Json => Cow::Borrowed("Answer with one JSON object and nothing else."),
        Output::Schema { schema, strict, .. } if *strict != Some(true) => {
            let words = "Answer with JSON that fits this JSON Schema, and nothing else:\n";
            Cow::Owned([words, &schema.0].concat())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_one_segment_of_a_path_whatever_its_name() {
        let path = |model| model_path("/model/", model, "/converse").map_err(|e| e.field);
        assert_eq!(path("a.b-v1:0"), Ok("/model/a.b-v1%3A0/converse".to_owned()));
        assert_eq!(path("a/../ü?"), Ok("/model/a%2F..%2F%C3%BC%3F/converse".to_owned()));
        assert_eq!(path(".."), Err("model".to_owned()));
        assert_eq!(path(""), Err("model".to_owned()));
    }

    #[test]
    fn results_are_matched_by_id_else_by_name_else_by_order() {
        let mut calls = Calls::default();
        for (id, name) in [("1", "f"), ("2", "g"), ("3", "f")] {
            calls.made(id, name);
        }
        let id = |found: Option<(String, String)>| found.map(|(id, _)| id);
        assert_eq!(id(calls.answered(None, Some("g"))), Some("2".to_owned()));
        assert_eq!(id(calls.answered(Some("3"), Some("f"))), Some("3".to_owned()));
        assert_eq!(id(calls.answered(None, Some("h"))), None);
        assert_eq!(id(calls.answered(None, None)), Some("1".to_owned()));
    }
}
