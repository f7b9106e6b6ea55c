//! Traces to a control plane that goes away, fails, and refuses.

use std::collections::BTreeSet;
use std::time::Duration;

use privet_sidecar::backoff::Pace;
use privet_sidecar::config::{ControlPlane, PlaneTls};
use privet_sidecar::control_plane::PlaneClient;
use privet_sidecar::delivery::{Delivery, Settings};
use privet_sidecar::outbox::{CAPACITY, Entry, Limits, Outbox};
use privet_sidecar::status::{Board, OutboxStatus};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::plane::{KEY, Mood, Plane};
use super::support::until;

/// The pace of production, a hundred thousand times as fast: a day is less than a second.
const FASTER: u32 = 100_000;
const DAY: Duration = Duration::from_secs(86_400);

const SETTINGS: Settings = Settings {
    batch_size: 100,
    flush_interval: Duration::from_millis(5),
    pace: Pace { floor: Duration::from_millis(1), ceiling: Duration::from_millis(3) },
};

struct Delivering {
    plane: Plane,
    outbox: Outbox,
    board: Board,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    _folder: TempDir,
}

async fn delivering(settings: Settings) -> Delivering {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let plane = Plane::start().await;
    let outbox = Outbox::start(&folder.path().join("outbox.db"), Limits::default()).unwrap();
    let client = PlaneClient::new(&ControlPlane {
        base_url: format!("http://{}", plane.address),
        api_key: KEY.to_owned(),
        interval: Duration::from_secs(30),
        etag: true,
        tls: PlaneTls::default(),
    });
    let board = Board::default();
    board.outbox(outbox.state(), CAPACITY);
    let (stop, stopped) = watch::channel(false);
    let delivery =
        Delivery::new(client.unwrap(), outbox.clone(), "gateway-1".to_owned(), settings, board.clone());
    let task = tokio::spawn(delivery.run(stopped));
    Delivering { plane, outbox, board, stop, task, _folder: folder }
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("t{n}")).collect()
}

impl Delivering {
    async fn append(&self, range: std::ops::Range<usize>) {
        let entry = |id: String| Entry { json: format!(r#"{{"id":"{id}"}}"#), id };
        self.outbox.append(ids(range).into_iter().map(entry).collect()).await.unwrap();
    }

    async fn until_empty(&self) {
        until(&mut self.outbox.state(), |state| state.depth == 0).await;
    }

    async fn until_asked(&mut self, times: usize) {
        until(&mut self.plane.batches, |batches| batches.len() >= times).await;
    }

    fn outbox_status(&self) -> OutboxStatus {
        self.board.status().outbox
    }

    /// Asserts that each was taken once, and nothing else was.
    fn assert_taken_once(&self, expected: impl IntoIterator<Item = String>) {
        let taken = self.plane.taken();
        let expected: BTreeSet<String> = expected.into_iter().collect();
        assert_eq!(taken.keys().cloned().collect::<BTreeSet<_>>(), expected);
        assert!(taken.values().all(|times| *times == 1), "{taken:?}");
    }
}

#[tokio::test]
async fn a_control_plane_that_was_away_for_a_day_gets_every_trace_once() {
    let mut delivering = delivering(SETTINGS).await;
    delivering.append(0..250).await;
    delivering.until_empty().await;
    delivering.plane.go_away().await;
    // Traces come all day long, and nearly fill the outbox.
    let parts = 60;
    for part in 0..parts {
        delivering.append(250 + part * 160..250 + (part + 1) * 160).await;
        tokio::time::sleep(DAY / FASTER / parts as u32).await;
    }
    let status = delivering.outbox_status();
    assert_eq!((status.depth, status.totals.dropped), (9_600, 0));
    assert!(status.failures > 10 && status.error.is_some(), "{status:?}");
    // It comes back, and has trouble first.
    delivering.plane.mood(Mood::Failing(503));
    let asked = delivering.plane.seen().len();
    delivering.plane.come_back().await;
    delivering.until_asked(asked + 3).await;
    delivering.plane.mood(Mood::Good);
    delivering.until_empty().await;
    delivering.assert_taken_once(ids(0..9_850));
    let status = delivering.outbox_status();
    assert_eq!((status.totals.delivered, status.failures, status.error), (9_850, 0, None));
    assert!(status.last_delivery.is_some());
}

#[tokio::test]
async fn of_more_than_the_outbox_holds_the_newest_arrive_and_the_rest_is_counted() {
    let mut delivering = delivering(SETTINGS).await;
    delivering.plane.go_away().await;
    for part in 0..12 {
        delivering.append(part * 1_000..(part + 1) * 1_000).await;
    }
    let status = delivering.outbox_status();
    assert_eq!((status.depth, status.totals.dropped), (CAPACITY, 2_000));
    delivering.plane.come_back().await;
    delivering.until_empty().await;
    delivering.assert_taken_once(ids(2_000..12_000));
    let last = delivering.plane.seen().pop().unwrap();
    assert_eq!(last.body["dropped"], 2_000);
}

#[tokio::test]
async fn a_batch_says_who_sends_it_and_has_its_id_as_its_key() {
    let mut delivering = delivering(SETTINGS).await;
    delivering.append(0..250).await;
    delivering.until_empty().await;
    let batches = delivering.plane.seen();
    let sizes: Vec<usize> = batches.iter().map(|b| b.ids().len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    let mut keys = BTreeSet::new();
    for batch in batches {
        assert_eq!(batch.authorization, format!("Bearer {KEY}"));
        assert_eq!(batch.body["gateway_id"], "gateway-1");
        assert_eq!(batch.body["batch_id"], batch.key.as_str());
        assert_eq!(batch.body.as_object().unwrap().len(), 4, "{}", batch.body);
        assert!(batch.key.len() == 32 && keys.insert(batch.key.clone()), "{}", batch.key);
    }
    delivering.until_asked(3).await;
}

/// The answer is lost: what is sent again is the same batch under the same key, even if more has come.
#[tokio::test]
async fn a_batch_that_is_sent_again_has_the_same_key_and_the_same_traces() {
    let mut delivering = delivering(SETTINGS).await;
    delivering.plane.mood(Mood::TakesAndFails(502));
    delivering.append(0..10).await;
    delivering.until_asked(1).await;
    delivering.append(10..30).await;
    delivering.until_asked(3).await;
    delivering.plane.mood(Mood::Good);
    delivering.until_empty().await;
    let batches = delivering.plane.seen();
    let first = &batches[0];
    for again in &batches[1..3] {
        assert_eq!((&again.key, &again.body), (&first.key, &first.body));
    }
    delivering.assert_taken_once(ids(0..30));
}

#[tokio::test]
async fn a_trace_that_is_refused_ends_alone_as_a_dead_letter_and_all_others_arrive() {
    let delivering = delivering(SETTINGS).await;
    let bad = [(0, 400), (57, 422), (58, 413), (299, 400)];
    for (n, status) in bad {
        delivering.plane.refuse(&format!("t{n}"), status);
    }
    delivering.append(0..300).await;
    delivering.until_empty().await;
    let good = (0..300).filter(|n| bad.iter().all(|(b, _)| b != n)).map(|n| format!("t{n}"));
    delivering.assert_taken_once(good);
    let totals = delivering.outbox_status().totals;
    assert_eq!((totals.delivered, totals.dead, totals.dropped), (296, 4, 0));
    // The last refusal of each is of that one alone.
    for (n, status) in bad {
        let id = format!("t{n}");
        let last = delivering.plane.seen().into_iter().rfind(|b| b.ids().contains(&id)).unwrap();
        assert_eq!((last.ids(), last.answered), (vec![id], status));
    }
}

#[tokio::test]
async fn what_speaks_of_the_key_the_place_or_the_moment_refuses_no_trace() {
    let mut delivering = delivering(SETTINGS).await;
    for (n, status) in [301, 401, 403, 404, 405, 407, 408, 429, 500, 503].into_iter().enumerate() {
        delivering.plane.mood(Mood::Failing(status));
        delivering.append(n..n + 1).await;
        let asked = delivering.plane.seen().len();
        delivering.until_asked(asked + 2).await;
        delivering.plane.mood(Mood::Good);
        delivering.until_empty().await;
    }
    delivering.assert_taken_once(ids(0..10));
    assert_eq!(delivering.outbox_status().totals.dead, 0);
    let errors = delivering.board.status().errors;
    assert!(errors.iter().any(|e| e.message.contains("does not accept the key (status 401)")), "{errors:?}");
}

/// A page of a proxy that answers 200 has taken nothing.
#[tokio::test]
async fn a_page_that_answers_in_place_of_the_control_plane_loses_no_trace() {
    let mut delivering = delivering(SETTINGS).await;
    delivering.plane.mood(Mood::Page);
    delivering.append(0..5).await;
    delivering.until_asked(2).await;
    assert_eq!(delivering.outbox_status().depth, 5);
    delivering.plane.mood(Mood::Good);
    delivering.until_empty().await;
    delivering.assert_taken_once(ids(0..5));
}

#[tokio::test]
async fn a_control_plane_that_asks_to_wait_is_not_sent_traces_before() {
    let mut delivering = delivering(SETTINGS).await;
    delivering.plane.mood(Mood::Failing(429));
    delivering.plane.retry_after("3600");
    delivering.append(0..5).await;
    delivering.until_asked(1).await;
    let more = delivering.until_asked(2);
    assert!(tokio::time::timeout(Duration::from_millis(200), more).await.is_err(), "it was asked again");
}

#[tokio::test]
async fn told_to_stop_it_sends_what_waits_first() {
    let slow = Settings { flush_interval: Duration::from_secs(3_600), ..SETTINGS };
    let delivering = delivering(slow).await;
    delivering.append(0..150).await;
    delivering.stop.send_replace(true);
    delivering.task.await.unwrap();
    let taken = delivering.plane.taken();
    assert_eq!(taken.len(), 150);
}
