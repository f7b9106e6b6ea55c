//! Requests to Cohere.

use crate::conversation::{
    Media, Message, Output, Part, Reasoning, Request, Role, Tool, ToolCall, ToolChoice,
};
use crate::functions::{call_members, write_tools};
use crate::json::Writer;
use crate::terms::{between, budget, lacks, lost, number_at, texts_at, words};
use crate::turns::url;
use crate::{Notes, Outgoing, Unsupported};

/// Writes a request.
pub(super) fn write(request: &Request, notes: &mut Notes) -> Result<Outgoing, Unsupported> {
    let strict = request.tools.iter().filter(|t| t.strict == Some(true)).count();
    // Cohere takes only functions strictly that require something.
    let requires =
        |tool: &Tool| tool.parameters.as_ref().is_some_and(|schema| schema.0.contains("\"required\""));
    let all_strict = strict > 0 && strict == request.tools.len() && request.tools.iter().all(requires);
    lacks(request, &["user", "prefill", "parallel_tool_calls"], notes);
    lost(notes, &[("strict", strict > 0 && !all_strict)]);
    let mut w = Writer::object(4096);
    w.string_at("model", &request.model);
    if request.stream {
        w.flag_at("stream", true);
    }
    w.open_at("messages", b'[');
    for message in &request.messages {
        write_message(&mut w, message, notes)?;
    }
    w.close(b']');
    let only = match &request.tool_choice {
        Some(ToolChoice::Named(name)) => Some(name.as_str()),
        _ => None,
    };
    lost(notes, &[("tool_choice", only.is_some() && request.tools.len() > 1)]);
    write_tools(&mut w, &request.tools, only);
    match &request.tool_choice {
        Some(ToolChoice::Required | ToolChoice::Named(_)) => w.string_at("tool_choice", "REQUIRED"),
        Some(ToolChoice::None) if !request.tools.is_empty() => w.string_at("tool_choice", "NONE"),
        Some(ToolChoice::None | ToolChoice::Auto) | None => {}
    }
    if all_strict {
        w.flag_at("strict_tools", true);
    }
    sampling(&mut w, request, notes);
    match &request.output {
        Output::Text => {}
        Output::Json => w.raw_at("response_format", "{\"type\":\"json_object\"}"),
        Output::Schema { schema, .. } => {
            w.open_at("response_format", b'{');
            w.string_at("type", "json_object");
            w.raw_at("json_schema", &schema.0);
            w.close(b'}');
        }
    }
    if let Some(reasoning) = &request.reasoning {
        thinking(&mut w, reasoning, &request.model, notes);
    }
    Ok(Outgoing { path: "/v2/chat".to_owned(), body: w.done() })
}

fn sampling(w: &mut Writer, request: &Request, notes: &mut Notes) {
    number_at(w, "max_tokens", &request.max_tokens);
    number_at(w, "temperature", &request.temperature);
    number_at(w, "seed", &request.seed);
    texts_at(w, "stop_sequences", &request.stop);
    let bounded = [
        ("p", "top_p", &request.top_p, "0.01", "0.99"),
        ("k", "top_k", &request.top_k, "0", "500"),
        ("presence_penalty", "presence_penalty", &request.presence_penalty, "0", "1"),
        ("frequency_penalty", "frequency_penalty", &request.frequency_penalty, "0", "1"),
    ];
    for (name, note, number, least, most) in bounded {
        if let Some(number) = number {
            w.raw_at(name, between(number, least, most, note, notes));
        }
    }
}

/// Other models than those that reason refuse to be told how.
fn thinking(w: &mut Writer, reasoning: &Reasoning, model: &str, notes: &mut Notes) {
    if !model.contains("reasoning") {
        return lost(notes, &[("reasoning_effort", *reasoning != Reasoning::Off)]);
    }
    w.open_at("thinking", b'{');
    w.string_at("type", if *reasoning == Reasoning::Off { "disabled" } else { "enabled" });
    if let Some(tokens) = budget(reasoning) {
        lost(notes, &[("reasoning_effort", matches!(reasoning, Reasoning::Effort(_)))]);
        w.raw_at("token_budget", &tokens);
    }
    w.close(b'}');
}

fn refuse(at: &str, reason: &'static str) -> Unsupported {
    Unsupported { field: at.to_owned(), reason }
}

fn write_message(w: &mut Writer, message: &Message, notes: &mut Notes) -> Result<(), Unsupported> {
    match message.role {
        Role::System => content(w, "system", &message.parts.iter().collect::<Vec<_>>(), message, notes),
        Role::User => {
            // Results are messages of their own, before what the user says.
            let is_result = |part: &&Part| matches!(part, Part::ToolResult { .. });
            let (results, said): (Vec<&Part>, Vec<&Part>) = message.parts.iter().partition(is_result);
            for part in &results {
                let Part::ToolResult { id, parts, error, .. } = part else { continue };
                lost(notes, &[("is_error", *error)]);
                if parts.iter().any(|p| !matches!(p, Part::Text(_))) {
                    return Err(refuse(&message.at, "Cohere takes results of tools as text only"));
                }
                w.open(b'{');
                w.string_at("role", "tool");
                w.string_at("tool_call_id", id);
                w.string_at("content", &words(parts));
                w.close(b'}');
            }
            if said.is_empty() {
                return Ok(());
            }
            content(w, "user", &said, message, notes)
        }
        Role::Assistant => {
            assistant(w, message, notes);
            Ok(())
        }
    }
}

/// A message of the user, or instructions.
fn content(
    w: &mut Writer,
    role: &str,
    parts: &[&Part],
    message: &Message,
    notes: &mut Notes,
) -> Result<(), Unsupported> {
    w.open(b'{');
    w.string_at("role", role);
    if let [Part::Text(text)] = parts {
        w.string_at("content", text);
        w.close(b'}');
        return Ok(());
    }
    w.open_at("content", b'[');
    for part in parts {
        w.open(b'{');
        match part {
            Part::Text(text) | Part::Refusal(text) => {
                w.string_at("type", "text");
                w.string_at("text", text);
            }
            Part::Image { media, detail, at } if role == "user" => {
                let detail = detail.as_deref();
                lost(notes, &[("detail", detail.is_some_and(|d| !matches!(d, "auto" | "low" | "high")))]);
                if matches!(media, Media::Url(url) if !url.starts_with("http")) {
                    return Err(refuse(at, "Cohere takes images by https: and in base64 only"));
                }
                w.string_at("type", "image_url");
                w.open_at("image_url", b'{');
                w.string_at("url", &url(media));
                if let Some(detail @ ("auto" | "low" | "high")) = detail {
                    w.string_at("detail", detail);
                }
                w.close(b'}');
            }
            Part::Document { at, .. } => return Err(refuse(at, "Cohere takes no files in a message")),
            _ => return Err(refuse(&message.at, "Cohere takes texts and images only here")),
        }
        w.close(b'}');
    }
    w.close(b']');
    w.close(b'}');
    Ok(())
}

fn assistant(w: &mut Writer, message: &Message, notes: &mut Notes) {
    let calls: Vec<&ToolCall> =
        message.parts.iter().filter_map(|p| if let Part::ToolCall(c) = p { Some(c) } else { None }).collect();
    for part in &message.parts {
        match part {
            Part::Reasoning { .. } => notes.add("reasoning"),
            Part::Refusal(_) => notes.add("refusal"),
            _ => {}
        }
    }
    let text = words(&message.parts);
    if text.is_empty() && calls.is_empty() {
        return;
    }
    w.open(b'{');
    w.string_at("role", "assistant");
    if calls.is_empty() {
        w.string_at("content", &text);
    } else {
        if !text.is_empty() {
            w.string_at("tool_plan", &text);
        }
        w.open_at("tool_calls", b'[');
        for call in calls {
            write_call(w, call);
        }
        w.close(b']');
    }
    w.close(b'}');
}

/// A call, its arguments JSON in a string.
pub(super) fn write_call(w: &mut Writer, call: &ToolCall) {
    w.open(b'{');
    let arguments = &call.arguments.0;
    call_members(w, &call.id, &call.name, if arguments.is_empty() { "{}" } else { arguments });
    w.close(b'}');
}
