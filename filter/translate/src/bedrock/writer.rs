//! Requests to Converse.

use std::borrow::Cow;

use super::{DOCUMENTS, IMAGES, parameters};
use crate::conversation::{Media, Message, Part, Request, Role, ToolChoice};
use crate::json::Writer;
use crate::terms::{FIRST_TURN, Turns, asked_in_words, begins_with_user, lacks, lost, model_path};
use crate::turns::{hash, instructions, object};
use crate::{Notes, Outgoing, Unsupported};

/// Writes a request.
pub(super) fn write(request: &Request, notes: &mut Notes) -> Result<Outgoing, Unsupported> {
    let verb = if request.stream { "/converse-stream" } else { "/converse" };
    let path = model_path("/model/", &request.model, verb)?;
    // Most models there refuse strict functions.
    let lacking = ["presence_penalty", "frequency_penalty", "seed", "user", "parallel_tool_calls", "strict"];
    lacks(request, &lacking, notes);
    let mut w = Writer::object(4096);
    let turns: Vec<&Message> = request.messages.iter().filter(|m| m.role != Role::System).collect();
    system(&mut w, request, notes);
    w.open_at("messages", b'[');
    let mut open = Turns::new("content");
    if !begins_with_user(&request.messages, stands) {
        notes.add("first_turn");
        open.at(&mut w, "user", 0);
        block(&mut w, &Part::Text(FIRST_TURN.to_owned()), "", notes)?;
    }
    for (n, message) in turns.iter().enumerate() {
        let role = if message.role == Role::Assistant { "assistant" } else { "user" };
        for part in &message.parts {
            if !stands(part) {
                lost(
                    notes,
                    &[("reasoning", matches!(part, Part::Reasoning { text, .. } if !text.is_empty()))],
                );
                continue;
            }
            open.at(&mut w, role, 0);
            match part {
                // What the model is to go on with must not end with white space.
                Part::Text(text) if role == "assistant" && n + 1 == turns.len() => {
                    block(&mut w, &Part::Text(text.trim_end().to_owned()), "", notes)?;
                }
                _ => block(&mut w, part, &message.at, notes)?,
            }
        }
    }
    open.close(&mut w);
    w.close(b']');
    let thoughts = parameters::thoughts(request, &turns, notes);
    parameters::inference(&mut w, request, thoughts, notes);
    tools(&mut w, request, &turns, notes)?;
    parameters::output(&mut w, &request.output);
    parameters::additional(&mut w, request, thoughts, notes);
    Ok(Outgoing { path, body: w.done() })
}

/// Instructions, and what stands in for a switch that Converse has not.
fn system(w: &mut Writer, request: &Request, notes: &mut Notes) {
    let mut texts = instructions(&request.messages, notes);
    let asked = asked_in_words(&request.output);
    if let Some(words) = &asked {
        notes.add("response_format");
        texts.push(words);
    }
    texts.retain(|text| !text.trim().is_empty());
    if texts.is_empty() {
        return;
    }
    w.open_at("system", b'[');
    for text in texts {
        w.open(b'{');
        w.string_at("text", text);
        w.close(b'}');
    }
    w.close(b']');
}

fn refuse(at: &str, reason: &'static str) -> Unsupported {
    Unsupported { field: at.to_owned(), reason }
}

/// Whether Converse takes a part at all: neither texts of white space nor thoughts without a seal.
fn stands(part: &Part) -> bool {
    match part {
        Part::Text(text) | Part::Refusal(text) => !text.trim().is_empty(),
        Part::Reasoning { signature, .. } => signature.is_some(),
        _ => true,
    }
}

fn block(w: &mut Writer, part: &Part, at: &str, notes: &mut Notes) -> Result<(), Unsupported> {
    w.open(b'{');
    match part {
        Part::Text(text) => w.string_at("text", text),
        Part::Refusal(text) => {
            notes.add("refusal");
            w.string_at("text", text);
        }
        Part::Image { media, detail, at } => {
            lost(notes, &[("detail", detail.is_some())]);
            w.open_at("image", b'{');
            file(w, media, &IMAGES, at)?;
        }
        Part::Document { media, name, at } => {
            w.open_at("document", b'{');
            let name = document_name(name.as_deref(), notes);
            w.string_at("name", &name);
            file(w, media, &DOCUMENTS, at)?;
        }
        Part::ToolCall(call) => {
            w.open_at("toolUse", b'{');
            w.string_at("toolUseId", &tool_use_id(&call.id));
            w.string_at("name", &call.name);
            w.raw_at("input", &object(&call.arguments, notes));
            w.close(b'}');
        }
        Part::ToolResult { id, parts, error, .. } => result(w, id, parts, *error, at, notes)?,
        Part::Reasoning { text, signature } => {
            let seal = signature.as_deref().unwrap_or_default();
            w.open_at("reasoningContent", b'{');
            if text.is_empty() {
                w.string_at("redactedContent", seal);
            } else {
                w.open_at("reasoningText", b'{');
                w.string_at("text", text);
                w.string_at("signature", seal);
                w.close(b'}');
            }
            w.close(b'}');
        }
    }
    w.close(b'}');
    Ok(())
}

fn result(
    w: &mut Writer,
    id: &str,
    parts: &[Part],
    error: bool,
    at: &str,
    notes: &mut Notes,
) -> Result<(), Unsupported> {
    w.open_at("toolResult", b'{');
    w.string_at("toolUseId", &tool_use_id(id));
    w.open_at("content", b'[');
    let mut empty = true;
    for part in parts {
        match part {
            Part::Text(_) | Part::Image { .. } | Part::Document { .. } => {
                if stands(part) {
                    block(w, part, at, notes)?;
                    empty = false;
                }
            }
            _ => return Err(refuse(at, "a result of a tool holds texts, images and documents only")),
        }
    }
    if empty {
        // Neither an empty text nor an empty list is taken.
        w.raw("{\"json\":{}}");
    }
    w.close(b']');
    if error {
        w.string_at("status", "error");
    }
    w.close(b'}');
    Ok(())
}

/// The rest of an image or document, with the bracket that closes it.
fn file(w: &mut Writer, media: &Media, formats: &[(&str, &str)], at: &str) -> Result<(), Unsupported> {
    let format = match media {
        Media::Inline { media_type, .. } => formats.iter().find(|(known, _)| known == media_type),
        Media::Url(url) if url.starts_with("s3://") => {
            let ending = url.rsplit('.').next().unwrap_or_default();
            formats.iter().find(|(_, known)| *known == ending || ending == "jpg" && *known == "jpeg")
        }
        Media::Url(_) => return Err(refuse(at, "Bedrock fetches from s3:// only")),
    };
    let Some((_, format)) = format else { return Err(refuse(at, "Bedrock does not take this type of file")) };
    w.string_at("format", format);
    w.open_at("source", b'{');
    match media {
        Media::Inline { base64, .. } => w.string_at("bytes", base64),
        Media::Url(url) => {
            w.open_at("s3Location", b'{');
            w.string_at("uri", url);
            w.close(b'}');
        }
    }
    w.close(b'}');
    w.close(b'}');
    Ok(())
}

/// Letters, digits, single spaces, hyphens and brackets are allowed, and a name there must be.
fn document_name<'n>(name: Option<&'n str>, notes: &mut Notes) -> Cow<'n, str> {
    let Some(name) = name else { return Cow::Borrowed("document") };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '(' | ')' | '[' | ']');
    if !name.is_empty() && name.chars().all(fits) && !name.contains("  ") {
        return Cow::Borrowed(name);
    }
    notes.add("document_name");
    let spaced: String = name.chars().map(|c| if fits(c) { c } else { ' ' }).collect();
    let words: Vec<&str> = spaced.split_ascii_whitespace().collect();
    Cow::Owned(if words.is_empty() { "document".to_owned() } else { words.join(" ") })
}

/// At most 64 of `[a-zA-Z0-9_-]`; others become one that is the same for the same id.
fn tool_use_id(id: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !id.is_empty() && id.len() <= 64 && id.chars().all(fits) {
        return Cow::Borrowed(id);
    }
    let start: String = id.chars().filter(|c| fits(*c)).take(40).collect();
    Cow::Owned(format!("{start}-{:016x}", hash(id)))
}

fn tools(
    w: &mut Writer,
    request: &Request,
    turns: &[&Message],
    notes: &mut Notes,
) -> Result<(), Unsupported> {
    let calls = || {
        turns.iter().flat_map(|m| &m.parts).filter_map(|part| match part {
            Part::ToolCall(call) => Some(call.name.as_str()),
            _ => None,
        })
    };
    let called = calls().next().is_some();
    let none = request.tool_choice == Some(ToolChoice::None);
    if none && called && !request.tools.is_empty() {
        return Err(refuse("tool_choice", "Bedrock cannot forbid calls in a conversation that has some"));
    }
    if !called && (none || request.tools.is_empty()) {
        return Ok(());
    }
    w.open_at("toolConfig", b'{');
    w.open_at("tools", b'[');
    for tool in &request.tools {
        spec(w, &tool.name, &|w| {
            if let Some(text) = tool.description.as_deref().filter(|t| !t.is_empty()) {
                w.string_at("description", text);
            }
            w.open_at("inputSchema", b'{');
            w.raw_at("json", tool.parameters.as_ref().map_or("{\"type\":\"object\"}", |s| &s.0));
            w.close(b'}');
        });
    }
    if request.tools.is_empty() {
        notes.add("tools");
        let mut seen: Vec<&str> = Vec::new();
        for name in calls() {
            if !seen.contains(&name) && seen.len() < 128 {
                seen.push(name);
                spec(w, name, &|w| w.raw_at("inputSchema", "{\"json\":{\"type\":\"object\"}}"));
            }
        }
    }
    w.close(b']');
    match &request.tool_choice {
        Some(ToolChoice::Auto) => w.raw_at("toolChoice", "{\"auto\":{}}"),
        Some(ToolChoice::Required) => w.raw_at("toolChoice", "{\"any\":{}}"),
        Some(ToolChoice::Named(name)) => {
            w.open_at("toolChoice", b'{');
            w.open_at("tool", b'{');
            w.string_at("name", name);
            w.close(b'}');
            w.close(b'}');
        }
        Some(ToolChoice::None) | None => {}
    }
    w.close(b'}');
    Ok(())
}

fn spec(w: &mut Writer, name: &str, rest: &dyn Fn(&mut Writer)) {
    w.open(b'{');
    w.open_at("toolSpec", b'{');
    w.string_at("name", name);
    rest(w);
    w.close(b'}');
    w.close(b'}');
}
