//! Every format translated to every other: the test provider, which knows nothing of translation, reads the request and
//! answers in its own format; the client gets the text, the call or the thoughts back in its own.

use privet_core::formats::Format;
use privet_core::framing::Framing;
use privet_translate::{Asked, Asking, Stage, Stream, Target as Provider};
use serde_json::{Value, json};

use super::answer::read;
use super::formats::Target;
use super::frame;

const FORMATS: [Format; 7] = [
    Format::OpenaiChat,
    Format::OpenaiResponses,
    Format::AnthropicMessages,
    Format::Gemini,
    Format::CohereChat,
    Format::BedrockConverse,
    Format::OllamaChat,
];

const TEXT: &str = "Write to NAME_1, \"EMAIL_1\" \u{1F600}\nin Köln.";

fn asking() -> Asking {
    Asking {
        model: "echo".into(),
        id: "made_up".into(),
        now: 1_760_000_000,
        include_usage: true,
        ..Asking::default()
    }
}

/// A client's request, made from one in the format of Chat Completions.
fn request(client: Format, chat: &Value, stream: bool) -> (Vec<u8>, bool) {
    let mut chat = chat.clone();
    chat["stream"] = json!(stream);
    let body = chat.to_string().into_bytes();
    if client == Format::OpenaiChat {
        return (body, stream);
    }
    let made =
        privet_translate::request(Format::OpenaiChat, &body, Asked::default(), client, &Provider::default());
    (made.expect("a request in the client's format").outgoing.body, stream)
}

/// What the client gets for its request, as a client of Chat Completions would: the text, the thoughts, the arguments of
/// the call, why it ends.
fn answered(client: Format, provider: Format, chat: &Value, stream: bool) -> Value {
    let (body, stream) = request(client, chat, stream);
    let model = chat["model"].as_str();
    let asked = Asked { model, stream };
    let target = Provider { model, ..Provider::default() };
    let sent = privet_translate::request(client, &body, asked, provider, &target)
        .unwrap_or_else(|refused| panic!("{client:?} to {provider:?}: {refused:?}"));
    let found = Target::at(&sent.outgoing.path).unwrap_or_else(|| panic!("no path {}", sent.outgoing.path));
    let ask = read(&found, serde_json::from_slice(&sent.outgoing.body).expect("JSON"));
    assert_eq!(ask.stream, stream, "{client:?} to {provider:?}");
    assert_eq!(sent.stream, stream, "{client:?} to {provider:?}");
    if !stream {
        let whole = found.format.whole(&ask).to_string();
        let answer = privet_translate::answer(provider, whole.as_bytes(), client, &asking());
        let answer = answer.unwrap_or_else(|_| panic!("{provider:?} is not understood: {whole}"));
        return as_chat(client, &answer);
    }
    let framing = match found.framing {
        frame::Framing::Lines => Framing::NdJson,
        frame::Framing::Array => Framing::JsonArray,
        frame::Framing::Frames | frame::Framing::Chunks => Framing::AwsEventStream,
        frame::Framing::Data | frame::Framing::Named | frame::Framing::DataCrLf => Framing::ServerSentEvents,
    };
    let mut translated = Stream::new(provider, framing, client, &asking()).expect("both formats");
    let mut out = Vec::new();
    for bytes in found.framing.write(&found.format.events(&ask), true) {
        translated.push(&bytes, false, &mut out);
    }
    translated.push(b"", true, &mut out);
    assert_eq!(translated.stage(), Stage::Ended, "{client:?} from {provider:?}: {:?}", translated.failure());
    let framing = Framing::of(Some(translated.content_type().as_bytes()), client, true).expect("a stream");
    chat_of_stream(client, framing, &out)
}

fn as_chat(client: Format, answer: &[u8]) -> Value {
    let chat = if client == Format::OpenaiChat {
        answer.to_vec()
    } else {
        privet_translate::answer(client, answer, Format::OpenaiChat, &asking())
            .expect("an answer of the format")
    };
    let chat: Value = serde_json::from_slice(&chat).expect("JSON");
    let choice = &chat["choices"][0];
    let arguments = choice["message"]["tool_calls"][0]["function"]["arguments"].as_str();
    json!({
        "text": choice["message"]["content"].as_str().unwrap_or_default(),
        "thoughts": choice["message"]["reasoning_content"].as_str().unwrap_or_default(),
        "arguments": arguments.and_then(|a| serde_json::from_str::<Value>(a).ok()),
        "finish": choice["finish_reason"],
        "tokens": chat["usage"]["completion_tokens"],
    })
}

fn chat_of_stream(client: Format, framing: Framing, bytes: &[u8]) -> Value {
    let mut out = Vec::new();
    if client == Format::OpenaiChat {
        out.extend_from_slice(bytes);
    } else {
        let mut back = Stream::new(client, framing, Format::OpenaiChat, &asking()).expect("both formats");
        back.push(bytes, true, &mut out);
        assert_eq!(back.stage(), Stage::Ended, "{client:?}: {:?}", back.failure());
    }
    let text = String::from_utf8(out).expect("UTF-8");
    let (mut said, mut thoughts, mut arguments) = (String::new(), String::new(), String::new());
    let (mut finish, mut tokens) = (Value::Null, Value::Null);
    for event in text.lines().filter_map(|l| l.strip_prefix("data: ")).filter(|l| *l != "[DONE]") {
        let event: Value = serde_json::from_str(event).expect("JSON");
        let choice = &event["choices"][0];
        let delta = |name: &str| choice["delta"][name].as_str().unwrap_or_default();
        said.push_str(delta("content"));
        thoughts.push_str(delta("reasoning_content"));
        arguments
            .push_str(choice["delta"]["tool_calls"][0]["function"]["arguments"].as_str().unwrap_or_default());
        if !choice["finish_reason"].is_null() {
            finish = choice["finish_reason"].clone();
        }
        if !event["usage"].is_null() {
            tokens = event["usage"]["completion_tokens"].clone();
        }
    }
    let arguments = serde_json::from_str::<Value>(&arguments).ok();
    json!({ "text": said, "thoughts": thoughts, "arguments": arguments, "finish": finish, "tokens": tokens })
}

fn pairs(check: impl Fn(Format, Format, bool)) {
    for client in FORMATS {
        for provider in FORMATS.into_iter().filter(|provider| *provider != client) {
            check(client, provider, false);
            check(client, provider, true);
        }
    }
}

#[test]
fn a_text_goes_from_every_format_to_every_other_and_back() {
    let chat =
        json!({ "model": "echo", "max_tokens": 100, "messages": [{ "role": "user", "content": TEXT }] });
    pairs(|client, provider, stream| {
        let got = answered(client, provider, &chat, stream);
        let name = format!("{client:?} and {provider:?}, streamed: {stream}");
        assert_eq!(got["text"], json!(TEXT), "{name}");
        assert_eq!(got["finish"], json!("stop"), "{name}");
        assert_eq!(got["tokens"], json!(super::formats::USAGE.1), "{name}");
    });
}

#[test]
fn a_call_goes_from_every_format_to_every_other_and_its_result_back() {
    let parameters = json!({ "type": "object", "properties": { "echo": { "type": "string" } } });
    let tools = json!([{ "type": "function", "function": { "name": "note", "parameters": parameters } }]);
    let chat = json!({ "model": "echo", "max_tokens": 100, "tools": tools, "tool_choice": "auto",
        "messages": [{ "role": "user", "content": TEXT }] });
    let mut history = chat.clone();
    let call = json!({ "id": "call_1", "type": "function", "function": { "name": "note", "arguments": "{\"a\":1}" } });
    history["messages"] = json!([
        { "role": "user", "content": "first" },
        { "role": "assistant", "content": null, "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "call_1", "content": TEXT },
    ]);
    pairs(|client, provider, stream| {
        let name = format!("{client:?} and {provider:?}, streamed: {stream}");
        let got = answered(client, provider, &chat, stream);
        assert_eq!(got["arguments"], json!({ "echo": TEXT }), "{name}");
        assert_eq!(got["finish"], json!("tool_calls"), "{name}");
        let got = answered(client, provider, &history, stream);
        // Chat Completions here calls for as long as there are tools.
        let calls = provider == Format::OpenaiChat;
        let said = if calls { &got["arguments"]["echo"] } else { &got["text"] };
        assert!(said.as_str().is_some_and(|text| text.contains(TEXT)), "{name}: {got}");
        assert_eq!(got["finish"], json!(if calls { "tool_calls" } else { "stop" }), "{name}");
    });
}

#[test]
fn thoughts_come_back_to_every_format_that_has_a_place_for_them() {
    let chat = json!({ "model": "echo-thinking", "max_tokens": 9000, "messages": [{ "role": "user", "content": TEXT }] });
    pairs(|client, provider, stream| {
        let got = answered(client, provider, &chat, stream);
        let name = format!("{client:?} and {provider:?}, streamed: {stream}");
        assert_eq!(got["text"], json!(TEXT), "{name}");
        assert_eq!(got["thoughts"], json!(TEXT), "{name}");
    });
}
