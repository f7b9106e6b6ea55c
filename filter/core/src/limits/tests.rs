use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn limits(rate: Option<u32>, burst: Option<u32>, tokens: Option<u64>) -> Limits {
    Limits {
        requests_per_minute: rate.and_then(NonZeroU32::new),
        burst: burst.and_then(NonZeroU32::new),
        tokens_per_day: tokens.and_then(NonZeroU64::new),
        scope: None,
        on_limiter_failure: None,
    }
}

fn is_allowed(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Allowed(_))
}

#[test]
fn a_burst_is_let_in_and_then_one_request_every_interval() {
    let limits = limits(Some(6), Some(3), None);
    let mut shard = Shard::default();
    let start = 7 * DAY;
    for left in [2, 1, 0] {
        let verdict = shard.take(9, &limits, start, 0);
        assert_eq!(
            verdict,
            Verdict::Allowed(Some(Standing { limit: 6, remaining: left, reset: 30 - left * 10 }))
        );
    }
    // A request every ten seconds.
    assert_eq!(
        shard.take(9, &limits, start + 1, 0),
        Verdict::TooSoon(10, Standing { limit: 6, remaining: 0, reset: 30 })
    );
    assert!(is_allowed(shard.take(9, &limits, start + 10_000_000_000, 0)));
    assert!(!is_allowed(shard.take(9, &limits, start + 10_000_000_000, 0)));
    // Others are not concerned.
    assert!(is_allowed(shard.take(10, &limits, start, 0)));
}

#[test]
fn tokens_are_reserved_and_put_right_and_come_back_the_next_day() {
    let limits = limits(None, None, Some(100));
    let mut shard = Shard::default();
    let noon = 20_000 * DAY + DAY / 2;
    assert_eq!(shard.take(1, &limits, noon, 60), Verdict::Allowed(None));
    let half_a_day = 12 * 60 * 60;
    let over = Verdict::OverQuota(half_a_day, Standing { limit: 100, remaining: 40, reset: half_a_day });
    assert_eq!(shard.take(1, &limits, noon, 41), over);
    shard.settle(1, noon, 60, 20);
    assert_eq!(shard.take(1, &limits, noon, 80), Verdict::Allowed(None));
    shard.settle(1, noon, 80, 200);
    assert!(matches!(shard.look(1, &limits, noon, 0), Verdict::OverQuota(..)));
    assert_eq!(shard.take(1, &limits, noon + DAY, 100), Verdict::Allowed(None));
    // What was used the day before is no matter today.
    shard.settle(1, noon, 80, 500);
    assert_eq!(Shard::read(&shard.write(noon + DAY)).caller(1).tokens, 100);
}

#[test]
fn idle_callers_are_given_back_and_others_are_kept() {
    let limits = limits(Some(60), None, Some(10));
    let mut shard = Shard::default();
    let now = 3 * DAY;
    for id in 0..100 {
        assert!(is_allowed(shard.take(id, &limits, now, id % 2)));
    }
    // All but the tokens of every second caller is forgotten a second later, and those on the next day.
    assert_eq!(Shard::read(&shard.write(now)).len(), 100);
    assert_eq!(Shard::read(&shard.write(now + 1_000_000_000)).len(), 50);
    assert!(Shard::read(&shard.write(now + DAY)).is_empty());
}

#[test]
fn a_keys_own_limits_stand_before_the_general_ones() {
    let general = limits(Some(60), Some(5), Some(1000));
    assert_eq!(limits(None, None, Some(7)).or(general), limits(Some(60), Some(5), Some(7)));
    assert_eq!(limits(Some(2), None, None).or(general), limits(Some(2), None, Some(1000)));
    assert_eq!(limits(None, Some(9), None).or(general), limits(Some(60), Some(9), Some(1000)));
}

proptest! {
    /// In any stretch of time at most the burst and what the rate gives in it; and who waits as long as told is let in.
    #[test]
    fn no_stretch_of_time_lets_in_more_than_its_due(
        rate in 1u32..200,
        burst in 1u32..50,
        gaps in prop::collection::vec(0u64..20_000_000_000, 1..200),
    ) {
        let limits = limits(Some(rate), Some(burst), None);
        let interval = MINUTE / u64::from(rate);
        let mut shard = Shard::default();
        let mut now = 5 * DAY;
        let mut let_in = Vec::new();
        for gap in gaps {
            now += gap;
            match shard.take(3, &limits, now, 0) {
                Verdict::Allowed(_) => let_in.push(now),
                Verdict::TooSoon(wait, _) => {
                    prop_assert!(is_allowed(shard.look(3, &limits, now + wait * 1_000_000_000, 0)));
                }
                Verdict::OverQuota(..) => prop_assert!(false),
            }
        }
        for (n, from) in let_in.iter().enumerate() {
            for (m, to) in let_in.iter().enumerate().skip(n) {
                prop_assert!((m - n) as u64 <= u64::from(burst) + (to - from) / interval);
            }
        }
    }

    /// Written and read again it says the same of everybody.
    #[test]
    fn a_written_shard_reads_as_it_was(
        takes in prop::collection::vec((0u64..40, 0u64..3_000_000_000, 0u64..50), 1..100),
    ) {
        let limits = limits(Some(30), Some(4), Some(120));
        let mut shard = Shard::default();
        let mut model: BTreeMap<u64, u64> = BTreeMap::new();
        let mut now = 9 * DAY;
        for (id, gap, tokens) in takes {
            now += gap;
            let read = Shard::read(&shard.write(now));
            prop_assert_eq!(read.look(id, &limits, now, tokens), shard.look(id, &limits, now, tokens));
            shard = read;
            if is_allowed(shard.take(id, &limits, now, tokens)) {
                *model.entry(id).or_default() += tokens;
            }
        }
        prop_assert!(model.values().all(|used| *used <= 120));
        for (id, used) in model {
            prop_assert_eq!(shard.caller(id).tokens_on(now / DAY), used);
        }
    }

    /// Any bytes are a shard.
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut shard = Shard::read(&bytes);
        let _ = shard.take(1, &limits(Some(1), Some(1), Some(1)), u64::MAX, u64::MAX);
        let _ = shard.write(0);
    }
}
