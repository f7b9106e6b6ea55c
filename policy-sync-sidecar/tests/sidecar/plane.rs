//! A control plane that serves a policy and takes traces, on a free port of the loopback; it can go away,
//! fail, and refuse traces.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::support::policy;

pub(crate) const KEY: &str = "made-up-plane-key";

/// How it answers traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It takes them.
    Good,
    /// It answers with this status, and takes nothing.
    Failing(u16),
    /// It takes them, and the answer is this status all the same: as if it were lost on the way.
    TakesAndFails(u16),
    /// A page in the way answers.
    Page,
}

/// A batch as it came.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) key: String,
    pub(crate) authorization: String,
    pub(crate) body: Value,
    pub(crate) answered: u16,
}

impl Batch {
    pub(crate) fn ids(&self) -> Vec<String> {
        let traces = self.body["traces"].as_array().unwrap();
        traces.iter().map(|t| t["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[derive(Clone)]
struct Shared {
    mood: Arc<Mutex<Mood>>,
    /// Traces that it refuses, with the status.
    poison: Arc<Mutex<BTreeMap<String, u16>>>,
    retry_after: Arc<Mutex<Option<String>>>,
    batches: watch::Sender<Vec<Batch>>,
}

pub(crate) struct Plane {
    pub(crate) address: SocketAddr,
    shared: Shared,
    server: Option<JoinHandle<()>>,
    pub(crate) batches: watch::Receiver<Vec<Batch>>,
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let mood = shared.mood.lock().unwrap().clone();
    let mut batch = Batch {
        key: header("idempotency-key"),
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap(),
        answered: 202,
    };
    let poison = shared.poison.lock().unwrap().clone();
    let refused = batch.ids().iter().find_map(|id| poison.get(id).copied());
    batch.answered = match (mood.clone(), refused) {
        (Mood::Failing(status) | Mood::TakesAndFails(status), _) => status,
        (Mood::Page, _) => 200,
        (Mood::Good, Some(status)) => status,
        (Mood::Good, None) => 202,
    };
    let status = StatusCode::from_u16(batch.answered).unwrap();
    let text = match mood {
        Mood::Page => "<html>please sign in</html>".to_owned(),
        _ => format!(r#"{{"accepted":{}}}"#, batch.ids().len()),
    };
    shared.batches.send_modify(|batches| batches.push(batch));
    let mut response = (status, text).into_response();
    if let Some(value) = &*shared.retry_after.lock().unwrap() {
        response.headers_mut().insert("retry-after", value.parse().unwrap());
    }
    response
}

impl Plane {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, batches) = watch::channel(Vec::new());
        let shared = Shared {
            mood: Arc::new(Mutex::new(Mood::Good)),
            poison: Arc::default(),
            retry_after: Arc::default(),
            batches: sender,
        };
        let mut plane = Self { address, shared, server: None, batches };
        plane.serve(listener);
        plane
    }

    fn serve(&mut self, listener: TcpListener) {
        let app = Router::new()
            .route("/api/gateway/config", get(|| async { policy("from-plane") }))
            .route("/api/gateway/traces", post(take))
            .with_state(self.shared.clone());
        self.server = Some(tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }));
    }

    /// Nobody listens any more.
    pub(crate) async fn go_away(&mut self) {
        let server = self.server.take().unwrap();
        server.abort();
        assert!(server.await.is_err_and(|e| e.is_cancelled()));
    }

    /// Listens again, at the same place.
    pub(crate) async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener);
    }

    pub(crate) fn mood(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap() = mood;
    }

    pub(crate) fn retry_after(&self, value: &str) {
        *self.shared.retry_after.lock().unwrap() = Some(value.to_owned());
    }

    pub(crate) fn refuse(&self, id: &str, status: u16) {
        self.shared.poison.lock().unwrap().insert(id.to_owned(), status);
    }

    pub(crate) fn seen(&self) -> Vec<Batch> {
        self.batches.borrow().clone()
    }

    /// How often each trace was taken.
    pub(crate) fn taken(&self) -> BTreeMap<String, u32> {
        let mut taken = BTreeMap::new();
        for id in self.seen().iter().filter(|b| b.answered == 202).flat_map(Batch::ids) {
            *taken.entry(id).or_default() += 1;
        }
        taken
    }
}
