//! A policy from a control plane.

use std::time::{Duration, Instant};

use reqwest::header::HeaderValue;
use tracing::{error, info, warn};

use super::{Origin, Publisher, Timing, last_good};
use crate::backoff::{Backoff, jittered, random};
use crate::config::ControlPlane;
use crate::control_plane::{Fetched, Kind, PlaneClient};
use crate::state::StateDir;
use crate::status::Part;

/// How much shorter than configured a wait between two questions can be, so that many gateways that
/// started together do not go on asking together.
const JITTER: f64 = 0.1;

pub(super) async fn follow(plane: &ControlPlane, state: &StateDir, publisher: &Publisher, timing: Timing) {
    start_from_disk(state, publisher).await;
    let client = match PlaneClient::new(plane) {
        Ok(client) => client,
        Err(e) => {
            error!("the control plane is never asked: {e}");
            publisher.board.error(Part::Sync, format!("the control plane is never asked: {e}"));
            publisher.sender.closed().await;
            return;
        }
    };
    let mut sync =
        Sync { client, plane, state, publisher, timing, backoff: Backoff::new(timing.pace), known: None };
    loop {
        let wait = sync.ask().await;
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = publisher.sender.closed() => return,
        }
    }
}

async fn start_from_disk(state: &StateDir, publisher: &Publisher) {
    match last_good::read(state) {
        Ok(None) => {}
        Ok(Some(json)) => {
            info!("starting with the last good policy from disk");
            publisher.publish(json, Origin::Disk).await;
        }
        Err(e) => {
            warn!("the last good policy on disk cannot be used: {e}");
            publisher.board.error(Part::Policy, format!("the last good policy on disk: {e}"));
            if matches!(e, last_good::Error::Damaged) {
                let _ = last_good::set_aside(state);
            }
        }
    }
}

struct Sync<'a> {
    client: PlaneClient,
    plane: &'a ControlPlane,
    state: &'a StateDir,
    publisher: &'a Publisher,
    timing: Timing,
    backoff: Backoff,
    /// The ETag of the policy at hand, and when that was last fetched whole.
    known: Option<(HeaderValue, Instant)>,
}

impl Sync<'_> {
    /// Asks once; returns how long to wait.
    async fn ask(&mut self) -> Duration {
        let fresh = |(_, at): &&(HeaderValue, Instant)| at.elapsed() < self.timing.refetch;
        let etag = self.known.as_ref().filter(fresh).map(|(etag, _)| etag).filter(|_| self.plane.etag);
        let failure = match self.client.policy(etag).await {
            Ok(fetched) => {
                self.backoff.reset();
                let wait = jittered(self.plane.interval, JITTER, random());
                let accepted = match fetched {
                    Some(fetched) => self.take(fetched).await,
                    None => true,
                };
                self.publisher.mark(accepted);
                self.publisher.board.synced(accepted, wait);
                return wait;
            }
            Err(failure) => failure,
        };
        self.publisher.mark(false);
        // A page in place of a policy may be gone with the next question; nothing is lost by asking as
        // often as ever, but a server in trouble is left alone for longer and longer.
        let backoff = self.backoff.failed(failure.retry_after, random());
        let wait = match failure.kind {
            Kind::Unusable => backoff.max(jittered(self.plane.interval, JITTER, random())),
            _ => backoff,
        };
        warn!(wait_s = wait.as_secs(), "control plane: {}", failure.reason);
        self.publisher.board.sync_failed(&failure, self.backoff.failures(), wait);
        wait
    }

    /// Takes a document that was fetched; returns whether it is a policy.
    async fn take(&mut self, fetched: Fetched) -> bool {
        let Fetched { json, etag } = fetched;
        if !self.publisher.publish(json, Origin::Plane).await {
            return false;
        }
        self.known = etag.map(|etag| (etag, Instant::now()));
        let document = self.publisher.sender.borrow().clone();
        if let Some(document) = document
            && let Err(e) = last_good::write(self.state, &document.json)
        {
            warn!("the policy could not be kept on disk: {e}");
            self.publisher.board.error(Part::Policy, format!("the policy could not be kept on disk: {e}"));
        }
        true
    }
}
