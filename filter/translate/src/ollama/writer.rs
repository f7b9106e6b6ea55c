//! Requests to Ollama's `/api/chat`.

use crate::conversation::{Media, Message, Output, Part, Reasoning, Request, Role, ToolCall, ToolChoice};
use crate::functions::write_tools;
use crate::json::Writer;
use crate::terms::{lacks, level, lost, number_at, texts_at, words};
use crate::turns::object;
use crate::{Notes, Outgoing, Unsupported};

/// Writes a request.
pub(super) fn write(request: &Request, notes: &mut Notes) -> Result<Outgoing, Unsupported> {
    if let Some(ToolChoice::Required | ToolChoice::Named(_)) = request.tool_choice {
        return Err(refuse("tool_choice", "Ollama cannot be made to call a function"));
    }
    lacks(request, &["user", "prefill", "parallel_tool_calls", "strict"], notes);
    let mut w = Writer::object(4096);
    w.string_at("model", &request.model);
    w.flag_at("stream", request.stream);
    w.open_at("messages", b'[');
    for message in &request.messages {
        write_message(&mut w, message, notes)?;
    }
    w.close(b']');
    if request.tool_choice != Some(ToolChoice::None) {
        write_tools(&mut w, &request.tools, None);
    }
    match &request.output {
        Output::Text => {}
        Output::Json => w.string_at("format", "json"),
        Output::Schema { schema, .. } => w.raw_at("format", &schema.0),
    }
    match &request.reasoning {
        None | Some(Reasoning::Auto) => {}
        Some(Reasoning::Off) => w.flag_at("think", false),
        // The only models that know levels. Others think by themselves if they can, and refuse to be told if they cannot.
        Some(reasoning) if request.model.contains("gpt-oss") => {
            lost(notes, &[("reasoning_effort", !matches!(reasoning, Reasoning::Effort(_)))]);
            w.string_at("think", level(reasoning));
        }
        Some(_) => notes.add("reasoning_effort"),
    }
    options(&mut w, request);
    Ok(Outgoing { path: "/api/chat".to_owned(), body: w.done() })
}

fn options(w: &mut Writer, request: &Request) {
    let mut own = Writer::object(128);
    number_at(&mut own, "num_predict", &request.max_tokens);
    number_at(&mut own, "temperature", &request.temperature);
    number_at(&mut own, "top_p", &request.top_p);
    number_at(&mut own, "top_k", &request.top_k);
    number_at(&mut own, "seed", &request.seed);
    number_at(&mut own, "presence_penalty", &request.presence_penalty);
    number_at(&mut own, "frequency_penalty", &request.frequency_penalty);
    texts_at(&mut own, "stop", &request.stop);
    let own = own.done();
    if own.len() > 2 {
        w.raw_at("options", core::str::from_utf8(&own).unwrap_or("{}"));
    }
}

fn refuse(at: &str, reason: &'static str) -> Unsupported {
    Unsupported { field: at.to_owned(), reason }
}

fn write_message(w: &mut Writer, message: &Message, notes: &mut Notes) -> Result<(), Unsupported> {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    // Results are messages of their own, before what the user says.
    let is_result = |part: &&Part| matches!(part, Part::ToolResult { .. });
    let (results, said): (Vec<&Part>, Vec<&Part>) = message.parts.iter().partition(is_result);
    for part in &results {
        let Part::ToolResult { name, parts, error, .. } = part else { continue };
        lost(notes, &[("is_error", *error)]);
        w.open(b'{');
        w.string_at("role", "tool");
        if let Some(name) = name {
            w.string_at("tool_name", name);
        }
        w.string_at("content", &words(parts));
        images(w, &parts.iter().collect::<Vec<_>>(), &message.at, notes)?;
        w.close(b'}');
    }
    if said.is_empty() {
        return Ok(());
    }
    w.open(b'{');
    w.string_at("role", role);
    w.string_at("content", &words(said.iter().copied()));
    images(w, &said, &message.at, notes)?;
    let mut thoughts = String::new();
    for part in &said {
        if let Part::Reasoning { text, .. } = part {
            thoughts.push_str(text);
        }
    }
    if !thoughts.is_empty() {
        w.string_at("thinking", &thoughts);
    }
    if said.iter().any(|part| matches!(part, Part::ToolCall(_))) {
        w.open_at("tool_calls", b'[');
        for part in &said {
            if let Part::ToolCall(call) = part {
                write_call(w, call, notes);
            }
        }
        w.close(b']');
    }
    w.close(b'}');
    Ok(())
}

fn images(w: &mut Writer, parts: &[&Part], at: &str, notes: &mut Notes) -> Result<(), Unsupported> {
    let mut begun = false;
    for part in parts {
        match part {
            Part::Image { media: Media::Inline { base64, .. }, detail, .. } => {
                lost(notes, &[("detail", detail.is_some())]);
                if !core::mem::replace(&mut begun, true) {
                    w.open_at("images", b'[');
                }
                w.string(base64);
            }
            Part::Image { at, .. } => return Err(refuse(at, "Ollama takes images only with their bytes")),
            Part::Document { at, .. } => return Err(refuse(at, "Ollama takes no files")),
            Part::Refusal(_) => notes.add("refusal"),
            Part::ToolResult { .. } => {
                return Err(refuse(at, "a result of a tool holds texts and images only"));
            }
            Part::Text(_) | Part::ToolCall(_) | Part::Reasoning { .. } => {}
        }
    }
    if begun {
        w.close(b']');
    }
    Ok(())
}

/// A call, its arguments an object.
pub(super) fn write_call(w: &mut Writer, call: &ToolCall, notes: &mut Notes) {
    w.open(b'{');
    w.open_at("function", b'{');
    w.string_at("name", &call.name);
    w.raw_at("arguments", &object(&call.arguments, notes));
    w.close(b'}');
    w.close(b'}');
}
