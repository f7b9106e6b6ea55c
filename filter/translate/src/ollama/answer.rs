//! Answers and errors of Ollama, whole; a line of a stream has the same form.

use super::writer::write_call;
use crate::conversation::{Answer, Failure, Finish, Json, Part, ToolCall, Usage};
use crate::json::{Value, Writer};
use crate::terms::{call_id, words};
use crate::{NotUnderstood, Notes};

/// Reads a whole answer.
pub(super) fn read(value: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
    value.text("model").clone_into(&mut answer.model);
    answer.usage = usage(value);
    let said = said(value).ok_or(NotUnderstood)?;
    let (thoughts, text) = (said.text("thinking"), text(said));
    if !thoughts.is_empty() {
        answer.parts.push(Part::thought(thoughts));
    }
    if !text.is_empty() {
        answer.parts.push(Part::text(text));
    }
    for (n, call) in said.items("tool_calls").iter().enumerate() {
        answer.parts.push(Part::ToolCall(call_of(call, value.text("created_at"), n)));
    }
    let called = !said.items("tool_calls").is_empty();
    answer.finish = Some(finish(value.text("done_reason"), called));
    Ok(())
}

/// What holds the words: the message of a chat, or the line itself.
pub(super) fn said<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Value<'a>> {
    value.get("message").or_else(|| value.get("response").map(|_| value))
}

/// The words: of a message, or of a completion.
pub(super) fn text<'v>(said: &'v Value<'_>) -> &'v str {
    said.get("content").or_else(|| said.get("response")).and_then(Value::as_str).unwrap_or_default()
}

/// A call of an answer, by when it was made.
pub(super) fn call_of(call: &Value<'_>, made: &str, number: usize) -> ToolCall {
    let function = call.get("function").unwrap_or(call);
    let (name, arguments) = (function.text("name"), function.get("arguments").map_or("{}", |a| a.raw));
    let id = match call.text("id") {
        "" => call_id(made, number, name, arguments),
        id => id.to_owned(),
    };
    ToolCall { id, name: name.to_owned(), arguments: Json(arguments.to_owned()), signature: None }
}

pub(super) fn finish(reason: &str, called: bool) -> Finish {
    match reason {
        "stop" | "" if called => Finish::ToolCalls,
        "stop" | "" => Finish::Stop,
        "length" => Finish::Length,
        _ => Finish::Other,
    }
}

pub(super) fn usage(value: &Value<'_>) -> Usage {
    Usage { input: value.count("prompt_eval_count"), output: value.count("eval_count"), ..Usage::default() }
}

/// Opens a line or answer, up to what it says.
pub(super) fn open(model: &str, created: u64) -> Writer {
    let mut w = Writer::object(256);
    w.string_at("model", model);
    w.string_at("created_at", &date(created));
    w
}

/// Writes what is said, as a chat or a completion does.
pub(super) fn say(w: &mut Writer, generate: bool, text: &str, thoughts: &str, calls: &[&ToolCall]) {
    if generate {
        w.string_at("response", text);
    } else {
        w.open_at("message", b'{');
        w.string_at("role", "assistant");
        w.string_at("content", text);
    }
    if !thoughts.is_empty() {
        w.string_at("thinking", thoughts);
    }
    if !calls.is_empty() {
        w.open_at("tool_calls", b'[');
        for call in calls {
            write_call(w, call, &mut Notes::default());
        }
        w.close(b']');
    }
    if !generate {
        w.close(b'}');
    }
}

/// The members that only the last line has.
pub(super) fn write_end(w: &mut Writer, finish: Option<Finish>, usage: Usage) {
    w.flag_at("done", true);
    w.string_at("done_reason", if finish == Some(Finish::Length) { "length" } else { "stop" });
    if let Some(input) = usage.input {
        w.count_at("prompt_eval_count", input);
    }
    if let Some(output) = usage.output {
        w.count_at("eval_count", output);
    }
}

/// Writes a whole answer.
pub(super) fn write(answer: &Answer, generate: bool) -> Vec<u8> {
    let mut w = open(&answer.model, answer.created);
    let mut thoughts = String::new();
    let mut calls = Vec::new();
    for part in &answer.parts {
        match part {
            Part::Reasoning { text, .. } => thoughts.push_str(text),
            Part::ToolCall(call) => calls.push(call),
            _ => {}
        }
    }
    say(&mut w, generate, &words(&answer.parts), &thoughts, &calls);
    write_end(&mut w, answer.finish, answer.usage);
    w.done()
}

/// A time as RFC 3339 writes it, from seconds since 1970.
pub(super) fn date(seconds: u64) -> String {
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // Up to the year 9999, so that the loop is bounded.
    let mut year = 1970;
    while year < 9999 {
        let length = if leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", days + 1)
}

/// Reads an error's body.
pub(super) fn read_failure(status: u16, body: &Value<'_>) -> Failure {
    let message = body.string("error");
    Failure { status, message, code: None }
}

/// Writes an error's body.
pub(super) fn write_failure(failure: &Failure) -> Vec<u8> {
    let mut w = Writer::object(64 + failure.message.len());
    w.string_at("error", &failure.message);
    w.done()
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn a_time_is_written_as_the_calendar_has_it() {
        assert_eq!(date(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(date(1_760_000_000), "2025-10-09T08:53:20Z");
        assert_eq!(date(1_735_689_599), "2024-12-31T23:59:59Z");
    }
}
