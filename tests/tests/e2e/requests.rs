//! What goes to the provider.

use bytes::Bytes;
use privet_tests::client::{Connection, chat, request};
use privet_tests::provider::behaviour;
use privet_tests::values;
use serde_json::json;

use super::{content, echo, every_value, stack};

#[tokio::test(flavor = "multi_thread")]
async fn no_value_reaches_the_provider_and_every_value_comes_back() {
    let (provider, stack) = stack().await;
    let text = every_value();
    let answer = chat(stack.address, &echo(&text)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(content(&answer.json()), text);
    assert_eq!(answer.header("x-privet-masked"), Some("10"));
    assert_eq!(answer.header("x-privet-provider"), Some("openai"));
    assert!(answer.header("server-timing").is_some_and(|t| t.starts_with("mask;dur=")), "{answer:?}");
    assert!(answer.header("x-request-id").is_some());
    assert!(provider.record.leaks().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_in_any_slot_of_the_conversation_is_masked() {
    let (provider, stack) = stack().await;
    let email = values::of("EMAIL");
    let body = json!({
        "model": behaviour::ECHO,
        "user": email,
        "metadata": { "owner": email },
        "messages": [
            { "role": "system", "content": format!("You serve {email}.") },
            { "role": "developer", "content": [{ "type": "text", "text": email }] },
            { "role": "assistant", "content": null, "tool_calls": [{ "id": "c", "type": "function",
                "function": { "name": "f", "arguments": json!({ "a": { "b": [email] } }).to_string() } }] },
            { "role": "tool", "tool_call_id": "c", "content": format!("found {email}") },
            { "role": "user", "name": "ada", "content": [{ "type": "text", "text": format!("and {email}") },
                { "type": "something_new", "payload": { "deep": email } }] },
        ],
        "tools": [{ "type": "function", "function": { "name": "f", "description": format!("mails {email}"),
            "parameters": { "type": "object", "properties": { "to": { "type": "string", "default": email } } } } }],
        "a_field_of_tomorrow": { "x": email },
    });
    let answer = chat(stack.address, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let seen = provider.record.last().text();
    assert!(!seen.contains('@'), "{seen}");
    assert_eq!(seen.matches("EMAIL_1").count(), 11, "{seen}");
    assert!(!seen.contains("EMAIL_2"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_outside_of_masked_spans_arrive_as_the_client_wrote_them() {
    let (provider, stack) = stack().await;
    let email = values::of("EMAIL");
    let escaped = email.replace('@', "\\u0040");
    let body = format!(
        "{{ \"temperature\":1.0e0,\r\n\t\"messages\" : [ {{\"content\":\"caf\\u00e9 <{escaped}>\\/\",\"role\":\"user\"}} ],\"model\":\"echo\" , \"seed\":0 }}"
    );
    let answer = Connection::open(stack.address)
        .await
        .send("POST", "/v1/chat/completions", &[], body.as_bytes())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(provider.record.last().text(), body.replace(&escaped, "EMAIL_1"));
    assert_eq!(content(&answer.json()), format!("café <{email}>/"));
}

#[tokio::test(flavor = "multi_thread")]
async fn content_length_is_right_on_every_request_of_a_connection() {
    let (provider, stack) = stack().await;
    let mut connection = Connection::open(stack.address).await;
    // The first body shrinks, the second grows, the third stays: a wrong length would shift the next.
    for text in [values::of("JWT"), "a@b.co a@c.co a@d.co".to_owned(), "nothing here".to_owned()] {
        let answer =
            connection.send("POST", "/v1/chat/completions", &[], echo(&text).to_string().as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(content(&answer.json()), text);
        let seen = provider.record.last();
        assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string().as_str()));
        assert!(!seen.chunked);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_upload_reaches_the_provider_with_a_length() {
    let (provider, stack) = stack().await;
    let text = every_value();
    let body = echo(&text).to_string();
    let mut bytes = b"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.as_bytes().chunks(7) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    let mut connection = Connection::open(stack.address).await;
    connection.write(&bytes).await;
    let answer = connection.read().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(content(&answer.json()), text);
    let seen = provider.record.last();
    assert!(!seen.chunked);
    assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string().as_str()));
}

/// Over HTTP/2 a client can end its body with trailers: then no body callback has the end of the stream.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_ended_by_http2_trailers_is_masked() {
    let (provider, stack) = stack().await;
    let text = every_value();
    let tcp = tokio::net::TcpStream::connect(stack.address).await.expect("connect");
    let (mut client, connection) = h2::client::handshake(tcp).await.expect("handshake");
    tokio::spawn(connection);
    let head = http::Request::post("http://gateway/v1/chat/completions")
        .header("content-type", "application/json")
        .body(())
        .expect("request");
    let (answer, mut body) = client.send_request(head, false).expect("send");
    let json = echo(&text).to_string();
    let (first, second) = json.split_at(json.len() / 2);
    body.send_data(Bytes::copy_from_slice(first.as_bytes()), false).expect("data");
    body.send_data(Bytes::copy_from_slice(second.as_bytes()), false).expect("data");
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x-note", http::HeaderValue::from_str(&values::of("EMAIL")).expect("value"));
    body.send_trailers(trailers).expect("trailers");
    let answer = answer.await.expect("answer");
    assert_eq!(answer.status(), 200);
    let mut received = Vec::new();
    let mut stream = answer.into_body();
    while let Some(chunk) = stream.data().await {
        received.extend_from_slice(&chunk.expect("chunk"));
    }
    let received: serde_json::Value = serde_json::from_slice(&received).expect("JSON");
    assert_eq!(content(&received), text);
    assert!(provider.record.leaks().is_empty());
    assert!(provider.record.last().text().contains("EMAIL_1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_client_but_the_request_itself_reaches_the_provider() {
    let (provider, stack) = stack().await;
    let secret = "belongs-to-the-client";
    provider.record.forbid(secret);
    let names = [
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "x-goog-api-key",
        "api-key",
        "cookie",
        "x-rivano-agent",
        "x-rivano-anything",
        "x-privet-anything",
        "x-privet-route",
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "referer",
        "origin",
        "accept-encoding",
    ];
    let headers: Vec<(&str, &str)> = names.iter().map(|n| (*n, secret)).collect();
    let path = format!("/v1/chat/completions?user={secret}");
    let mut connection = Connection::open(stack.address).await;
    let answer = connection.send("POST", &path, &headers, echo("hello").to_string().as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let seen = provider.record.last();
    for name in names.iter().filter(|n| **n != "authorization") {
        assert_eq!(seen.header(name), None, "{name}");
    }
    assert_eq!(seen.header("authorization"), Some("Bearer provider-key-made-up"));
    assert_eq!(seen.header("x-forwarded-proto"), None);
    assert_eq!(seen.path, "/v1/chat/completions");
    assert_eq!(seen.header("host"), Some(provider.address.to_string().as_str()));
}

/// A header byte that is not UTF-8 must not end the module.
#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_is_not_utf8_harms_nobody() {
    let (provider, stack) = stack().await;
    let mut bytes =
        request("POST", "/v1/chat/completions", &[("x-odd", "ODD")], echo("hello").to_string().as_bytes());
    let at = bytes.windows(3).position(|w| w == b"ODD").expect("the header");
    bytes.splice(at..at + 3, [0xE9, 0xFF, 0xFE]);
    let mut connection = Connection::open(stack.address).await;
    connection.write(&bytes).await;
    let answer = connection.read().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(provider.record.seen().len(), 1);
}

/// The map lives and dies with its request: what another request masked never comes back in this one.
#[tokio::test(flavor = "multi_thread")]
async fn a_literal_placeholder_stays_a_literal() {
    let (_provider, stack) = stack().await;
    let mut connection = Connection::open(stack.address).await;
    let mut send = async |text: &str| {
        let body = echo(text).to_string();
        let answer = connection.send("POST", "/v1/chat/completions", &[], body.as_bytes()).await;
        content(&answer.json()).to_owned()
    };
    assert_eq!(send("write to ann@example.com").await, "write to ann@example.com");
    assert_eq!(send("what is EMAIL_1?").await, "what is EMAIL_1?");
    assert_eq!(send("EMAIL_1 is not bob@example.com").await, "EMAIL_1 is not bob@example.com");
}
