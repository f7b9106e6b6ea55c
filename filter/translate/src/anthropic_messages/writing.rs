//! A provider's request.

use crate::conversation::{
    Media, Number, Output, Part, Reasoning, Request, Role, Tool, ToolCall, ToolChoice,
};
use crate::json::Writer;
use crate::terms::lacks;
use crate::{Notes, Outgoing, Target, Unsupported, openai, turns};

/// Least tokens to think with.
const MIN_BUDGET: u64 = 1024;

type Turn<'r> = (Role, Vec<&'r Part>);

pub(super) fn request(
    request: &Request,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<Outgoing, Unsupported> {
    let turns = ordered(turns::turns(&request.messages), notes);
    let (max_tokens, thinking) = limits(request, target, &turns, notes);
    let mut w = Writer::object(4096);
    w.string_at("model", &request.model);
    w.raw_at("max_tokens", &max_tokens);
    system(&mut w, request, notes);
    w.open_at("messages", b'[');
    for (n, (role, parts)) in turns.iter().enumerate() {
        let prefill = *role == Role::Assistant && n + 1 == turns.len();
        w.open(b'{');
        w.string_at("role", if *role == Role::Assistant { "assistant" } else { "user" });
        w.open_at("content", b'[');
        for part in parts {
            block(&mut w, part, prefill, notes)?;
        }
        w.close(b']');
        w.close(b'}');
    }
    w.close(b']');
    tools(&mut w, request, notes);
    sampling(&mut w, request, thinking.is_some(), notes);
    if let Some(budget) = thinking {
        w.open_at("thinking", b'{');
        w.string_at("type", "enabled");
        w.count_at("budget_tokens", budget);
        w.close(b'}');
    }
    if let Output::Schema { schema, strict: Some(true), .. } = &request.output {
        w.open_at("output_config", b'{');
        w.open_at("format", b'{');
        w.string_at("type", "json_schema");
        w.raw_at("schema", &schema.0);
        w.close(b'}');
        w.close(b'}');
    }
    if let Some(user) = &request.user {
        w.open_at("metadata", b'{');
        w.string_at("user_id", user);
        w.close(b'}');
    }
    if request.stream {
        w.flag_at("stream", true);
    }
    Ok(Outgoing { path: "/v1/messages".to_owned(), body: w.done() })
}

/// The parts that `comes_first` names, then the others.
fn beginning_with<'r>(parts: &mut Vec<&'r Part>, comes_first: fn(&Part) -> bool) -> Vec<&'r Part> {
    let (mut first, others): (Vec<_>, Vec<_>) = parts.drain(..).partition(|part| comes_first(part));
    first.extend(others);
    first
}

/// The user begins; results stand before what else the user says, and thoughts before what else the model does; the
/// model's thoughts have their seal.
fn ordered<'r>(mut turns: Vec<Turn<'r>>, notes: &mut Notes) -> Vec<Turn<'r>> {
    for (role, parts) in &mut turns {
        if *role == Role::User {
            *parts = beginning_with(parts, |part| matches!(part, Part::ToolResult { .. }));
        } else {
            parts.retain(|part| {
                let kept = !matches!(part, Part::Reasoning { signature: None, .. });
                if !kept {
                    notes.add("reasoning");
                }
                kept
            });
            *parts = beginning_with(parts, |part| matches!(part, Part::Reasoning { .. }));
        }
    }
    turns.retain(|(_, parts)| !parts.is_empty());
    if turns.first().is_none_or(|(role, _)| *role != Role::User) {
        notes.add("first_turn");
        static BEGIN: std::sync::OnceLock<Part> = std::sync::OnceLock::new();
        turns.insert(0, (Role::User, vec![BEGIN.get_or_init(|| Part::Text("Continue.".to_owned()))]));
    }
    turns
}

/// Most tokens of the answer, which include those of the thoughts, and how many of them are for thinking.
fn limits(
    request: &Request,
    target: &Target<'_>,
    turns: &[Turn<'_>],
    notes: &mut Notes,
) -> (String, Option<u64>) {
    let whole = |number: &Number| number.0.parse::<f64>().map_or(0, |n| n as u64);
    let mut budget = match &request.reasoning {
        None | Some(Reasoning::Off) => None,
        Some(Reasoning::Budget(tokens)) => Some(whole(tokens).max(MIN_BUDGET)),
        Some(Reasoning::Effort(effort)) => Some(u64::from(openai::budget(*effort))),
        Some(Reasoning::Auto) => Some(8192),
    };
    if budget.is_some() {
        notes.add("reasoning_effort");
    }
    // Anthropic refuses to think where a call is forced, where the answer is begun, and where the model's last step came
    // without its thoughts.
    let forced = matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_)));
    let last_step = turns.iter().rev().find(|(role, _)| *role == Role::Assistant);
    let thoughtless = last_step.is_some_and(|(_, parts)| {
        parts.iter().any(|part| matches!(part, Part::ToolCall(_)))
            && !matches!(parts.first(), Some(Part::Reasoning { .. }))
    });
    let begun = turns.last().is_some_and(|(role, _)| *role == Role::Assistant);
    if forced && !request.tools.is_empty() || begun || thoughtless {
        budget = None;
    }
    match (&request.max_tokens, budget) {
        (None, None) => (target.max_tokens.to_string(), None),
        (None, Some(budget)) => ((u64::from(target.max_tokens) + budget).to_string(), Some(budget)),
        (Some(most), None) => (most.0.clone(), None),
        (Some(most), Some(budget)) => {
            // A quarter is left for what is said.
            let fits = budget.min(whole(most) / 4 * 3);
            (most.0.clone(), Some(fits).filter(|fits| *fits >= MIN_BUDGET))
        }
    }
}

fn system(w: &mut Writer, request: &Request, notes: &mut Notes) {
    let mut texts = turns::instructions(&request.messages, notes);
    let asked;
    match &request.output {
        Output::Json => {
            notes.add("response_format");
            texts.push("Answer with one JSON object and nothing else.");
        }
        Output::Schema { schema, strict, .. } if *strict != Some(true) => {
            notes.add("response_format");
            asked = ["Answer with JSON that fits this JSON Schema, and nothing else:\n", &schema.0].concat();
            texts.push(&asked);
        }
        _ => {}
    }
    texts.retain(|text| !text.trim_ascii().is_empty());
    match texts.as_slice() {
        [] => {}
        [text] => w.string_at("system", text),
        texts => {
            w.open_at("system", b'[');
            texts.iter().for_each(|text| text_block(w, text));
            w.close(b']');
        }
    }
}

fn text_block(w: &mut Writer, text: &str) {
    w.open_typed("text");
    w.string_at("text", text);
    w.close(b'}');
}

/// `^[a-zA-Z0-9_-]+$` is what Anthropic takes.
fn call_id(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn block(w: &mut Writer, part: &Part, prefill: bool, notes: &mut Notes) -> Result<(), Unsupported> {
    match part {
        Part::Refusal(text) => {
            notes.add("refusal");
            text_block(w, text);
        }
        // Anthropic refuses an answer's beginning that ends in white space.
        Part::Text(text) if prefill => text_block(w, text.trim_end()),
        Part::Text(text) => text_block(w, text),
        Part::Image { media, detail, .. } => {
            if detail.is_some() {
                notes.add("detail");
            }
            w.open_typed("image");
            source(w, media);
            w.close(b'}');
        }
        Part::Document { media: Media::Inline { media_type, .. }, at, .. }
            if media_type != "application/pdf" =>
        {
            let reason = "this provider takes files of the type application/pdf only";
            return Err(Unsupported { field: at.clone(), reason });
        }
        Part::Document { media, name, .. } => {
            w.open_typed("document");
            source(w, media);
            if let Some(name) = name {
                w.string_at("title", name);
            }
            w.close(b'}');
        }
        Part::Reasoning { text, signature } => thinking(w, text, signature.as_deref().unwrap_or_default()),
        Part::ToolCall(ToolCall { id, name, arguments, .. }) => {
            w.open_typed("tool_use");
            w.string_at("id", &call_id(id));
            w.string_at("name", name);
            w.raw_at("input", &turns::object(arguments, notes));
            w.close(b'}');
        }
        Part::ToolResult { id, parts, error, .. } => {
            w.open_typed("tool_result");
            w.string_at("tool_use_id", &call_id(id));
            let blank = |part: &Part| matches!(part, Part::Text(text) if text.trim_ascii().is_empty());
            if !parts.iter().all(blank) {
                w.open_at("content", b'[');
                for part in parts.iter().filter(|part| !blank(part)) {
                    block(w, part, false, notes)?;
                }
                w.close(b']');
            }
            if *error {
                w.flag_at("is_error", true);
            }
            w.close(b'}');
        }
    }
    Ok(())
}

fn thinking(w: &mut Writer, text: &str, signature: &str) {
    w.open(b'{');
    match signature.strip_prefix(super::REDACTED) {
        Some(data) => {
            w.string_at("type", "redacted_thinking");
            w.string_at("data", data);
        }
        None => {
            w.string_at("type", "thinking");
            w.string_at("thinking", text);
            w.string_at("signature", signature);
        }
    }
    w.close(b'}');
}

fn source(w: &mut Writer, media: &Media) {
    w.open_at("source", b'{');
    match media {
        Media::Inline { media_type, base64 } => {
            w.string_at("type", "base64");
            w.string_at("media_type", media_type);
            w.string_at("data", base64);
        }
        Media::Url(url) => {
            w.string_at("type", "url");
            w.string_at("url", url);
        }
    }
    w.close(b'}');
}

fn tools(w: &mut Writer, request: &Request, notes: &mut Notes) {
    if request.tools.is_empty() {
        return;
    }
    w.open_at("tools", b'[');
    for Tool { name, description, parameters, strict } in &request.tools {
        w.open(b'{');
        w.string_at("name", name);
        if let Some(description) = description {
            w.string_at("description", description);
        }
        match parameters {
            Some(parameters) => w.raw_at("input_schema", &parameters.0),
            None => w.raw_at("input_schema", r#"{"type":"object","properties":{}}"#),
        }
        if *strict == Some(true) {
            notes.add("strict");
        }
        w.close(b'}');
    }
    w.close(b']');
    let serial = request.parallel_tool_calls == Some(false);
    let (kind, name) = match &request.tool_choice {
        None if !serial => return,
        None | Some(ToolChoice::Auto) => ("auto", None),
        Some(ToolChoice::None) => ("none", None),
        Some(ToolChoice::Required) => ("any", None),
        Some(ToolChoice::Named(name)) => ("tool", Some(name)),
    };
    w.open_at("tool_choice", b'{');
    w.string_at("type", kind);
    if let Some(name) = name {
        w.string_at("name", name);
    }
    if serial && kind != "none" {
        w.flag_at("disable_parallel_tool_use", true);
    }
    w.close(b'}');
}

fn sampling(w: &mut Writer, request: &Request, thinking: bool, notes: &mut Notes) {
    lacks(request, &["presence_penalty", "frequency_penalty", "seed"], notes);
    // Who thinks takes neither; others of Anthropic's models take only one of the first two.
    if let Some(temperature) = &request.temperature {
        if thinking {
            notes.add("temperature");
        } else {
            w.raw_at("temperature", turns::at_most(temperature, "1", "temperature", notes));
        }
    }
    match &request.top_p {
        Some(_) if thinking || request.temperature.is_some() => notes.add("top_p"),
        Some(top_p) => w.raw_at("top_p", &top_p.0),
        None => {}
    }
    match &request.top_k {
        Some(_) if thinking => notes.add("top_k"),
        Some(top_k) => w.raw_at("top_k", &top_k.0),
        None => {}
    }
    let visible = |stop: &&String| !stop.trim_ascii().is_empty();
    let stops: Vec<&String> = request.stop.iter().filter(visible).collect();
    if stops.len() < request.stop.len() {
        notes.add("stop");
    }
    if !stops.is_empty() {
        w.open_at("stop_sequences", b'[');
        stops.iter().for_each(|stop| w.string(stop));
        w.close(b']');
    }
}
