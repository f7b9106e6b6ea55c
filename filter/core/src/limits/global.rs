//! Limits that all Envoys share: what the filter tells Envoy's rate limit filter of a request, and what it makes of
//! that filter's answer.
//!
//! Envoy's rate limit filter asks a rate limit service (`envoy.service.ratelimit.v3.RateLimitService`) with descriptors
//! that it puts together from dynamic metadata. A Wasm filter cannot write such metadata, but Envoy's header-to-metadata
//! filter can, from one header: its value is a `google.protobuf.Value` (a struct), serialised and in base64. The struct
//! has these members; each that is missing leaves out the descriptors that would need it:
//!
//! | member | what |
//! | --- | --- |
//! | `caller` | whom the policy's numbers hold for: `key:ID`, or `address:IP` where there are no keys |
//! | `requests` | `{requests_per_unit, unit: "MINUTE", most}`, the policy's `requests_per_minute`, twice: `most` is text |
//! | `burst` | the same with the unit `SECOND`, the policy's `burst` where it is below a minute's requests |
//! | `tokens` | the same with the unit `DAY`, the policy's `tokens_per_day` |
//! | `reserve` | tokens that the prompt is reckoned at |
//! | `key`, `tenant`, `model` | for limits of the service's own; the model is `none` where there is none |
//!
//! Names are safe names ([`safe_name`]): a prompt that was pasted into `model` does not travel. The wire format is
//! Protocol Buffers' (`google/protobuf/struct.proto`); a value has at most nine members and some 700 bytes.

use super::{Limits, Standing};
use crate::mask::base64::{self, Style};
use crate::refusal::{Code, Refusal};
use crate::trace::safe_name;

/// Seconds of a day: the window by which a quota is told from a rate.
const DAY_SECONDS: u64 = 86_400;
/// How long to wait where the service does not say: as long as the window of the rate.
const DEFAULT_WAIT_SECONDS: u64 = 60;

/// What becomes of requests while the rate limit service is away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// They go on, and are not counted.
    #[default]
    Allow,
    /// They are refused.
    Deny,
}

/// A request as the rate limit service shall count it.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Id of the caller's key; empty where there is none.
    pub key: &'a str,
    /// The address that it comes from, without a port.
    pub address: &'a str,
    /// The key's tenant; may be empty.
    pub tenant: &'a str,
    /// The model as the client wrote it.
    pub model: &'a str,
    /// What the caller may use.
    pub limits: &'a Limits,
    /// Tokens that the prompt is reckoned at.
    pub reserve: u64,
}

impl Claim<'_> {
    /// The header's value.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        let caller = match self.key {
            "" => ["address:", safe_name(self.address)].concat(),
            key => ["key:", safe_name(key)].concat(),
        };
        let mut members = Vec::with_capacity(256);
        member(&mut members, "caller", &text(&caller));
        let unit = |count: u64, unit: &str| {
            let mut parts = Vec::with_capacity(64);
            member(&mut parts, "requests_per_unit", &number(count));
            member(&mut parts, "unit", &text(unit));
            member(&mut parts, "most", &text(&count.to_string()));
            structure(&parts)
        };
        if let Some(rate) = self.limits.requests_per_minute {
            member(&mut members, "requests", &unit(u64::from(rate.get()), "MINUTE"));
            if let Some(burst) = self.limits.burst.filter(|burst| *burst < rate) {
                member(&mut members, "burst", &unit(u64::from(burst.get()), "SECOND"));
            }
        }
        if let Some(quota) = self.limits.tokens_per_day {
            member(&mut members, "tokens", &unit(quota.get(), "DAY"));
        }
        member(&mut members, "reserve", &number(self.reserve));
        for (name, value) in [("key", self.key), ("tenant", self.tenant)] {
            if !value.is_empty() {
                member(&mut members, name, &text(safe_name(value)));
            }
        }
        // There always, because by it the service's own limits are asked.
        let model = if self.model.is_empty() { "none" } else { self.model };
        member(&mut members, "model", &text(safe_name(model)));
        let mut out = Vec::with_capacity(members.len() * 4 / 3 + 16);
        base64::encode(&mut out, &structure(&members), Style::STANDARD);
        out
    }
}

/// Numbers and lengths of Protocol Buffers: seven bits a byte, the lowest first.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A field that has a length.
fn field(out: &mut Vec<u8>, field_number: u8, bytes: &[u8]) {
    out.push(field_number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A `Value` with `number_value`, field 2.
fn number(value: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(9);
    out.push(2 << 3 | 1);
    out.extend_from_slice(&(value as f64).to_le_bytes());
    out
}

/// A `Value` with `string_value`, field 3.
fn text(value: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 3);
    field(&mut out, 3, value.as_bytes());
    out
}

/// A `Value` with `struct_value`, field 5, of these members.
fn structure(members: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(members.len() + 4);
    field(&mut out, 5, members);
    out
}

/// An entry of `Struct.fields`, field 1: a map's entries are messages of a key (1) and a value (2).
fn member(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    let mut entry = Vec::with_capacity(name.len() + value.len() + 6);
    field(&mut entry, 1, name.as_bytes());
    field(&mut entry, 2, value);
    field(out, 1, &entry);
}

/// What Envoy's rate limit filter says in its answer's headers, as of the third draft of the IETF's RateLimit header
/// fields: `x-ratelimit-limit: 40, 40;w=60, 900;w=86400` (first the limit that is nearest, then all with their windows
/// in seconds), `x-ratelimit-remaining`, `x-ratelimit-reset` (seconds). None where it says nothing of the kind.
#[must_use]
pub fn standing(limit: &str, remaining: Option<&str>, reset: Option<&str>) -> Option<Standing> {
    let number = |text: Option<&str>| text.and_then(first_number).unwrap_or(0);
    Some(Standing { limit: first_number(limit)?, remaining: number(remaining), reset: number(reset) })
}

fn first_number(text: &str) -> Option<u64> {
    text.split(',').next()?.trim().parse().ok()
}

/// Why the rate limit filter refuses a request. `limit` is its header of that name.
#[must_use]
pub fn refusal(limit: &str, standing: Option<Standing>) -> Refusal {
    let window = standing.and_then(|standing| {
        let policies = limit.split(',').skip(1).filter_map(|policy| {
            let (count, window) = policy.trim().split_once(";w=")?;
            let digits = window.find(|c: char| !c.is_ascii_digit()).unwrap_or(window.len());
            Some((count.parse::<u64>().ok()?, window.get(..digits)?.parse::<u64>().ok()?))
        });
        policies.into_iter().find(|(count, _)| *count == standing.limit).map(|(_, window)| window)
    });
    let seconds = standing.map_or(0, |s| s.reset);
    let seconds = if seconds == 0 { DEFAULT_WAIT_SECONDS } else { seconds };
    let (code, message) = match window {
        Some(DAY_SECONDS) => (Code::QuotaExceeded, "the tokens of this day are used up"),
        _ => (Code::RateLimited, "too many requests"),
    };
    let standing = standing.unwrap_or(Standing { limit: 0, remaining: 0, reset: seconds });
    let limit = Some((seconds, standing));
    Refusal { limit, ..Refusal::new(code, format!("{message}; try again in {seconds} s")) }
}

/// The refusal while the service is away, where the policy says so.
#[must_use]
pub fn unknown() -> Refusal {
    Refusal::new(Code::Internal, "the limits cannot be asked now; try again later")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(claim: &Claim<'_>) -> Vec<u8> {
        base64::decode(&claim.header()).expect("base64").0
    }

    /// A map's entry of a message, as `protoc --encode` writes it.
    fn entry(name: &str, value: &[u8]) -> Vec<u8> {
        let mut one = vec![0x0a, name.len() as u8];
        one.extend_from_slice(name.as_bytes());
        one.extend_from_slice(&[0x12, value.len() as u8]);
        one.extend_from_slice(value);
        [vec![0x0a, one.len() as u8], one].concat()
    }

    fn of_entries(entries: &[Vec<u8>]) -> Vec<u8> {
        let all = entries.concat();
        let length = if all.len() < 128 {
            vec![all.len() as u8]
        } else {
            vec![0x80 | (all.len() % 128) as u8, (all.len() / 128) as u8]
        };
        [vec![0x2a], length, all].concat()
    }

    #[test]
    fn the_header_holds_a_protobuf_struct_of_what_is_limited() {
        let limits = Limits { requests_per_minute: core::num::NonZeroU32::new(3), ..Limits::default() };
        let claim = Claim {
            key: "k-1",
            address: "192.0.2.1",
            tenant: "",
            model: "a prompt that stands in the wrong place",
            limits: &limits,
            reserve: 7,
        };
        let requests = of_entries(&[
            entry("requests_per_unit", b"\x11\x00\x00\x00\x00\x00\x00\x08\x40"),
            entry("unit", b"\x1a\x06MINUTE"),
            entry("most", b"\x1a\x013"),
        ]);
        let expected = of_entries(&[
            entry("caller", b"\x1a\x07key:k-1"),
            entry("requests", &requests),
            entry("reserve", b"\x11\x00\x00\x00\x00\x00\x00\x1c\x40"),
            entry("key", b"\x1a\x03k-1"),
            entry("model", b"\x1a\x07invalid"),
        ]);
        assert_eq!(decoded(&claim), expected);
    }

    #[test]
    fn a_burst_is_a_limit_of_seconds_where_it_is_below_a_minutes_requests() {
        let claim = |burst: u32| {
            let number = core::num::NonZeroU32::new;
            let limits = Limits { requests_per_minute: number(3), burst: number(burst), ..Limits::default() };
            decoded(&Claim { key: "k", address: "", tenant: "", model: "m", limits: &limits, reserve: 1 })
        };
        let burst = of_entries(&[
            entry("requests_per_unit", b"\x11\x00\x00\x00\x00\x00\x00\x00\x40"),
            entry("unit", b"\x1a\x06SECOND"),
            entry("most", b"\x1a\x012"),
        ]);
        let holds = |claim: &[u8], part: &[u8]| claim.windows(part.len()).any(|window| window == part);
        assert!(holds(&claim(2), &entry("burst", &burst)));
        assert!(!holds(&claim(3), b"burst"));
    }

    #[test]
    fn a_caller_without_a_key_is_its_address_and_no_more_is_said_of_it() {
        let limits = Limits::default();
        let claim =
            Claim { key: "", address: "192.0.2.1", tenant: "", model: "", limits: &limits, reserve: 2 };
        let expected = of_entries(&[
            entry("caller", b"\x1a\x11address:192.0.2.1"),
            entry("reserve", b"\x11\x00\x00\x00\x00\x00\x00\x00\x40"),
            entry("model", b"\x1a\x04none"),
        ]);
        assert_eq!(decoded(&claim), expected);
    }

    #[test]
    fn the_nearest_limit_tells_how_the_caller_stands_and_its_window_which_refusal_it_is() {
        let line = "40, 40;w=60, 900;w=86400;name=\"x\"";
        let known = standing(line, Some("0"), Some("12"));
        assert_eq!(known, Some(Standing { limit: 40, remaining: 0, reset: 12 }));
        let refused = refusal(line, known);
        assert_eq!((refused.code, refused.limit.unwrap().0), (Code::RateLimited, 12));
        let line = "900, 40;w=60, 900;w=86400;name=\"x\"";
        let refused = refusal(line, standing(line, Some("0"), Some("5")));
        assert_eq!((refused.code, refused.limit.unwrap().0), (Code::QuotaExceeded, 5));
        assert_eq!(standing("", None, None), None);
        assert_eq!(refusal("", None).limit.unwrap().0, DEFAULT_WAIT_SECONDS);
    }
}
