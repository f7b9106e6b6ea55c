//! Waits after failures.

use std::time::{Duration, SystemTime};

use privet_sidecar::backoff::{Backoff, MAX_RETRY_AFTER, Pace, jittered, random, retry_after};
use proptest::prelude::*;

const PACE: Pace = Pace { floor: Duration::from_secs(1), ceiling: Duration::from_secs(300) };

#[test]
fn without_jitter_waits_double_up_to_the_ceiling_and_begin_anew_after_a_success() {
    let mut backoff = Backoff::new(PACE);
    let waits: Vec<u64> = (0..12).map(|_| backoff.failed(None, 0.0).as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    assert_eq!(backoff.failures(), 12);
    backoff.reset();
    assert_eq!(backoff.failed(None, 0.0).as_secs(), 1);
}

#[test]
fn retry_after_is_seconds_or_a_date_by_the_servers_own_clock() {
    let now = SystemTime::UNIX_EPOCH;
    let (date, later) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:51:07 GMT");
    let seconds = |value, server| retry_after(value, server, now).map(|d| d.as_secs());
    assert_eq!(seconds("120", None), Some(120));
    assert_eq!(seconds(" 0 ", None), Some(0));
    assert_eq!(seconds("99999999999999999999999", None), Some(u64::MAX));
    assert_eq!(seconds(later, Some(date)), Some(90));
    assert_eq!(seconds(date, Some(later)), Some(0));
    assert_eq!(seconds(date, None), Some(784_111_777));
    for garbage in ["", "soon", "-1", "1.5", "Sun"] {
        assert_eq!(seconds(garbage, None), None, "{garbage}");
    }
}

proptest! {
    #[test]
    fn a_wait_is_within_its_bounds(
        failures in 0u32..100,
        jitter in 0.0f64..1.0,
        asked in prop::option::of(0u64..100_000),
    ) {
        let mut backoff = Backoff::new(PACE);
        for _ in 0..failures {
            backoff.failed(None, jitter);
        }
        let wait = backoff.failed(asked.map(Duration::from_secs), jitter);
        prop_assert!(wait >= PACE.floor / 2);
        let most = PACE.ceiling.max(Duration::from_secs(asked.unwrap_or(0)).min(MAX_RETRY_AFTER));
        prop_assert!(wait <= most, "{wait:?}");
        if let Some(asked) = asked {
            prop_assert!(wait >= Duration::from_secs(asked).min(MAX_RETRY_AFTER));
        }
    }

    #[test]
    fn jitter_takes_away_at_most_its_share(seconds in 0u64..1_000_000, share in 0.0f64..=1.0) {
        let (whole, random) = (Duration::from_secs(seconds), random());
        let wait = jittered(whole, share, random);
        prop_assert!(wait <= whole + Duration::from_millis(1));
        prop_assert!(wait + Duration::from_millis(1) >= whole.mul_f64(1.0 - share));
    }
}
