//! Thoughts of other providers in a request that needs no translation.
//!
//! A client that was answered by another format's provider holds thoughts with a marked seal ([`turns::sealed`]), and
//! sends them back as they are. A translated request has them opened or taken off; one that goes to a provider of the
//! client's own format goes as it was written, and that provider would refuse what it has not sealed itself, with the
//! rest of the conversation. So they are taken off here, and nothing else changes.

mod cut;

use privet_core::formats::{Format, SEAL_MARK};

use crate::gemini::{self, seal};
use crate::json::{Value, parse};
use cut::Cuts;

/// Whether clients of this format send thoughts back in a form that their provider checks. What has no seal then has
/// [`turns::UNSEALED`](crate::turns::UNSEALED), by which it is known here.
#[must_use]
pub(crate) fn returns_thoughts(client: Format) -> bool {
    matches!(client, Format::AnthropicMessages | Format::OpenaiResponses | Format::BedrockConverse)
}

/// A request to `model` in `client`'s format without what other providers have sealed; none where it holds nothing of
/// theirs.
#[must_use]
pub fn take_off(client: Format, model: &str, body: &[u8]) -> Option<Vec<u8>> {
    let request = parse(body).ok()?;
    let mut cuts = Cuts::of(body);
    match client {
        Format::AnthropicMessages => anthropic(&request, &mut cuts),
        Format::BedrockConverse => bedrock(&request, &mut cuts),
        Format::OpenaiResponses => responses(&request, &mut cuts),
        Format::OpenaiChat => chat(&request, &mut cuts),
        Format::Gemini => google(&request, model, &mut cuts),
        _ => {}
    }
    cuts.done()
}

/// What stands in the place of a way to think that the provider would refuse.
const DISABLED: &str = r#"{"type":"disabled"}"#;

fn anthropic(request: &Value<'_>, cuts: &mut Cuts<'_>) {
    let block = |block: &Value<'_>| match block.text("type") {
        "thinking" => Block::thoughts(block.text("signature")),
        "redacted_thinking" => Block::thoughts(block.text("data")),
        "tool_use" => Block::Call,
        _ => Block::Other,
    };
    if thoughts_of_messages(request, cuts, block) {
        stop_thinking(request.get("thinking"), cuts);
    }
}

fn bedrock(request: &Value<'_>, cuts: &mut Cuts<'_>) {
    let block = |block: &Value<'_>| {
        if let Some(thoughts) = block.get("reasoningContent") {
            let words = thoughts.get("reasoningText");
            return Block::thoughts(words.map_or(thoughts.text("redactedContent"), |w| w.text("signature")));
        }
        if block.get("toolUse").is_some() { Block::Call } else { Block::Other }
    };
    if thoughts_of_messages(request, cuts, block) {
        let further = request.get("additionalModelRequestFields");
        stop_thinking(further.and_then(|fields| fields.get("thinking")), cuts);
    }
}

/// What a block of a message is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// Thoughts that another provider has sealed.
    Foreign,
    /// The provider's own.
    Thoughts,
    Call,
    Other,
}

impl Block {
    fn thoughts(seal: &str) -> Self {
        if seal.starts_with(SEAL_MARK) { Self::Foreign } else { Self::Thoughts }
    }
}

/// Takes foreign blocks out of messages, and messages that hold nothing else. Returns whether the model's last step is now
/// a call without its thoughts.
fn thoughts_of_messages(
    request: &Value<'_>,
    cuts: &mut Cuts<'_>,
    block: impl Fn(&Value<'_>) -> Block,
) -> bool {
    let Some(messages) = request.get("messages") else { return false };
    let holds = |message: &Value<'_>, kind| message.items("content").iter().any(|b| block(b) == kind);
    let by_model = |message: &Value<'_>| message.text("role") == "assistant";
    let goes = |message: &Value<'_>| {
        let blocks = message.items("content");
        by_model(message) && !blocks.is_empty() && blocks.iter().all(|b| block(b) == Block::Foreign)
    };
    let mut thoughtless = false;
    for message in messages.as_items().iter().filter(|message| by_model(message)) {
        thoughtless =
            holds(message, Block::Foreign) && holds(message, Block::Call) && !holds(message, Block::Thoughts);
        if let Some(content) = message.get("content").filter(|_| !goes(message)) {
            cuts.items(content, |b| block(b) == Block::Foreign);
        }
    }
    cuts.items(messages, goes);
    thoughtless
}

/// A provider that wants a call to stand behind its thoughts is asked not to think, where it was told how much.
fn stop_thinking(thinking: Option<&Value<'_>>, cuts: &mut Cuts<'_>) {
    if let Some(thinking) = thinking.filter(|thinking| thinking.text("type") == "enabled") {
        cuts.replace(thinking, DISABLED.to_owned());
    }
}

fn responses(request: &Value<'_>, cuts: &mut Cuts<'_>) {
    if let Some(input) = request.get("input") {
        cuts.items(input, |item| {
            item.text("type") == "reasoning" && item.text("encrypted_content").starts_with(SEAL_MARK)
        });
    }
}

/// Google's place for a seal, which nobody else takes.
fn chat(request: &Value<'_>, cuts: &mut Cuts<'_>) {
    for call in request.items("messages").iter().flat_map(|message| message.items("tool_calls")) {
        cuts.members(call, |name, extra| {
            let google = extra.get("google").filter(|_| name == "extra_content");
            google.is_some_and(|google| google.text("thought_signature").starts_with(SEAL_MARK))
        });
    }
}

fn google(request: &Value<'_>, model: &str, cuts: &mut Cuts<'_>) {
    let is_foreign = |seal: &Value<'_>| seal.as_str().is_some_and(|s| seal::read(s).starts_with(SEAL_MARK));
    for part in request.items("contents").iter().flat_map(|content| content.items("parts")) {
        let is_call = part.get("functionCall").or(part.get("function_call")).is_some();
        let seal = part.get("thoughtSignature").or(part.get("thought_signature"));
        match seal.filter(|seal| is_foreign(seal)) {
            Some(seal) if is_call && gemini::wants_seals(model) => {
                cuts.replace(seal, ["\"", gemini::FOREIGN_CALL, "\""].concat());
            }
            Some(_) => cuts.members(part, |name, value| {
                matches!(name, "thoughtSignature" | "thought_signature") && is_foreign(value)
            }),
            None => {}
        }
    }
}
