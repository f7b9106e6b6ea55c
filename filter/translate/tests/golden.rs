//! Golden cases: `tests/translation/<case>/` at the root of the repository.
//!
//! | file | what |
//! | --- | --- |
//! | `request.<client>.json` | what the client sends; one a case; `request.gemini.array.json` wants its streams as an array |
//! | `expected.<provider>.json` | what goes to each provider, or why not |
//! | `reply.<provider>[.<variant>].json` | a provider's whole answer |
//! | `answer.<provider>[.<variant>].json` | what the client gets of it |
//! | `stream.<provider>[.<variant>].<ext>` | a provider's stream |
//! | `events.<provider>[.<variant>].<ext>` | what the client gets of it |
//! | `error.<provider>.<status>.json` | a provider's error |
//! | `failed.<provider>.<status>.json` | what the client gets of it |
//!
//! Streams are `.sse`, `.ndjson`, `.json` (an array, sent item by item) or `.lines` (Amazon's messages, each as its
//! event's name and JSON on a line). JSON is laid out for the reader; names, order, numbers and strings are as in the
//! bytes. `PRIVET_REWRITE=1` writes `expected`, `answer`, `events` and `failed` anew.

#[path = "golden/bad_input.rs"]
mod bad_input;
#[path = "golden/read_back.rs"]
mod read_back;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use privet_core::formats::Format;
use privet_core::framing::{FrameBuffer, Framing, Payload};
use privet_translate::embeddings::is_one as is_embeddings;
use privet_translate::json::{Kind, Value, Writer, parse};
use privet_translate::{Asked, Asking, Dialect, Stage, Stream, Target};

const NAMES: [(&str, Format, Dialect); 14] = [
    ("openai-chat", Format::OpenaiChat, Dialect::OpenAi),
    ("openai-responses", Format::OpenaiResponses, Dialect::OpenAi),
    ("anthropic-messages", Format::AnthropicMessages, Dialect::OpenAi),
    ("gemini", Format::Gemini, Dialect::OpenAi),
    ("cohere-chat", Format::CohereChat, Dialect::OpenAi),
    ("bedrock-converse", Format::BedrockConverse, Dialect::OpenAi),
    ("ollama-chat", Format::OllamaChat, Dialect::OpenAi),
    ("mistral", Format::OpenaiChat, Dialect::Mistral),
    ("azure", Format::OpenaiChat, Dialect::Azure),
    ("openai-embeddings", Format::OpenaiEmbeddings, Dialect::OpenAi),
    ("cohere-embed", Format::CohereEmbed, Dialect::OpenAi),
    ("gemini-embeddings", Format::GeminiEmbeddings, Dialect::OpenAi),
    ("ollama-embed", Format::OllamaEmbed, Dialect::OpenAi),
    ("mistral-embeddings", Format::OpenaiEmbeddings, Dialect::Mistral),
];

/// Formats that only clients have.
const CLIENTS: [(&str, Format); 2] =
    [("ollama-generate", Format::OllamaGenerate), ("openai-completions", Format::OpenaiCompletions)];

const WRITTEN: [&str; 4] = ["expected.", "answer.", "events.", "failed."];

fn format(name: &str) -> Format {
    let mut known = NAMES.iter().map(|(n, f, _)| (*n, *f)).chain(CLIENTS);
    known.find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no format {name}")).1
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/translation");
    let mut cases: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// The files of a case by name.
fn files(case: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(case).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
}

/// JSON laid out, everything as it was written but for the white space.
fn laid_out(value: &Value<'_>, depth: usize, out: &mut String) {
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    match &value.kind {
        Kind::Array(items) if !items.is_empty() => {
            for (n, item) in items.iter().enumerate() {
                out.push(if n == 0 { '[' } else { ',' });
                line(out, depth + 1);
                laid_out(item, depth + 1, out);
            }
            line(out, depth);
            out.push(']');
        }
        Kind::Object(members) if !members.is_empty() => {
            for (n, member) in members.iter().enumerate() {
                out.push(if n == 0 { '{' } else { ',' });
                line(out, depth + 1);
                let mut name = Writer::default();
                name.string(&member.name);
                out.push_str(std::str::from_utf8(&name.into_bytes()).unwrap());
                out.push_str(": ");
                laid_out(&member.value, depth + 1, out);
            }
            line(out, depth);
            out.push('}');
        }
        _ => out.push_str(value.raw),
    }
}

fn pretty(json: &[u8]) -> String {
    let value = parse(json).unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(json)));
    let mut out = String::new();
    laid_out(&value, 0, &mut out);
    out.push('\n');
    out
}

struct Client {
    format: Format,
    asking: Asking,
}

/// What the client's request becomes for each provider.
fn requests(files: &BTreeMap<String, Vec<u8>>) -> (Client, BTreeMap<String, String>) {
    let mut found = files.iter().filter(|(name, _)| name.starts_with("request."));
    let (name, body) = found.next().expect("a request");
    assert!(found.next().is_none(), "one request a case");
    let name = name.strip_prefix("request.").and_then(|n| n.strip_suffix(".json")).unwrap();
    let (name, array) = name.strip_suffix(".array").map_or((name, false), |name| (name, true));
    let client = format(name);
    let model = parse(body).unwrap().text("model").to_owned();
    let mut asking = Asking { model, now: 1_700_000_000, id: "privet_1".into(), array, ..Asking::default() };
    let mut written = BTreeMap::new();
    for (provider, format, dialect) in NAMES {
        let same_kind = is_embeddings(client) == is_embeddings(format);
        if !same_kind || (format, dialect) == (client, Dialect::OpenAi) {
            continue;
        }
        let asked = Asked { model: Some("a-model").filter(|_| asking.model.is_empty()), stream: false };
        let target = Target { dialect, ..Target::default() };
        let mut w = Writer::object(0);
        match privet_translate::request(client, body, asked, format, &target) {
            Ok(translated) => {
                asking.include_usage = translated.include_usage;
                asking.form = translated.form;
                w.string_at("path", &translated.outgoing.path);
                w.open_at("approximated", b'[');
                for note in &translated.notes.0 {
                    w.string(note);
                }
                w.close(b']');
                w.raw_at("body", std::str::from_utf8(&translated.outgoing.body).unwrap());
            }
            Err(refused) => {
                w.string_at("refused", &refused.field);
                w.string_at("reason", refused.reason);
            }
        }
        written.insert(format!("expected.{provider}.json"), pretty(&w.done()));
    }
    (Client { format: client, asking }, written)
}

/// The bytes of a stream, and how they are cut into frames.
fn encoded(extension: &str, text: &[u8]) -> (Framing, Vec<u8>) {
    let framing = match extension {
        "sse" => Framing::ServerSentEvents,
        "ndjson" => Framing::NdJson,
        "json" => Framing::JsonArray,
        "lines" => {
            let mut bytes = Vec::new();
            for line in std::str::from_utf8(text).unwrap().lines().filter(|line| !line.is_empty()) {
                let (name, json) = line.split_once(' ').unwrap();
                Framing::AwsEventStream.write_event(&mut bytes, name.as_bytes(), json.as_bytes(), false);
            }
            return (Framing::AwsEventStream, bytes);
        }
        _ => panic!("no stream is {extension}"),
    };
    (framing, text.to_vec())
}

/// A client's stream for the reader, and its extension.
fn decoded(content_type: &str, bytes: Vec<u8>) -> (&'static str, String) {
    if content_type != "application/vnd.amazon.eventstream" {
        let extension = match content_type {
            "text/event-stream" => "sse",
            "application/x-ndjson" => "ndjson",
            _ => "json",
        };
        return (extension, String::from_utf8(bytes).unwrap());
    }
    let mut frames = FrameBuffer::new(Framing::AwsEventStream);
    frames.push(&bytes);
    let mut out = String::new();
    while let Some(found) = frames.next_frame().unwrap() {
        let frame = frames.frame(&found);
        let Payload::Json(json) = &frame.payload else { panic!("a frame without JSON") };
        let name = std::str::from_utf8(frame.name).unwrap();
        let mark = if frame.fault { "!" } else { "" };
        out.push_str(&format!("{mark}{name} {}\n", std::str::from_utf8(json).unwrap()));
    }
    assert!(frames.rest().is_empty());
    ("lines", out)
}

/// What a stream becomes, whose bytes come in these pieces.
fn streamed(
    provider: Format,
    framing: Framing,
    client: &Client,
    pieces: &[&[u8]],
) -> (Vec<u8>, Stage, String) {
    let mut stream = Stream::new(provider, framing, client.format, &client.asking).expect("a codec");
    let mut out = Vec::new();
    for piece in pieces {
        stream.push(piece, false, &mut out);
    }
    stream.push(b"", true, &mut out);
    (out, stream.stage(), stream.content_type().to_owned())
}

/// What the client gets of a provider's answers, errors and streams.
fn answers(client: &Client, files: &BTreeMap<String, Vec<u8>>, written: &mut BTreeMap<String, String>) {
    for (name, bytes) in files {
        let mut parts = name.split('.');
        let (kind, provider) = (parts.next().unwrap(), parts.next().unwrap());
        let stem = || name.split_once('.').unwrap().1;
        match kind {
            "reply" => {
                let answer = privet_translate::answer(format(provider), bytes, client.format, &client.asking);
                let shown = answer.map_or("not understood\n".into(), |body| pretty(&body));
                written.insert(format!("answer.{}", stem()), shown);
            }
            "error" => {
                let status = parts.next().unwrap().parse().unwrap();
                let (status, body) =
                    privet_translate::failure(format(provider), status, bytes, client.format);
                let mut w = Writer::object(0);
                w.count_at("status", status.into());
                w.raw_at("body", std::str::from_utf8(&body).unwrap());
                written.insert(format!("failed.{}", stem()), pretty(&w.done()));
            }
            "stream" => {
                let (stem, extension) = stem().rsplit_once('.').unwrap();
                let (framing, bytes) = encoded(extension, bytes);
                let (out, stage, content_type) = streamed(format(provider), framing, client, &[&bytes]);
                assert!(matches!(stage, Stage::Ended | Stage::Failed), "{name} does not end");
                let (extension, shown) = decoded(&content_type, out);
                written.insert(format!("events.{stem}.{extension}"), shown);
            }
            _ => {}
        }
    }
}

#[test]
fn golden_cases_are_as_written() {
    let rewrite = std::env::var_os("PRIVET_REWRITE").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let files = files(&case);
        let (client, mut written) = requests(&files);
        answers(&client, &files, &mut written);
        let known = files.iter().filter(|(name, _)| WRITTEN.iter().any(|kind| name.starts_with(kind)));
        for (name, bytes) in known {
            let now = written.get(name);
            if now.is_none_or(|now| now.as_bytes() != bytes) {
                wrong.push(case.join(name));
            }
            if rewrite && now.is_none() {
                fs::remove_file(case.join(name)).unwrap();
            }
        }
        wrong.extend(written.keys().filter(|name| !files.contains_key(*name)).map(|name| case.join(name)));
        for (name, text) in written.iter().filter(|_| rewrite) {
            fs::write(case.join(name), text).unwrap();
        }
    }
    assert!(rewrite || wrong.is_empty(), "not as written (PRIVET_REWRITE=1 writes them anew): {wrong:#?}");
}

#[test]
fn a_stream_is_the_same_however_it_is_cut_and_always_ends() {
    let mut streams = 0;
    for case in cases() {
        let files = files(&case);
        let (client, _) = requests(&files);
        for (name, text) in files.iter().filter(|(name, _)| name.starts_with("stream.")) {
            let provider = format(name.split('.').nth(1).unwrap());
            let (framing, bytes) = encoded(name.rsplit_once('.').unwrap().1, text);
            let whole = streamed(provider, framing, &client, &[&bytes]);
            let each: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(streamed(provider, framing, &client, &each), whole, "{name} byte by byte");
            for cut in 0..bytes.len() {
                let (head, tail) = bytes.split_at(cut);
                assert_eq!(streamed(provider, framing, &client, &[head, tail]), whole, "{name} cut at {cut}");
                let (broken, stage, _) = streamed(provider, framing, &client, &[head]);
                assert!(matches!(stage, Stage::Ended | Stage::Failed), "{name} broken at {cut}");
                assert!(!broken.is_empty(), "{name} broken at {cut} says nothing");
            }
            streams += 1;
        }
    }
    assert!(streams > 0);
}

#[test]
fn every_approximation_is_explained_in_the_documentation() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/translation.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("## Approximated").unwrap();
    let (table, _) = table.split_once("## Answers").unwrap();
    for case in cases() {
        for (name, text) in requests(&files(&case)).1 {
            let expected = parse(text.as_bytes()).unwrap();
            for note in expected.items("approximated") {
                let note = note.as_str().unwrap();
                assert!(table.contains(&format!("`{note}`")), "{note} of {case:?}/{name}");
            }
        }
    }
}
