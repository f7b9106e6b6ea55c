//! What the test provider answers.

use std::time::Duration;

use serde_json::Value;

use super::ask::{Ask, document, spelled};
use super::connection::End;
use super::cut::cut;
use super::formats::{Format, Target, holds_foreign_reasoning};
use super::{Fault, Seen, behaviour};

/// An answer.
#[derive(Debug)]
pub enum Reply {
    /// With a length.
    Whole {
        /// Status.
        status: u16,
        /// Headers besides the content type, which is JSON's, and the length.
        headers: Vec<(&'static str, String)>,
        /// JSON.
        body: Vec<u8>,
        /// Time before it.
        delay: Duration,
    },
    /// In chunks, each written by itself.
    Chunks {
        /// Content type.
        content_type: &'static str,
        /// The chunks.
        pieces: Vec<Vec<u8>>,
        /// Time after each chunk, so that they travel apart.
        pause: Duration,
        /// What comes after the last.
        end: End,
    },
}

/// All strings of a JSON body, embedded JSON and documents in base64 unpacked, one a line.
#[must_use]
pub fn all_strings(body: &[u8]) -> String {
    fn collect(value: &Value, out: &mut String) {
        match value {
            Value::String(text) => {
                out.push_str(text);
                out.push('\n');
                if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                    collect(&inner, out);
                } else if let Some(inner) = document(text) {
                    out.push_str(&inner);
                    out.push('\n');
                }
            }
            Value::Array(items) => items.iter().for_each(|v| collect(v, out)),
            Value::Object(members) => members.iter().for_each(|(k, v)| {
                out.push_str(k);
                out.push('\n');
                collect(v, out);
            }),
            _ => {}
        }
    }
    let mut out = String::new();
    if let Ok(value) = serde_json::from_slice(body) {
        collect(&value, &mut out);
    }
    out
}

/// The answer to a request. `clean` says that nothing forbidden is in it.
#[must_use]
pub fn reply(request: &Seen, clean: bool, fault: Fault) -> Reply {
    let target = Target::at(&request.path);
    let known = target.is_some() && request.method == "POST";
    let target = target.unwrap_or_else(Target::unknown);
    let error = |status: u16, message: &str| {
        whole(target.format, status, &target.format.error(status, message), Duration::ZERO)
    };
    if !clean {
        return error(599, "the provider was shown what it must never see");
    }
    if request.chunked {
        return error(411, "a length is required");
    }
    if !known {
        return error(404, "no such path");
    }
    if let Some(name) = target.format.required_header().filter(|n| request.header(n).is_none()) {
        return error(400, &format!("header required: {name}"));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return error(400, "not JSON");
    };
    if holds_foreign_reasoning(&body) {
        return error(400, "this reasoning has a signature of somebody else's");
    }
    let mut ask = read(&target, body);
    match fault {
        Fault::Status(status) => return error(status, &format!("out of order: {}", ask.text)),
        Fault::Slow(ms) => {
            return whole(target.format, 200, &target.format.whole(&ask), Duration::from_millis(ms));
        }
        Fault::StreamError if ask.stream => behaviour::STREAM_ERROR.clone_into(&mut ask.model),
        Fault::LateError if ask.stream => behaviour::LATE_ERROR.clone_into(&mut ask.model),
        Fault::EmptyReset if ask.stream => return broken_off(&target),
        _ => {}
    }
    match ask.behaviour() {
        behaviour::ERROR => error(429, &format!("too much of this: {}", ask.text)),
        behaviour::SLOW => whole(target.format, 200, &target.format.whole(&ask), Duration::from_millis(1500)),
        _ if ask.stream => stream(&target, &ask),
        behaviour::TRAILERS => {
            let answer = target.format.whole(&ask);
            let pieces = answer.to_string().into_bytes().chunks(100).map(<[u8]>::to_vec).collect();
            Reply::Chunks {
                content_type: "application/json",
                pieces,
                pause: Duration::ZERO,
                end: End::Trailers,
            }
        }
        _ => whole(target.format, 200, &target.format.whole(&ask), Duration::ZERO),
    }
}

fn broken_off(target: &Target) -> Reply {
    let content_type = target.framing.content_type();
    Reply::Chunks { content_type, pieces: Vec::new(), pause: Duration::ZERO, end: End::Reset }
}

fn whole(format: &dyn Format, status: u16, body: &Value, delay: Duration) -> Reply {
    Reply::Whole { status, headers: format.headers(status), body: body.to_string().into_bytes(), delay }
}

pub(super) fn read(target: &Target, body: Value) -> Ask {
    let named = || body["model"].as_str().unwrap_or_default().to_owned();
    let mut ask = Ask {
        model: target.model.clone().unwrap_or_else(named),
        text: target.format.text(&body),
        tool: target.format.tool(&body),
        stream: target.stream.unwrap_or_else(|| target.format.streams(&body)),
        thinks: target.format.thinks(&body),
        body,
    };
    ask.thinks |= ask.has("thinking");
    if ask.has("spelled") {
        ask.text = spelled(&ask.text);
    }
    ask
}

fn stream(target: &Target, ask: &Ask) -> Reply {
    let mut events = target.format.events(ask);
    let end = match ask.behaviour() {
        behaviour::RESET => End::Reset,
        behaviour::TRAILERS => End::Trailers,
        _ => End::Proper,
    };
    let broken = [behaviour::RESET, behaviour::SHORT, behaviour::TRAILERS].contains(&ask.behaviour());
    let error = || target.format.error_event(&format!("no more of this: {}", ask.text));
    match ask.behaviour() {
        behaviour::STREAM_ERROR => events.body = vec![error()],
        behaviour::LATE_ERROR => events.body.push(error()),
        _ => {}
    }
    if [behaviour::STREAM_ERROR, behaviour::LATE_ERROR].contains(&ask.behaviour()) {
        events.close.clear();
    }
    let (pieces, pause) = cut(ask, &target.framing.write(&events, !broken));
    Reply::Chunks { content_type: target.framing.content_type(), pieces, pause, end }
}
