//! A test provider: it speaks every format that the gateway knows ([`formats`]) over HTTP/1.1, whole and
//! streamed, echoes the text it is given, cuts its streams at nasty places, and refuses with 599 whatever
//! it must never see.
//!
//! The request's `model` says how it behaves ([`behaviour`]).

pub mod answer;
pub mod ask;
pub mod connection;
pub mod cut;
pub mod formats;
pub mod frame;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as the provider saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Method.
    pub method: String,
    /// Path with its query.
    pub path: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// Whether the body came in chunks instead of with a length.
    pub chunked: bool,
}

impl Seen {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// How the provider behaves, by the `model` that a request names.
///
/// Words behind [`ECHO`](behaviour::ECHO), joined by hyphens, ask for more: `thinking` for reasoning before the text,
/// `spelled` for words that the request does not hold ([`ask::spell`]), `refusal` for the text as a refusal, `cited` for citations that hold it; `bytes`, `nasty` or `events`
/// for another way to cut a stream ([`cut`](fn@cut::cut)).
pub mod behaviour {
    /// Answers with the request's text.
    pub const ECHO: &str = "echo";
    /// As [`ECHO`]; ends its chunked answer with trailers.
    pub const TRAILERS: &str = "echo-then-trailers";
    /// Breaks the connection off in the middle of its stream, after the text, before `finish_reason`.
    pub const RESET: &str = "echo-then-reset";
    /// Ends its stream after the text, without `finish_reason` and `[DONE]`.
    pub const SHORT: &str = "echo-then-end";
    /// Answers a stream with an error alone, which quotes the request's text.
    pub const STREAM_ERROR: &str = "error-in-stream";
    /// Ends a stream after the text with an error that quotes it.
    pub const LATE_ERROR: &str = "echo-then-error";
    /// Answers 429 with an error that quotes the request's text.
    pub const ERROR: &str = "error";
    /// Answers after a while.
    pub const SLOW: &str = "slow";
}

/// What the provider has seen, and what it must not see.
#[derive(Debug, Default)]
pub struct Record {
    seen: Mutex<Vec<Seen>>,
    forbidden: Mutex<Vec<String>>,
    leaks: Mutex<Vec<String>>,
    /// Whether requests are kept; off for benches.
    keep: bool,
}

impl Record {
    /// All requests so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    /// The last request.
    ///
    /// # Panics
    /// Where there was none.
    #[must_use]
    pub fn last(&self) -> Seen {
        self.seen().pop().unwrap_or_else(|| panic!("the provider has seen no request"))
    }

    /// From now on this text is refused, wherever it stands in a request.
    pub fn forbid(&self, text: &str) {
        lock(&self.forbidden).push(text.to_owned());
    }

    /// The forbidden texts that came.
    #[must_use]
    pub fn leaks(&self) -> Vec<String> {
        lock(&self.leaks).clone()
    }

    /// Keeps a request; returns whether it holds nothing that is forbidden.
    fn note(&self, request: &Seen) -> bool {
        if !self.keep {
            return true;
        }
        let head: String = request.headers.iter().map(|(n, v)| format!("{n}: {v}\n")).collect();
        // As it is written, and as a reader of the JSON sees it.
        let plain =
            [request.path.clone(), head, request.text(), answer::all_strings(&request.body)].join("\n");
        let forbidden = lock(&self.forbidden);
        let found: Vec<String> = forbidden.iter().filter(|f| plain.contains(f.as_str())).cloned().collect();
        lock(&self.seen).push(request.clone());
        let clean = found.is_empty();
        lock(&self.leaks).extend(found);
        clean
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A running test provider; it ends when dropped.
#[derive(Debug)]
pub struct TestProvider {
    /// Where it listens, on loopback.
    pub address: SocketAddr,
    /// What it has seen.
    pub record: Arc<Record>,
    task: JoinHandle<()>,
}

impl TestProvider {
    /// Starts a provider that keeps what it sees.
    ///
    /// # Panics
    /// Where no port can be had.
    pub async fn start() -> Self {
        Self::start_with(true).await
    }

    /// Starts a provider; `keep` says whether it keeps what it sees.
    ///
    /// # Panics
    /// Where no port can be had.
    pub async fn start_with(keep: bool) -> Self {
        let listener = match TcpListener::bind("127.0.0.1:0").await {
            Ok(listener) => listener,
            Err(e) => panic!("the test provider has no port: {e}"),
        };
        let address = match listener.local_addr() {
            Ok(address) => address,
            Err(e) => panic!("the test provider has no address: {e}"),
        };
        let record = Arc::new(Record { keep, ..Record::default() });
        let shared = record.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let record = shared.clone();
                tokio::spawn(async move {
                    let _ = stream.set_nodelay(true);
                    // A connection that breaks is its client's affair.
                    let _ = connection::serve(stream, &record).await;
                });
            }
        });
        Self { address, record, task }
    }

    /// The URL without a path.
    #[must_use]
    pub fn root_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL, with `/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

impl Drop for TestProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}
