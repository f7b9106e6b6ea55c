//! What comes back to the client.

use privet_tests::client::{Connection, chat};
use privet_tests::provider::behaviour;
use serde_json::json;

use super::{content, echo, every_value, said, stack, streamed};

#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_answer_is_restored_however_it_is_cut() {
    let (provider, stack) = stack().await;
    let text = every_value();
    let answer = chat(stack.address, &streamed(echo(&text))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.complete);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.streamed_text(), text);
    let body = answer.text();
    assert!(body.ends_with("data: [DONE]\n\n"), "{body}");
    assert!(provider.record.leaks().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn streamed_tool_call_arguments_are_restored_and_stay_json() {
    let (_provider, stack) = stack().await;
    let text = format!("{}\n\"quoted\"", every_value());
    let mut body = streamed(echo(&text));
    body["tools"] =
        json!([{ "type": "function", "function": { "name": "f", "parameters": { "type": "object" } } }]);
    let answer = chat(stack.address, &body).await;
    let events = answer.events();
    let calls = events
        .iter()
        .filter_map(|e| e["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"].as_str());
    let arguments: String = calls.collect();
    let arguments: serde_json::Value = serde_json::from_str(&arguments).expect("arguments are JSON");
    assert_eq!(arguments["echo"], json!(text));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_length_of_a_restored_answer_is_right() {
    let (_provider, stack) = stack().await;
    let mut connection = Connection::open(stack.address).await;
    for text in [every_value(), "short".to_owned(), every_value()] {
        let body = echo(&text).to_string();
        let answer = connection.send("POST", "/v1/chat/completions", &[], body.as_bytes()).await;
        assert_eq!(content(&answer.json()), text);
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
    }
}

/// `EMAIL_1` at the very end waits for a digit that never comes, until the stream ends by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_ends_without_its_end_marks_loses_nothing() {
    let (_provider, stack) = stack().await;
    let text = "the address is ann@example.com";
    let answer = chat(stack.address, &streamed(said(behaviour::SHORT, text))).await;
    assert!(answer.complete);
    assert_eq!(answer.streamed_text(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_ended_by_trailers_loses_nothing() {
    let (_provider, stack) = stack().await;
    let text = "the address is ann@example.com";
    let whole = chat(stack.address, &said(behaviour::TRAILERS, text)).await;
    assert_eq!(content(&whole.json()), text, "{}", whole.text());
    let answer = chat(stack.address, &streamed(said(behaviour::TRAILERS, text))).await;
    assert!(answer.complete);
    assert_eq!(answer.streamed_text(), text);
}

/// After a reset Envoy gives the filter no place to write: the client sees that the answer is cut, has all
/// that was decided, and no piece of a placeholder.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_is_seen_to_break_and_shows_no_placeholder() {
    let (_provider, stack) = stack().await;
    let text = "first ann@example.com and then bob@example.com";
    let answer = chat(stack.address, &streamed(said(behaviour::RESET, text))).await;
    assert!(!answer.complete, "{answer:?}");
    assert_eq!(answer.streamed_text(), "first ann@example.com and then ");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_back_in_a_provider_s_error() {
    let (_provider, stack) = stack().await;
    let text = every_value();
    let answer = chat(stack.address, &said(behaviour::ERROR, &text)).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.json()["error"]["message"], json!(format!("too much of this: {text}")));
}

/// The first words arrive while the provider still writes: streams are not gathered.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_passed_on_while_it_grows() {
    let (_provider, stack) = stack().await;
    let text = "one two three four ".repeat(200);
    let mut connection = Connection::open(stack.address).await;
    let body = streamed(echo(&text)).to_string();
    connection
        .write(&privet_tests::client::request("POST", "/v1/chat/completions", &[], body.as_bytes()))
        .await;
    let mut answer = connection.read().await;
    assert_eq!(answer.streamed_text(), text);
    // The provider pauses after each piece: had the answer been gathered, it would be one chunk.
    connection
        .write(&privet_tests::client::request("POST", "/v1/chat/completions", &[], body.as_bytes()))
        .await;
    answer = connection.read().await;
    assert!(answer.chunks > 100, "{} chunks", answer.chunks);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_provider_is_said_in_the_client_s_error_shape() {
    let (provider, stack) = stack().await;
    drop(provider);
    let answer = chat(stack.address, &echo("hello ann@example.com")).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    assert_eq!(answer.json()["error"]["code"], json!("provider_error"));
}
