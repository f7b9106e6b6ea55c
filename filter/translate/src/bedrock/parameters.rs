//! How a model of Bedrock's is to answer: what Converse knows itself, and what it leaves to the makers of models.

use crate::conversation::{Message, Number, Output, Part, Reasoning, Request, Role, ToolChoice};
use crate::json::Writer;
use crate::terms::{between, level, lost, number_at};
use crate::{Notes, openai};

/// The least that Anthropic's models think with.
const MIN_THOUGHTS: u64 = 1024;

fn is_anthropics(model: &str) -> bool {
    model.contains("anthropic.") || model.contains("claude")
}

/// The tokens that a model of Anthropic's is to think with; none where it is not to, or another model.
pub(super) fn thoughts(request: &Request, turns: &[&Message], notes: &mut Notes) -> Option<u64> {
    let whole = |number: &Number| number.0.parse::<f64>().map_or(0, |n| n as u64);
    let wanted = match request.reasoning.as_ref().filter(|_| is_anthropics(&request.model))? {
        Reasoning::Off => return None,
        Reasoning::Auto => 8192,
        Reasoning::Budget(tokens) => whole(tokens).max(MIN_THOUGHTS),
        Reasoning::Effort(effort) => u64::from(openai::budget(*effort)),
    };
    // They refuse to think where a call is forced, and where the model's last step came without its thoughts.
    let forced = matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_)));
    let last_step =
        turns.iter().rev().skip_while(|m| m.role == Role::User).take_while(|m| m.role == Role::Assistant);
    let (mut calls, mut sealed) = (false, false);
    for part in last_step.flat_map(|message| &message.parts) {
        calls |= matches!(part, Part::ToolCall(_));
        sealed |= matches!(part, Part::Reasoning { signature: Some(_), .. });
    }
    let thoughtless = calls && !sealed;
    // A quarter of the answer is left for what is said.
    let most = request.max_tokens.as_ref().map_or(u64::MAX, |most| whole(most) / 4 * 3);
    let fits = wanted.min(most);
    let thinks = fits >= MIN_THOUGHTS && !thoughtless && (!forced || request.tools.is_empty());
    let exact = matches!(request.reasoning, Some(Reasoning::Budget(_))) && fits == wanted && thinks;
    lost(notes, &[("reasoning_effort", !exact)]);
    thinks.then_some(fits)
}

/// `inferenceConfig`. Models of Anthropic's that think take no sampling, others only one of its two numbers; and none of
/// them a stop sequence of white space.
pub(super) fn inference(w: &mut Writer, request: &Request, thoughts: Option<u64>, notes: &mut Notes) {
    let anthropics = is_anthropics(&request.model);
    let mut own = Writer::object(128);
    number_at(&mut own, "maxTokens", &request.max_tokens);
    if let Some(temperature) = &request.temperature {
        if thoughts.is_some() {
            notes.add("temperature");
        } else {
            own.raw_at("temperature", between(temperature, "0", "1", "temperature", notes));
        }
    }
    match &request.top_p {
        Some(_) if thoughts.is_some() || anthropics && request.temperature.is_some() => notes.add("top_p"),
        top_p => number_at(&mut own, "topP", top_p),
    }
    let mut stops = request.stop.iter().filter(|stop| !anthropics || !stop.trim().is_empty()).peekable();
    if stops.peek().is_some() {
        own.open_at("stopSequences", b'[');
        stops.for_each(|stop| own.string(stop));
        own.close(b']');
    }
    lost(notes, &[("stop", anthropics && request.stop.iter().any(|stop| stop.trim().is_empty()))]);
    object_at(w, "inferenceConfig", own);
}

/// Writes an object that holds anything.
fn object_at(w: &mut Writer, name: &str, own: Writer) {
    let own = own.done();
    if own.len() > 2 {
        w.raw_at(name, core::str::from_utf8(&own).unwrap_or("{}"));
    }
}

/// The schema is JSON in a string there.
pub(super) fn output(w: &mut Writer, output: &Output) {
    let Output::Schema { name, schema, strict: Some(true) } = output else { return };
    w.open_at("outputConfig", b'{');
    w.open_at("textFormat", b'{');
    w.string_at("type", "json_schema");
    w.open_at("structure", b'{');
    w.open_at("jsonSchema", b'{');
    w.string_at("name", name);
    w.string_at("schema", &schema.0);
    for _ in 0..4 {
        w.close(b'}');
    }
}

/// What Converse leaves to the makers of models, in their words; of others it is left out and named.
pub(super) fn additional(w: &mut Writer, request: &Request, thoughts: Option<u64>, notes: &mut Notes) {
    let is = |word| request.model.contains(word);
    let anthropics = is_anthropics(&request.model);
    let mut own = Writer::object(64);
    if let Some(Number(top_k)) = &request.top_k {
        if anthropics && thoughts.is_none() {
            own.raw_at("top_k", top_k);
        } else if is("amazon.nova") {
            own.open_at("inferenceConfig", b'{');
            own.raw_at("topK", top_k);
            own.close(b'}');
        } else {
            notes.add("top_k");
        }
    }
    if let Some(tokens) = thoughts {
        own.open_at("thinking", b'{');
        own.string_at("type", "enabled");
        own.count_at("budget_tokens", tokens);
        own.close(b'}');
    }
    if let Some(reasoning) = request.reasoning.as_ref().filter(|_| !anthropics) {
        let exact = matches!(reasoning, Reasoning::Effort(_));
        if is("openai.") {
            lost(notes, &[("reasoning_effort", !exact)]);
            own.string_at("reasoning_effort", level(reasoning));
        } else if *reasoning != Reasoning::Off {
            let nova = is("amazon.nova");
            lost(notes, &[("reasoning_effort", !exact || !nova)]);
            if nova {
                own.open_at("reasoningConfig", b'{');
                own.string_at("type", "enabled");
                own.string_at("maxReasoningEffort", level(reasoning));
                own.close(b'}');
            }
        }
    }
    object_at(w, "additionalModelRequestFields", own);
}
