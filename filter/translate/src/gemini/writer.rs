//! Requests to Gemini.

use super::{FOREIGN_CALL, wants_seals};
use crate::conversation::{
    Media, Message, Number, Output, Part, Reasoning, Request, Role, ToolCall, ToolChoice,
};
use crate::json::Writer;
use crate::terms::{
    FIRST_TURN, Turns, begins_with_user, budget, lacks, level, lost, model_path, number_at, texts_at, words,
};
use crate::turns::{instructions, object};
use crate::{Notes, Outgoing, Unsupported};

/// Writes a request.
pub(super) fn write(request: &Request, notes: &mut Notes) -> Result<Outgoing, Unsupported> {
    let model = request.model.strip_prefix("models/").unwrap_or(&request.model);
    let verb = if request.stream { ":streamGenerateContent?alt=sse" } else { ":generateContent" };
    let path = model_path("/v1beta/models/", model, verb)?;
    lacks(request, &["user", "prefill", "parallel_tool_calls", "strict"], notes);
    let mut w = Writer::object(4096);
    system(&mut w, &instructions(&request.messages, notes));
    w.open_at("contents", b'[');
    let mut open = Turns::new("parts");
    if !begins_with_user(&request.messages, |part| !matches!(part, Part::Reasoning { signature: None, .. })) {
        notes.add("first_turn");
        open.at(&mut w, "user", SPOKEN);
        w.raw(&["{\"text\":\"", FIRST_TURN, "\"}"].concat());
    }
    let seals = wants_seals(model);
    for message in request.messages.iter().filter(|m| m.role != Role::System) {
        // Of several calls at once only the first has a seal.
        let mut foreign = seals.then_some(FOREIGN_CALL);
        for part in &message.parts {
            write_part(&mut w, &mut open, part, message, foreign, notes)?;
            if matches!(part, Part::ToolCall(_)) {
                foreign = None;
            }
        }
    }
    open.close(&mut w);
    w.close(b']');
    tools(&mut w, request);
    config(&mut w, request, model, notes);
    Ok(Outgoing { path, body: w.done() })
}

fn system(w: &mut Writer, texts: &[&str]) {
    if texts.is_empty() {
        return;
    }
    w.open_at("systemInstruction", b'{');
    w.open_at("parts", b'[');
    for text in texts {
        w.open(b'{');
        w.string_at("text", text);
        w.close(b'}');
    }
    w.close(b']');
    w.close(b'}');
}

/// Kinds of turns: results stand by themselves, as there have to be as many as there were calls.
const SPOKEN: u8 = 0;
const RESULTS: u8 = 1;

fn write_part(
    w: &mut Writer,
    open: &mut Turns,
    part: &Part,
    message: &Message,
    foreign: Option<&str>,
    notes: &mut Notes,
) -> Result<(), Unsupported> {
    let role = if message.role == Role::Assistant { "model" } else { "user" };
    match part {
        Part::Text(text) | Part::Refusal(text) => {
            lost(notes, &[("refusal", matches!(part, Part::Refusal(_)))]);
            open.at(w, role, SPOKEN);
            w.open(b'{');
            w.string_at("text", text);
            w.close(b'}');
        }
        Part::Image { media, detail, .. } => {
            lost(notes, &[("detail", detail.is_some())]);
            open.at(w, role, SPOKEN);
            write_media(w, media);
        }
        Part::Document { media, name, .. } => {
            lost(notes, &[("document_name", name.is_some())]);
            open.at(w, role, SPOKEN);
            write_media(w, media);
        }
        Part::ToolCall(call) => {
            open.at(w, role, SPOKEN);
            let seal = call.signature.as_deref().or(foreign);
            write_call(w, call, seal, notes);
        }
        Part::ToolResult { id, name, parts, error } => {
            open.at(w, role, RESULTS);
            let name = name.as_deref().unwrap_or(id);
            result(w, id, name, parts, *error, &message.at, notes)?;
        }
        Part::Reasoning { text, signature: Some(seal) } => {
            open.at(w, role, SPOKEN);
            w.open(b'{');
            w.string_at("text", text);
            w.flag_at("thought", true);
            w.string_at("thoughtSignature", seal);
            w.close(b'}');
        }
        Part::Reasoning { text, signature: None } => lost(notes, &[("reasoning", !text.is_empty())]),
    }
    Ok(())
}

/// Writes a call.
pub(super) fn write_call(w: &mut Writer, call: &ToolCall, seal: Option<&str>, notes: &mut Notes) {
    w.open(b'{');
    w.open_at("functionCall", b'{');
    w.string_at("id", &call.id);
    w.string_at("name", &call.name);
    w.raw_at("args", &object(&call.arguments, notes));
    w.close(b'}');
    if let Some(seal) = seal {
        w.string_at("thoughtSignature", seal);
    }
    w.close(b'}');
}

fn result(
    w: &mut Writer,
    id: &str,
    name: &str,
    parts: &[Part],
    error: bool,
    at: &str,
    notes: &mut Notes,
) -> Result<(), Unsupported> {
    w.open(b'{');
    w.open_at("functionResponse", b'{');
    w.string_at("id", id);
    w.string_at("name", name);
    w.open_at("response", b'{');
    w.string_at(if error { "error" } else { "output" }, &words(parts));
    w.close(b'}');
    w.close(b'}');
    w.close(b'}');
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Image { media, .. } | Part::Document { media, .. } => {
                notes.add("tool_result_media");
                write_media(w, media);
            }
            _ => {
                let reason = "a result of a function holds texts, images and documents only";
                return Err(Unsupported { field: at.to_owned(), reason });
            }
        }
    }
    Ok(())
}

fn write_media(w: &mut Writer, media: &Media) {
    w.open(b'{');
    match media {
        Media::Inline { media_type, base64 } => {
            w.open_at("inlineData", b'{');
            w.string_at("mimeType", media_type);
            w.string_at("data", base64);
        }
        Media::Url(url) => {
            w.open_at("fileData", b'{');
            if let Some(media_type) = type_of(url) {
                w.string_at("mimeType", media_type);
            }
            w.string_at("fileUri", url);
        }
    }
    w.close(b'}');
    w.close(b'}');
}

/// The media type that the end of an address tells.
fn type_of(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    Some(match path.rsplit('.').next().unwrap_or_default() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "heif" => "image/heif",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        _ => return None,
    })
}

fn tools(w: &mut Writer, request: &Request) {
    if request.tools.is_empty() {
        return;
    }
    w.open_at("tools", b'[');
    w.open(b'{');
    w.open_at("functionDeclarations", b'[');
    for tool in &request.tools {
        w.open(b'{');
        w.string_at("name", &tool.name);
        if let Some(text) = &tool.description {
            w.string_at("description", text);
        }
        if let Some(schema) = &tool.parameters {
            w.raw_at("parametersJsonSchema", &schema.0);
        }
        w.close(b'}');
    }
    w.close(b']');
    w.close(b'}');
    w.close(b']');
    let Some(choice) = &request.tool_choice else { return };
    w.open_at("toolConfig", b'{');
    w.open_at("functionCallingConfig", b'{');
    let mode = match choice {
        ToolChoice::Auto => "AUTO",
        ToolChoice::None => "NONE",
        ToolChoice::Required | ToolChoice::Named(_) => "ANY",
    };
    w.string_at("mode", mode);
    if let ToolChoice::Named(name) = choice {
        w.open_at("allowedFunctionNames", b'[');
        w.string(name);
        w.close(b']');
    }
    w.close(b'}');
    w.close(b'}');
}

fn config(w: &mut Writer, request: &Request, model: &str, notes: &mut Notes) {
    let mut own = Writer::object(256);
    number_at(&mut own, "maxOutputTokens", &request.max_tokens);
    number_at(&mut own, "temperature", &request.temperature);
    number_at(&mut own, "topP", &request.top_p);
    number_at(&mut own, "topK", &request.top_k);
    number_at(&mut own, "presencePenalty", &request.presence_penalty);
    number_at(&mut own, "frequencyPenalty", &request.frequency_penalty);
    if let Some(Number(seed)) = &request.seed {
        // An `int32` there; a longer one keeps its last 31 bits.
        match seed.parse::<i64>() {
            Ok(long) if i32::try_from(long).is_err() => {
                notes.add("seed");
                own.count_at("seed", (long & 0x7FFF_FFFF) as u64);
            }
            _ => own.raw_at("seed", seed),
        }
    }
    texts_at(&mut own, "stopSequences", &request.stop);
    match &request.output {
        Output::Text => {}
        Output::Json => own.string_at("responseMimeType", "application/json"),
        Output::Schema { schema, .. } => {
            own.string_at("responseMimeType", "application/json");
            own.raw_at("responseJsonSchema", &schema.0);
        }
    }
    if let Some(reasoning) = &request.reasoning {
        thinking(&mut own, reasoning, model, notes);
    }
    let own = own.done();
    if own.len() > 2 {
        w.raw_at("generationConfig", core::str::from_utf8(&own).unwrap_or("{}"));
    }
}

/// Tokens up to Gemini 2.5, levels from 3 on. Some models cannot do without any thought.
fn thinking(w: &mut Writer, reasoning: &Reasoning, model: &str, notes: &mut Notes) {
    let (old, pro) = (!wants_seals(model), model.contains("pro"));
    if model.contains("gemini-1.") || model.contains("gemini-2.0") {
        // They do not think, and refuse to be told how.
        return lost(notes, &[("reasoning_effort", *reasoning != Reasoning::Off)]);
    }
    w.open_at("thinkingConfig", b'{');
    match reasoning {
        Reasoning::Off if old && !pro => w.raw_at("thinkingBudget", "0"),
        Reasoning::Off => {
            notes.add("reasoning_effort");
            match (old, pro) {
                (true, _) => w.raw_at("thinkingBudget", "128"),
                (false, true) => w.string_at("thinkingLevel", "low"),
                (false, false) => w.string_at("thinkingLevel", "minimal"),
            }
        }
        Reasoning::Auto if old => w.raw_at("thinkingBudget", "-1"),
        Reasoning::Auto => {}
        Reasoning::Budget(Number(tokens)) => w.raw_at("thinkingBudget", tokens),
        Reasoning::Effort(_) => {
            notes.add("reasoning_effort");
            match budget(reasoning) {
                Some(tokens) if old => w.raw_at("thinkingBudget", &tokens),
                // Gemini 3 Pro has two levels only.
                _ if model.contains("gemini-3-pro") && level(reasoning) == "medium" => {
                    w.string_at("thinkingLevel", "high");
                }
                _ => w.string_at("thinkingLevel", level(reasoning)),
            }
        }
    }
    if *reasoning != Reasoning::Off {
        w.flag_at("includeThoughts", true);
    }
    w.close(b'}');
}
