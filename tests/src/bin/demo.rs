//! `make demo`: made-up personal data and secrets go through a real Envoy; three views stand side by side:
//! what the client wrote, what the provider was given, what the client got back.
//!
//! In the last scene the primary fails, and the fallback answers with the same placeholders.
//!
//! Exit code 0 only if no value reached a provider and every value came back.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use privet_tests::client::{Answer, chat};
use privet_tests::provider::{Fault, Record, TestProvider, behaviour};
use privet_tests::stack::{Setup, Stack};
use privet_tests::values::{self, Value};
use serde_json::json;

/// Width of one view, in characters.
const WIDTH: usize = 42;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(demo()),
        Err(e) => {
            eprintln!("demo: no runtime: {e}");
            ExitCode::FAILURE
        }
    }
}

/// A request of the demo, and where its values stand.
struct Scene {
    title: &'static str,
    body: serde_json::Value,
    values: Vec<Value>,
}

fn named(names: &[&str]) -> Vec<Value> {
    values::all().into_iter().filter(|v| names.contains(&v.entity)).collect()
}

fn scenes() -> Vec<Scene> {
    let v = values::of;
    let tool = json!({ "type": "function", "function": { "name": "send_receipt", "parameters": { "type": "object" } } });
    vec![
        Scene {
            title: "a plain string",
            body: json!({ "model": behaviour::ECHO, "messages": [{ "role": "user", "content": format!(
                "Please write to {} or call {}. The card is {}.", v("EMAIL"), v("PHONE"), v("CREDIT_CARD")) }] }),
            values: named(&["EMAIL", "PHONE", "CREDIT_CARD"]),
        },
        Scene {
            title: "content parts, streamed",
            body: json!({ "model": behaviour::ECHO, "stream": true, "messages": [{ "role": "user", "content": [
                { "type": "text", "text": format!("Her number is {}, paid from {}", v("SSN_US"), v("IBAN")) },
                { "type": "text", "text": format!("and from {} again, host {}", v("IBAN"), v("IP_ADDRESS")) },
            ] }] }),
            values: named(&["SSN_US", "IBAN", "IP_ADDRESS"]),
        },
        Scene {
            title: "a role: tool message, streamed",
            body: json!({ "model": behaviour::ECHO, "stream": true, "messages": [
                { "role": "user", "content": "What does the vault say?" },
                { "role": "assistant", "content": null, "tool_calls": [{ "id": "call_0", "type": "function",
                    "function": { "name": "read_vault", "arguments": "{}" } }] },
                { "role": "tool", "tool_call_id": "call_0", "content": format!(
                    "openai={} github={} aws={}", v("OPENAI_API_KEY"), v("GITHUB_TOKEN"), v("AWS_ACCESS_KEY_ID")) },
            ] }),
            values: named(&["OPENAI_API_KEY", "GITHUB_TOKEN", "AWS_ACCESS_KEY_ID"]),
        },
        Scene {
            title: "tool-call arguments, answered by a streamed tool call",
            body: json!({ "model": behaviour::ECHO, "stream": true, "tools": [tool], "messages": [
                { "role": "assistant", "content": null, "tool_calls": [{ "id": "call_0", "type": "function",
                    "function": { "name": "send_receipt", "arguments":
                        json!({ "to": v("EMAIL"), "session": v("JWT"), "note": "say \"hello\"" }).to_string() } }] },
                { "role": "tool", "tool_call_id": "call_0", "content": "sent" },
            ] }),
            values: named(&["EMAIL", "JWT"]),
        },
    ]
}

/// The scene in which the primary fails.
fn failover() -> Scene {
    Scene {
        title: "the primary's stream begins with an error: the fallback answers",
        body: json!({ "model": behaviour::ECHO, "stream": true, "messages": [{ "role": "user", "content": format!(
            "Tell {} that the session {} is over.", values::of("EMAIL"), values::of("JWT")) }] }),
        values: named(&["EMAIL", "JWT"]),
    }
}

/// A primary and its fallback.
fn setup(primary: &TestProvider, fallback: &TestProvider) -> Setup {
    let one = Setup::one_provider(&primary.base_url());
    let second = format!(
        "providers:\n  - {{ name: mistral, base_url: \"{}\", api_key: \"${{TEST_PROVIDER_KEY}}\", fallback: true }}\n",
        fallback.base_url()
    );
    let gateway_yaml = one
        .gateway_yaml
        .replace("providers:\n", &second)
        .replace("name: openai,", "name: openai, primary: true,");
    Setup { gateway_yaml, ..one }
}

async fn demo() -> ExitCode {
    println!("Starting two test providers, the sidecar, and Envoy with the filter …");
    let (provider, fallback) = (TestProvider::start().await, TestProvider::start().await);
    for value in values::all() {
        provider.record.forbid(&value.text);
        fallback.record.forbid(&value.text);
    }
    let stack = Stack::start(&setup(&provider, &fallback));
    println!("The gateway listens on http://{}.\n", stack.address);
    let colour = std::io::stdout().is_terminal();
    let mut lost = 0;
    let mut added = Vec::new();
    for scene in scenes() {
        let answer = chat(stack.address, &scene.body).await;
        lost += show(&scene, &answer, &provider.record, colour);
        added.extend(added_microseconds(&answer));
    }
    provider.record.fail(Fault::StreamError);
    let scene = failover();
    let answer = chat(stack.address, &scene.body).await;
    lost += show(&scene, &answer, &fallback.record, colour);
    let said = |name: &str| answer.header(name).unwrap_or("nobody").to_owned();
    println!(
        "   {} answered, because of {}; each was asked once, with the same placeholders.\n",
        said("x-privet-provider"),
        said("x-privet-fallback-reason")
    );
    let bodies = [&provider, &fallback].map(|p| p.record.seen().last().map(|seen| seen.body.clone()));
    let taken_over = said("x-privet-provider") == "mistral" && bodies[0] == bodies[1];
    let leaks = provider.record.leaks().len() + fallback.record.leaks().len();
    if !added.is_empty() {
        let mean = added.iter().sum::<f64>() / added.len() as f64;
        println!("Added by masking: {mean:.0} µs a request on average (the first ones warm the module up).");
    }
    let count: usize = scenes().iter().chain([&scene]).map(|s| s.values.len()).sum();
    if leaks == 0 && lost == 0 && taken_over {
        println!("PASS: none of {count} values reached a provider, and every one came back.");
        ExitCode::SUCCESS
    } else {
        println!(
            "FAIL: {leaks} values reached a provider, {lost} did not come back, taken over: {taken_over}. The log:\n{}",
            stack.log()
        );
        ExitCode::FAILURE
    }
}

/// The time that masking and putting back took, from `server-timing`.
fn added_microseconds(answer: &Answer) -> Option<f64> {
    let timing = answer.header("server-timing")?;
    let parts = timing.split(", ").filter(|p| p.starts_with("mask") || p.starts_with("rehydrate"));
    let milliseconds = parts.filter_map(|p| p.split_once("dur=")?.1.parse::<f64>().ok());
    Some(milliseconds.sum::<f64>() * 1000.0)
}

/// Prints a scene; returns how many of its values did not come back.
fn show(scene: &Scene, answer: &Answer, record: &Arc<Record>, colour: bool) -> usize {
    let back = returned_text(answer);
    let seen = record.seen().last().map(|s| text_of(&serde_json::from_slice(&s.body).unwrap_or_default()));
    let sent = text_of(&scene.body);
    let values: Vec<String> = scene.values.iter().map(|v| v.text.clone()).collect();
    let masked = placeholders(seen.as_deref().unwrap_or_default());
    println!("── {} ({} bytes in, status {})", scene.title, scene.body.to_string().len(), answer.status);
    let columns = [
        ("the client wrote", wrap(&marked(&sent, &values)), "31"),
        ("the provider got", wrap(&marked(seen.as_deref().unwrap_or("nothing"), &masked)), "33"),
        ("the client got back", wrap(&marked(&back, &values)), "32"),
    ];
    let rows = columns.iter().map(|c| c.1.len()).max().unwrap_or(0);
    println!("{}", columns.iter().map(|c| format!("{:<WIDTH$}", c.0)).collect::<Vec<_>>().join(" │ "));
    for row in 0..rows {
        let cells = columns
            .iter()
            .map(|(_, lines, code)| paint(lines.get(row).map_or(&[], Vec::as_slice), code, colour));
        println!("{}", cells.collect::<Vec<_>>().join(" │ "));
    }
    let missing = values.iter().filter(|v| !back.contains(v.as_str())).count();
    println!("   masked: {}\n", masked.join(", "));
    missing
}

/// The texts of a conversation, a message a line.
fn text_of(body: &serde_json::Value) -> String {
    let mut lines = Vec::new();
    for message in body["messages"].as_array().into_iter().flatten() {
        if let Some(text) = message["content"].as_str() {
            lines.push(text.to_owned());
        }
        for part in message["content"].as_array().into_iter().flatten() {
            lines.extend(part["text"].as_str().map(str::to_owned));
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            lines.extend(call["function"]["arguments"].as_str().map(str::to_owned));
        }
    }
    lines.join("\n")
}

/// The text or the tool-call arguments of an answer, whole or streamed.
fn returned_text(answer: &Answer) -> String {
    let events = answer.events();
    let whole = answer.json();
    let mut text = String::new();
    for (chunk, slot) in events.iter().map(|e| (e, "delta")).chain([(&whole, "message")]) {
        let message = &chunk["choices"][0][slot];
        text.push_str(message["content"].as_str().unwrap_or_default());
        let call = &message["tool_calls"][0]["function"]["arguments"];
        text.push_str(call.as_str().unwrap_or_default());
    }
    // A tool call's arguments are JSON: shown as its reader sees them.
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(arguments) => arguments["echo"].as_str().map_or(text, str::to_owned),
        Err(_) => text,
    }
}

/// The words of a text that read as placeholders.
fn placeholders(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let is_placeholder = |w: &&str| {
        let number = w.rsplit_once('_').map(|(name, n)| (name, n.parse::<u32>().is_ok()));
        number.is_some_and(|(name, is_number)| {
            is_number && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        })
    };
    words.filter(is_placeholder).map(str::to_owned).collect()
}

/// A character, and whether it belongs to a masked span.
type Cell = (char, bool);

/// A text with its marked spans; around each stand guillemets, for eyes and terminals without colour.
fn marked(text: &str, marks: &[String]) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = marks.iter().filter(|m| rest.starts_with(m.as_str())).max_by_key(|m| m.len());
        match found {
            Some(mark) => {
                cells.extend(format!("«{mark}»").chars().map(|c| (c, true)));
                rest = rest.get(mark.len()..).unwrap_or_default();
            }
            None => {
                cells.push((first, false));
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
    }
    cells
}

/// Lines of at most [`WIDTH`] characters, broken at spaces where there are any.
fn wrap(text: &[Cell]) -> Vec<Vec<Cell>> {
    let mut lines = Vec::new();
    for paragraph in text.split(|(c, _)| *c == '\n') {
        let mut line: Vec<Cell> = Vec::new();
        for word in paragraph.split_inclusive(|(c, _)| *c == ' ') {
            for piece in word.chunks(WIDTH) {
                if line.len() + piece.len() > WIDTH {
                    lines.push(std::mem::take(&mut line));
                }
                line.extend(piece);
            }
        }
        lines.push(line);
    }
    lines
}

/// A line filled up to [`WIDTH`], its marked spans in colour.
fn paint(line: &[Cell], code: &str, colour: bool) -> String {
    let mut out = String::new();
    let mut inside = false;
    for (c, is_marked) in line {
        if colour && *is_marked != inside {
            out.push_str(&if *is_marked { format!("\u{1b}[{code};1m") } else { "\u{1b}[0m".to_owned() });
            inside = *is_marked;
        }
        out.push(*c);
    }
    if inside {
        out.push_str("\u{1b}[0m");
    }
    out + &" ".repeat(WIDTH.saturating_sub(line.len()))
}
